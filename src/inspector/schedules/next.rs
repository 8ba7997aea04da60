//! Future ticks.

use chrono::{DateTime, Utc};

use crate::document::tick::NextDocument;
use crate::inspector::error::Error;
use crate::schedule::form::timing;

/// Future ticks.
#[derive(Debug)]
pub(crate) struct NextTicks {
    pub ticks: Vec<NextDocument>,
    /// A paused schedule fires at none of them.
    pub paused: bool,
    /// Only the first tick is known: the Go scheduler uses a time zone that it does not announce.
    pub zone_unknown: bool,
}

/// The next times of a spec, without Redis.
///
/// # Errors
/// [`Error::Spec`] if the spec or the zone cannot be read.
pub(crate) fn ticks_of(
    spec: &str,
    tz: &str,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<NextTicks, Error> {
    let (spec, zone) = timing(spec, tz)?;
    let tz = spec.zone_or(&zone);
    let next = |after: &DateTime<Utc>| spec.next(*after, &zone, now);
    let times = std::iter::successors(next(&now), next).take(limit);
    Ok(NextTicks {
        ticks: times.map(|at| NextDocument::new(None, at, tz)).collect(),
        paused: false,
        zone_unknown: false,
    })
}
