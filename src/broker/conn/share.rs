//! The share of one server in what is sent to several in one go.

use std::sync::Arc;

use redis::{Cmd, Pipeline, RedisError, RedisResult, Value};

use crate::broker::conn::node::Node;
use crate::broker::conn::source::Source as _;

/// What one server is sent.
pub(crate) struct Share {
    pub(crate) node: Arc<Node>,
    /// The place of each command in the whole, and whether `ASKING` must go before it.
    pub(crate) commands: Vec<(usize, bool)>,
}

impl Share {
    /// A server that is sent nothing yet.
    pub(crate) const fn of(node: Arc<Node>) -> Self {
        Self {
            node,
            commands: Vec::new(),
        }
    }

    /// Adds a command to the share of its server.
    pub(crate) fn add(shares: &mut Vec<Self>, node: Arc<Node>, command: (usize, bool)) {
        let same = |share: &&mut Self| Arc::ptr_eq(&share.node, &node);
        if let Some(share) = shares.iter_mut().find(same) {
            share.commands.push(command);
        } else {
            shares.push(Self {
                node,
                commands: vec![command],
            });
        }
    }

    /// Sends its part of `commands`, which are those of `pipeline`, and returns the answers in their order.
    pub(crate) async fn send(
        &self,
        commands: &[&Cmd],
        pipeline: Option<&Pipeline>,
    ) -> RedisResult<Vec<Value>> {
        let asking = self.commands.iter().any(|(_, asking)| *asking);
        match (self.commands.as_slice(), pipeline) {
            ([(place, false)], _) => Ok(vec![self.node.send(commands[*place]).await?]),
            (all, Some(pipeline)) if all.len() == commands.len() && !asking => {
                self.node.send_all(pipeline, 0, all.len()).await
            }
            _ => self.send_some(commands).await,
        }
    }

    /// The answer to a command whose server gave none, while others did.
    pub(crate) fn unanswered(&self, error: &RedisError) -> Value {
        let why = if error.is_timeout() {
            "no answer in time".to_owned()
        } else {
            error.to_string().replace(['\r', '\n'], " ")
        };
        let line = format!("-CLUSTERDOWN {}: {why}\r\n", self.node.name());
        redis::parse_redis_value(line.as_bytes()).unwrap_or(Value::Nil)
    }

    async fn send_some(&self, commands: &[&Cmd]) -> RedisResult<Vec<Value>> {
        let mut pipeline = Pipeline::with_capacity(self.commands.len());
        let mut wanted = Vec::with_capacity(self.commands.len());
        for (place, asking) in &self.commands {
            if *asking {
                // Holds for the next command on the connection, and nobody else's comes in between.
                pipeline.add_command(redis::cmd("ASKING"));
                wanted.push(false);
            }
            pipeline.add_command(commands[*place].clone());
            wanted.push(true);
        }
        let replies = self.node.send_all(&pipeline, 0, pipeline.len()).await?;
        let replies = replies.into_iter().zip(wanted);
        Ok(replies
            .filter_map(|(reply, wanted)| wanted.then_some(reply))
            .collect())
    }
}
