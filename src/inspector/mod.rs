//! What an operator does, as a library: choose tasks, count them, change them step by step, look them up.
//!
//! Commands, the page, the dashboard and Rust programs all call this; it knows no terminal, no command line and no
//! layout. Its futures are `Send`. What may happen to a task is decided in `task::transition`, how it is written to Redis
//! in `broker`.

mod distinct;
mod enqueue;
mod error;
pub(crate) mod import;
pub(crate) mod queues;
mod wait;

pub(crate) use distinct::distinct;
pub use error::Error;

use crate::broker::Broker;

/// Operates the queues of one Redis. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Inspector {
    broker: Broker,
    access: Access,
}

/// What an [`Inspector`] may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read and change.
    Full,
    /// Read only: every change is refused before it is sent.
    ReadOnly,
}

impl Access {
    /// Refuses a change if only reading is allowed; `verb` says which change.
    ///
    /// # Errors
    /// [`Error::ReadOnly`].
    pub const fn allow(self, verb: &'static str) -> Result<(), Error> {
        match self {
            Self::Full => Ok(()),
            Self::ReadOnly => Err(Error::ReadOnly(verb)),
        }
    }
}

impl Inspector {
    /// An inspector on this connection.
    pub const fn new(broker: Broker, access: Access) -> Self {
        Self { broker, access }
    }

    /// The connection, for reading.
    pub(crate) const fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The connection, for a change; `verb` says which.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] unless the inspector has full access.
    pub(crate) fn broker_to(&self, verb: &'static str) -> Result<&Broker, Error> {
        self.access.allow(verb)?;
        Ok(&self.broker)
    }
}
