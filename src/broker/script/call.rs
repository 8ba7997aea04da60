//! Calls of scripts: one, or many in one go.

use std::borrow::Cow;

use redis::{Cmd, FromRedisValue, RedisError, RedisResult, ServerErrorKind, ToRedisArgs, Value};

use super::Script;
use crate::broker::conn::{Conn, wrong_type};
use crate::broker::keys::QueueKeys;
use crate::broker::receipt::Receipt;
use crate::broker::{Error, keys, trace};

/// A call of a script, with its keys and arguments.
pub(crate) struct Call {
    script: &'static Script,
    command: Cmd,
    keys: usize,
}

impl Call {
    /// Adds an argument.
    pub(crate) fn arg<A: ToRedisArgs>(mut self, argument: A) -> Self {
        self.push(argument);
        self
    }

    /// Adds an argument in place.
    pub(crate) fn push<A: ToRedisArgs>(&mut self, argument: A) {
        self.command.arg(argument);
    }

    /// Adds the two arguments of a receipt; without one, both are empty.
    pub(crate) fn receipt(self, keys: &QueueKeys, receipt: Option<&Receipt>) -> Self {
        match receipt {
            Some(receipt) => self.arg(keys.receipt(&receipt.name)).arg(&receipt.call),
            None => self.arg("").arg(""),
        }
    }

    /// The command to send.
    ///
    /// Scripts also use keys that they find in others. While a slot of a cluster moves, those may be on the other server,
    /// where the script sees nothing, or fails half-way. Redis checks only the keys that are declared, so a call to a cluster
    /// declares one that never exists: then the server that the slot leaves runs no script, and neither does the other before
    /// it has all keys. Elsewhere, a user may have no right to that key.
    fn command(&self, conn: &Conn) -> Cow<'_, Cmd> {
        if !conn.is_cluster() {
            return Cow::Borrowed(&self.command);
        }
        let mut args = self.command.args_iter().filter_map(|arg| match arg {
            redis::Arg::Simple(bytes) => Some(bytes),
            _ => None,
        });
        let mut command = redis::cmd("EVALSHA");
        // After EVALSHA come the digest, the number of keys, and the keys.
        let digest = args.nth(1);
        let keys: Vec<&[u8]> = args.by_ref().skip(1).take(self.keys).collect();
        let first = keys.first().and_then(|key| std::str::from_utf8(key).ok());
        let never = first.and_then(keys::never);
        let declared = keys.len() + usize::from(never.is_some());
        command.arg(digest).arg(declared).arg(keys).arg(never);
        for arg in args {
            command.arg(arg);
        }
        Cow::Owned(command)
    }

    /// Sends the call. If the server answers NOSCRIPT, loads the script and sends the call again.
    pub(crate) async fn run<T: FromRedisValue>(&self, conn: &Conn) -> Result<T, Error> {
        debug_assert_eq!(self.keys, self.script.keys, "keys of {}", self.script.name);
        let mut sender = conn.clone();
        let command = self.command(conn);
        let send = async {
            match command.query_async(&mut sender).await {
                Err(error) if forgotten(&error) => {
                    self.script.load_and(&command, &mut sender).await
                }
                reply => reply,
            }
        };
        let what = || trace::shown(self.script.name, [&*command]);
        let reply: RedisResult<T> = trace::log(what, send).await;
        self.script.explain(reply, &command, conn).await
    }
}

impl Script {
    /// Starts a call with its keys.
    pub(crate) fn on<K: AsRef<str>>(&'static self, keys: &[K]) -> Call {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.compiled().digest).arg(keys.len());
        for key in keys {
            command.arg(key.as_ref());
        }
        Call {
            script: self,
            command,
            keys: keys.len(),
        }
    }

