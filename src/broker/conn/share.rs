//! The commands for one server, where a pipeline goes to several.

use std::sync::Arc;

use redis::{Cmd, Pipeline, RedisError, RedisResult, Value};

use crate::broker::conn::node::Node;
use crate::broker::conn::source::Source as _;

/// The commands for one server.
pub(crate) struct Share {
    pub(crate) node: Arc<Node>,
    /// The index of each command in the pipeline, and whether `ASKING` must precede it.
    pub(crate) commands: Vec<(usize, bool)>,
}

impl Share {
    /// No commands yet.
    pub(crate) const fn of(node: Arc<Node>) -> Self {
        Self {
            node,
            commands: Vec::new(),
        }
    }

    /// Adds a command to the share of `node`.
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

    /// Sends the share of this server and returns the answers in their order. `commands` are those of `pipeline`.
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

    async fn send_some(&self, commands: &[&Cmd]) -> RedisResult<Vec<Value>> {
        let mut pipeline = Pipeline::with_capacity(self.commands.len());
        let mut wanted = Vec::with_capacity(self.commands.len());
        for (place, asking) in &self.commands {
            if *asking {
                // ASKING applies to the next command on the connection; the pipeline keeps both together.
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

/// The error that stands for the missing answer of a server.
pub(crate) fn unanswered(server: &str, error: &RedisError) -> Value {
    let why = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        error.to_string().replace(['\r', '\n'], " ")
    };
    let line = format!("-CLUSTERDOWN {server}: {why}\r\n");
    redis::parse_redis_value(line.as_bytes()).unwrap_or(Value::Nil)
}
