//! The queues of a worker: weights by name, or names alone.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::checked::Name;
use crate::task::QueueName;

/// Reads the queues of a worker. A name in a list has the weight 1.
pub(super) fn weights<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<(QueueName, u32)>, D::Error> {
    from.deserialize_any(Weights)
}

/// How often a queue comes first.
#[derive(Deserialize)]
#[serde(try_from = "u32")]
struct Weight(u32);

impl TryFrom<u32> for Weight {
    type Error = &'static str;

    fn try_from(weight: u32) -> Result<Self, Self::Error> {
        if weight == 0 {
            return Err("a queue with weight 0 is never served: use 1 or more, or remove it");
        }
        Ok(Self(weight))
    }
}

struct Weights;

impl<'de> Visitor<'de> for Weights {
    type Value = Vec<(QueueName, u32)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("weights by queue, such as { critical = 6, default = 3 }, or a list of queues")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let weights = BTreeMap::<Name, Weight>::deserialize(MapAccessDeserializer::new(map))?;
        let plain = |(name, weight): (Name, Weight)| (name.0, weight.0);
        Ok(weights.into_iter().map(plain).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut queues: Self::Value = Vec::new();
        while let Some(Name(name)) = list.next_element()? {
            if queues.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("queue {name} is given twice")));
            }
            queues.push((name, 1));
        }
        Ok(queues)
    }
}
