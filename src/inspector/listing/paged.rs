//! Stops a listing at the end of a page, and continues it on the next.

use super::Listing;
use crate::broker;
use crate::inspector::Error;
use crate::inspector::position::Position;

impl Listing {
    /// Whether there are tasks behind those that were returned, whatever the filter will say of them.
    ///
    /// # Errors
    /// Those of Redis.
    pub(in crate::inspector) async fn has_more(&mut self) -> Result<bool, Error> {
        loop {
            let Some((_, walk)) = &mut self.walk else {
                let Some(place) = self.places.pop_front() else {
                    return Ok(false);
                };
                let walk = self.broker.walk(&place.queue, place.container.clone());
                self.walk = Some((place, walk));
                self.reached = 0;
                continue;
            };
            if self.reached < walk.page().len() {
                return Ok(true);
            }
            self.reached = 0;
            match walk.tasks().await {
                Err(error @ broker::Error::WrongType { .. }) => {
                    self.judged.unreadable.push(error.to_string());
                    self.walk = None;
                }
                Err(error) => return Err(error.into()),
                Ok(_) if walk.page().is_empty() => self.walk = None,
                Ok(_) => {}
            }
        }
    }

    /// Where the walk is: the container, and its place in it.
    pub(in crate::inspector) fn position(&self) -> Option<Position> {
        let (place, walk) = self.walk.as_ref()?;
        let (passed, behind) = walk.place(self.reached);
        Some(Position::new(place, passed, behind))
    }

    /// Continues a listing at this position. If its container is gone, the listing starts anew.
    pub(in crate::inspector) fn go_to(&mut self, position: &Position) {
        let at = self.places.iter().position(|place| position.is_in(place));
        let Some(at) = at else { return };
        self.places.drain(..at);
        if let Some(place) = self.places.pop_front() {
            let (queue, container) = (&place.queue, place.container.clone());
            let (passed, behind) = position.in_container();
            let walk = self.broker.walk_on(queue, container, passed, behind);
            self.walk = Some((place, walk));
        }
    }
}
