//! Arguments that several commands share, and how their texts become values.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::broker::{Broker, Error};
use crate::task::{QueueName, State};

/// A parser for a task state.
pub fn state() -> impl TypedValueParser<Value = State> {
    PossibleValuesParser::new(State::ALL.map(State::name)).try_map(|word| word.parse::<State>())
}

/// An argument that does not fit the others, and what to do instead.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Usage {
    /// What is wrong.
    pub what: String,
    /// A command to run, or an option to add.
    pub hint: String,
}

impl Usage {
    /// An error with a hint.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// The queues that were named, each of which must exist, or all there are.
pub async fn queues(broker: &Broker, named: &[QueueName]) -> Result<Vec<QueueName>, Error> {
    if named.is_empty() {
        return broker.queues().await;
    }
    for queue in named {
        broker.expect_queue(queue).await?;
    }
    Ok(named.to_vec())
}
