//! Who has which slots of a cluster, as far as known, and what servers say of that.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{RedisError, RedisResult, ServerErrorKind, Value};

/// Host and port of a server.
pub(crate) type Place = (String, u16);

/// Ranges of slots by their last, with their first and who has them.
pub(crate) type Ranges = BTreeMap<u16, (u16, Place)>;

/// The map is not asked for more often than this, however much goes wrong.
const PAUSE: Duration = Duration::from_millis(100);

/// Who has which slots, as far as known. Connections to the same cluster share it.
#[derive(Debug, Default)]
pub(crate) struct Topology {
    map: Mutex<Map>,
    /// Held by the one who asks for the map; the last time that nobody had it.
    asking: tokio::sync::Mutex<Option<(Instant, RedisError)>>,
}

#[derive(Debug, Default)]
pub(crate) struct Map {
    ranges: Ranges,
    /// Slots that a server said are elsewhere, since the map was read.
    moved: HashMap<u16, Place>,
    /// When it was read.
    read_at: Option<Instant>,
    /// Something has happened that may have changed it.
    doubtful: bool,
}

/// Where a server says that a command must go.
pub(crate) struct Redirection {
    pub(crate) slot: u16,
    pub(crate) place: Place,
    /// For this one time only.
    pub(crate) once: bool,
}

impl Topology {
    pub(crate) fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known may hold no more.
    pub(crate) fn doubt(&self) {
        self.map().doubtful = true;
    }

    /// Reads the map by `ask`, if it is not known or has come into doubt; returns whether it did.
    pub(crate) async fn learn(
        &self,
        ask: impl Future<Output = RedisResult<Ranges>>,
    ) -> RedisResult<bool> {
        if !self.map().wanted() {
            return Ok(false);
        }
        let begun = Instant::now();
        let mut failed = self.asking.lock().await;
        if !self.map().wanted() {
            return Ok(false);
        }
        // Whoever waited for somebody's vain attempt need not make the same.
        if let Some((at, error)) = &*failed
            && *at > begun
        {
            return Err(error.clone());
        }
        let ranges = match ask.await {
            Ok(ranges) => ranges,
            Err(error) => {
                *failed = Some((Instant::now(), error.clone()));
                return Err(error);
            }
        };
        *self.map() = Map {
            ranges,
            read_at: Some(Instant::now()),
            ..Map::default()
        };
        Ok(true)
    }
}

impl Map {
    /// A server says that a slot is elsewhere now.
    pub(crate) fn has_moved(&mut self, slot: u16, to: Place) {
        self.moved.insert(slot, to);
        self.doubtful = true;
    }

    fn wanted(&self) -> bool {
        self.read_at
            .is_none_or(|at| self.doubtful && at.elapsed() >= PAUSE)
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

/// Whether a server says that it cannot do without others that are away.
pub(crate) fn is_down(reply: &Value) -> bool {
    match reply {
        Value::ServerError(error) => error.kind() == Some(ServerErrorKind::ClusterDown),
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
        // One that does not know its own host, or has none to tell, is reached as it was.
        let host = host.filter(|host| !matches!(host.as_str(), "" | "?"));
        let host = host.unwrap_or_else(|| from.0.clone());
        Some((last, (first, (host, port))))
    };
    rows.iter().map(read).collect()
}