    /// Sends the script, and a call of it, in one pipeline: a server of a cluster that redirects the call redirects both.
    async fn load_and<T: FromRedisValue>(&self, call: &Cmd, conn: &mut Conn) -> RedisResult<T> {
        let mut pipeline = redis::Pipeline::with_capacity(2);
        pipeline.add_command(self.load().clone()).ignore();
        pipeline.add_command(call.clone());
        let (reply,) = pipeline.query_async(conn).await?;
        Ok(reply)
    }

    /// Translates the error of a call.
    async fn explain<T>(&self, reply: RedisResult<T>, call: &Cmd, conn: &Conn) -> Result<T, Error> {
        match reply.map_err(|error| conn.explain(&error, [call])) {
            Err(error) if error.is_wrong_type() => {
                Err(wrong_type::named(error, [call], &mut conn.clone()).await)
            }
            reply => reply.map_err(|error| self.name_right(error)),
        }
    }

    /// Adds the commands of this script to a refusal that does not name the command.
    pub(crate) fn name_right(&self, error: Error) -> Error {
        match error {
            Error::NotPermitted { address, denied } => Error::NotPermitted {
                address,
                denied: denied.in_script(&self.texts()),
            },
            error => error,
        }
    }
}

fn forgotten(error: &RedisError) -> bool {
    error.kind() == ServerErrorKind::NoScript.into()
}

/// Sends calls in one pipeline, in their order; each has an answer of its own.
///
/// The pipeline begins with `SCRIPT LOAD`: this costs microseconds, and no call can fail with NOSCRIPT and be repeated
/// out of order. If the whole pipeline fails, any of the calls may have been performed.
pub(crate) async fn run_all(
    calls: Vec<Call>,
    conn: &Conn,
) -> Result<Vec<Result<Value, Error>>, Error> {
    let mut scripts: Vec<&'static Script> = Vec::new();
    for call in &calls {
        debug_assert_eq!(call.keys, call.script.keys, "keys of {}", call.script.name);
        if !scripts
            .iter()
            .any(|known| std::ptr::eq(*known, call.script))
        {
            scripts.push(call.script);
        }
    }
    let names: Vec<_> = scripts.iter().map(|script| script.name).collect();
    let what = trace::shown(&names.join(" "), calls.iter().map(|call| &call.command));
    let commands = calls.iter().map(|call| call.command(conn).into_owned());
    let commands = commands.collect();
    let mut sender = conn.clone();
    let sent = send_all(&scripts, commands, &mut sender);
    let (pipeline, replies) = trace::log(|| what, sent)
        .await
        .map_err(|error| conn.explain(&error, []))?;
    let mut explained = Vec::with_capacity(replies.len());
    let sent = pipeline.cmd_iter().skip(scripts.len());
    for ((reply, command), call) in replies.into_iter().zip(sent).zip(&calls) {
        explained.push(call.script.explain(reply, command, conn).await);
    }
    Ok(explained)
}

/// Sends commands behind their scripts. Returns the pipeline and the reply to each command.
async fn send_all(
    scripts: &[&'static Script],
    commands: Vec<Cmd>,
    conn: &mut Conn,
) -> RedisResult<(redis::Pipeline, Vec<RedisResult<Value>>)> {
    let mut pipeline = redis::Pipeline::with_capacity(scripts.len() + commands.len());
    pipeline.ignore_errors();
    let load = scripts.iter().map(|script| script.load().clone());
    for command in load.chain(commands) {
        pipeline.add_command(command);
    }
    let mut replies: Vec<RedisResult<Value>> = pipeline.query_async(conn).await?;
    let refused = replies.drain(..scripts.len()).find_map(Result::err);
    let commands = pipeline.cmd_iter().skip(scripts.len());
    for (reply, command) in replies.iter_mut().zip(commands) {
        if !reply.as_ref().is_err_and(forgotten) {
            continue;
        }
        // The script was flushed before its call, or the user has no right to load scripts.
        if let Some(refused) = &refused {
            *reply = Err(refused.clone());
            continue;
        }
        for script in scripts {
            let () = script.load().query_async(conn).await?;
        }
        *reply = command.query_async(conn).await;
    }
    Ok((pipeline, replies))
}
