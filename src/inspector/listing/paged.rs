//! Stops a listing at the end of a page, and continues it on the next.

use super::Listing;
use crate::broker;
use crate::inspector::Error;
use crate::inspector::position::{At, InContainer, Position};

impl Listing {
    /// Whether there are tasks behind those that were returned, whatever the filter will say of them.
    ///
    /// # Errors
    /// Those of Redis.
    pub(in crate::inspector) async fn has_more(&mut self) -> Result<bool, Error> {
        if let Some(named) = &self.named {
            return Ok(named.has_more());
        }
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

    /// Where the walk is: how many ids have been looked up, or the container and the place in it.
    pub(in crate::inspector) fn position(&self) -> Option<Position> {
        if let Some(named) = &self.named {
            return Some(Position::in_ids(named.passed()));
        }
        let (place, walk) = self.walk.as_ref()?;
        let (passed, behind) = walk.place(self.reached);
        Some(Position::in_container(place, passed, behind))
    }

    /// Continues a listing at this position. If its container is gone, the listing starts anew.
    pub(in crate::inspector) fn go_to(&mut self, position: &Position) {
        match (&position.at, &mut self.named) {
            (At::Ids { passed }, Some(named)) => named.skip(*passed),
            (At::Container(at), None) => self.go_into(at),
            // The position of another selection.
            (At::Ids { .. }, None) | (At::Container(_), Some(_)) => {}
        }
    }

    fn go_into(&mut self, at: &InContainer) {
        let Some(index) = self.places.iter().position(|place| at.is_in(place)) else {
            return;
        };
        self.places.drain(..index);
        if let Some(place) = self.places.pop_front() {
            let (queue, container) = (&place.queue, place.container.clone());
            let (passed, behind) = at.passed();
            let walk = self.broker.walk_on(queue, container, passed, behind);
            self.walk = Some((place, walk));
        }
    }
}
