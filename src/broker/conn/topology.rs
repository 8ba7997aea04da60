//! Which server of a cluster has which slots; redirections correct the map.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{RedisResult, ServerErrorKind, Value};

use crate::broker::conn::single_flight::SingleFlight;

/// Host and port of a server.
pub(crate) type Place = (String, u16);

/// The last slot of each range, with its first slot and its server.
pub(crate) type Ranges = BTreeMap<u16, (u16, Place)>;

/// Minimum time between two reads of the map, however many commands fail.
const MAP_INTERVAL: Duration = Duration::from_millis(100);

/// The map of slots, shared by all connections to the same cluster.
#[derive(Debug, Default)]
pub(crate) struct Topology {
    map: Mutex<Map>,
    reading: SingleFlight,
}

#[derive(Debug, Default)]
pub(crate) struct Map {
    ranges: Ranges,
    /// Slots that have been redirected with `MOVED` since the map was read.
    moved: HashMap<u16, Place>,
    /// When it was read.
    read_at: Option<Instant>,
    /// A redirection, a lost connection or `CLUSTERDOWN` suggests that it is outdated.
    doubtful: bool,
}

/// A `MOVED` or `ASK` answer.
pub(crate) struct Redirection {
    pub(crate) slot: u16,
    pub(crate) place: Place,
    /// `ASK`: for this command only, the map stays as it is.
    pub(crate) once: bool,
}

impl Topology {
    pub(crate) fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the next command read the map again.
    pub(crate) fn doubt(&self) {
        self.map().doubtful = true;
    }

    /// Reads the map by `ask` if there is none or it may be outdated. Returns whether it was read.
    pub(crate) async fn learn(
        &self,
        ask: impl Future<Output = RedisResult<Ranges>>,
    ) -> RedisResult<bool> {
        let read = async {
            let ranges = ask.await?;
            *self.map() = Map {
                ranges,
                read_at: Some(Instant::now()),
                ..Map::default()
            };
            Ok(())
        };
        self.reading.run(|| self.map().wanted(), read).await
    }
}

impl Map {
    /// Records a `MOVED` answer.
    pub(crate) fn has_moved(&mut self, slot: u16, to: Place) {
        self.moved.insert(slot, to);
        self.doubtful = true;
    }

    fn wanted(&self) -> bool {
        self.read_at
            .is_none_or(|at| self.doubtful && at.elapsed() >= MAP_INTERVAL)
    }

    pub(crate) fn owner(&self, slot: u16) -> Option<Place> {
        if let Some(place) = self.moved.get(&slot) {
            return Some(place.clone());
        }
        let (_, (first, place)) = self.ranges.range(slot..).next()?;
        (*first <= slot).then(|| place.clone())
    }

    pub(crate) fn primaries(&self) -> BTreeSet<Place> {
        let places = self.ranges.values().map(|(_, place)| place);
        places.chain(self.moved.values()).cloned().collect()
    }
}

impl Redirection {
    /// Reads `MOVED 3999 127.0.0.1:6381`. A server that does not know its own host leaves that out.
    pub(crate) fn read(reply: &Value, from: Option<&str>) -> Option<Self> {
        let Value::ServerError(error) = reply else {
            return None;
        };
        let once = match error.kind()? {
            ServerErrorKind::Moved => false,
            ServerErrorKind::Ask => true,
            _ => return None,
        };
        let mut words = error.details()?.split_whitespace();
        let slot = words.next()?.parse().ok()?;
        let (host, port) = words.next()?.rsplit_once(':')?;
        let host = match host.trim_matches(['[', ']']) {
            "" => from?,
            host => host,
        };
        Some(Self {
            slot,
            place: (host.to_owned(), port.parse().ok()?),
            once,
        })
    }
}

/// Whether the answer is `CLUSTERDOWN`: some slots have no server.
pub(crate) fn is_down(reply: &Value) -> bool {
    is(reply, ServerErrorKind::ClusterDown)
}

/// Whether the answer is `TRYAGAIN`: the slot is moving, and nothing has been performed.
pub(crate) fn is_moving(reply: &Value) -> bool {
    is(reply, ServerErrorKind::TryAgain)
}

fn is(reply: &Value, kind: ServerErrorKind) -> bool {
    match reply {
        Value::ServerError(error) => error.kind() == Some(kind),
        _ => false,
    }
}

/// Reads the answer to `CLUSTER SLOTS`: first and last slot, the primary, its replicas.
pub(crate) fn ranges(reply: &Value, from: &Place) -> Option<Ranges> {
    type Row = (u16, u16, Vec<Value>);
    let Value::Array(rows) = reply else {
        return None;
    };
    let read = |row: &Value| {
        let Value::Array(cells) = row else {
            return None;
        };
        let (first, last, primary): Row =
            redis::from_redis_value_ref(&Value::Array(cells.get(..3)?.to_vec())).ok()?;
        let host: Option<String> = redis::from_redis_value_ref(primary.first()?).ok()?;
        let port: u16 = redis::from_redis_value_ref(primary.get(1)?).ok()?;
        // A server that does not know its own host is at the address that was asked.
        let host = host.filter(|host| !matches!(host.as_str(), "" | "?"));
        let host = host.unwrap_or_else(|| from.0.clone());
        Some((last, (first, (host, port))))
    };
    rows.iter().map(read).collect()
}
