//! Logs: what the attempts of a task have printed, kept among the keys of its queue. Asynq does not know these keys. Which
//! attempts are kept is decided by the worker.

use std::collections::HashMap;
use std::time::Duration;

use chrono::DateTime;

use crate::broker::keys::QueueKeys;
use crate::broker::records::{AttemptLog, LogMark};
use crate::broker::{Broker, Error, Held, script};
use crate::task::{QueueName, TaskId};

/// How much is kept of all logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes of one attempt.
    pub attempt: usize,
    /// Bytes of one task, in which the last attempt always has room.
    pub task: usize,
    /// Bytes of all tasks of a queue.
    pub queue: usize,
    /// How long after the last change of a log.
    pub lifetime: Duration,
}

impl Broker {
    /// Writes what an attempt has printed so far, in place of what was written before. `None`: nothing is kept of it.
    pub async fn write_log(
        &self,
        queue: &QueueName,
        held: &Held,
        log: Option<&AttemptLog>,
        limits: LogLimits,
    ) -> Result<(), Error> {
        let keys = QueueKeys::new(queue);
        let entry = log.map(|log| encode(held.token.as_str(), log));
        script::WRITE_LOG
            .on(&[keys.log(&held.id), keys.logs(), keys.log_sizes()])
            .arg(held.id.as_str())
            .arg(held.token.as_str())
            .arg(entry.unwrap_or_default())
            .arg(self.now().timestamp())
            .arg(limits.lifetime.as_secs().max(1))
            .arg(limits.task)
            .arg(limits.queue)
            .arg(keys.log_prefix())
            .run(&self.conn)
            .await
    }

    /// What tells whether the log of a task has changed, without reading it.
    pub async fn log_mark(&self, queue: &QueueName, id: &TaskId) -> Result<LogMark, Error> {
        let keys = QueueKeys::new(queue);
        let mut read = redis::pipe();
        read.llen(keys.log(id))
            .hget(keys.log_sizes(), id.as_str())
            .zscore(keys.logs(), id.as_str());
        let (entries, bytes, written_at) = self.conn.pipeline(&read).await?;
        Ok(LogMark {
            entries,
            bytes,
            written_at,
        })
    }

    /// The log of a task, oldest attempt first. Entries that cannot be read are left out and counted.
    pub async fn read_log(
        &self,
        queue: &QueueName,
        id: &TaskId,
    ) -> Result<(Vec<AttemptLog>, usize), Error> {
        let mut read = redis::cmd("LRANGE");
        read.arg(QueueKeys::new(queue).log(id)).arg(0).arg(-1);
        let entries: Vec<Vec<u8>> = self.conn.command(&read).await?;
        let mut logs: Vec<AttemptLog> = entries.iter().filter_map(|entry| decode(entry)).collect();
        number_runs(&mut logs);
        let unreadable = entries.len() - logs.len();
        Ok((logs, unreadable))
    }
}

/// Tells attempts with the same number apart.
fn number_runs(logs: &mut [AttemptLog]) {
    let mut runs: HashMap<u32, u32> = HashMap::new();
    for log in logs {
        let run = runs.entry(log.number).or_default();
        *run += 1;
        log.run = *run;
    }
}

/// One line for each fact, the token first; then the bytes.
fn encode(token: &str, log: &AttemptLog) -> Vec<u8> {
    let ended = log.ended_at.map(|at| at.timestamp_millis().to_string());
    let facts = [
        token.to_owned(),
        log.number.to_string(),
        log.started_at.timestamp_millis().to_string(),
        ended.unwrap_or_default(),
        log.outcome.clone(),
        log.worker.replace('\n', " "),
        log.left_out.to_string(),
        log.beginning.len().to_string(),
    ];
    let mut entry = Vec::with_capacity(200 + log.beginning.len() + log.end.len());
    for fact in facts {
        entry.extend_from_slice(fact.as_bytes());
        entry.push(b'\n');
    }
    entry.extend_from_slice(&log.beginning);
    entry.extend_from_slice(&log.end);
    entry
}

fn decode(entry: &[u8]) -> Option<AttemptLog> {
    let mut parts = entry.splitn(9, |byte| *byte == b'\n').skip(1);
    let mut fact = || str::from_utf8(parts.next()?).ok();
    let at = |text: &str| DateTime::from_timestamp_millis(text.parse().ok()?);
    let number = fact()?.parse().ok()?;
    let started_at = at(fact()?)?;
    let ended_at = match fact()? {
        "" => None,
        text => Some(at(text)?),
    };
    let (outcome, worker) = (fact()?.to_owned(), fact()?.to_owned());
    let left_out = fact()?.parse().ok()?;
    let beginning: usize = fact()?.parse().ok()?;
    let (beginning, end) = parts.next()?.split_at_checked(beginning)?;
    Some(AttemptLog {
        number,
        run: 1,
        started_at,
        ended_at,
        outcome,
        worker,
        left_out,
        beginning: beginning.to_vec(),
        end: end.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> AttemptLog {
        AttemptLog {
            number: 3,
            run: 1,
            started_at: DateTime::from_timestamp_millis(1_700_000_000_123).unwrap(),
            ended_at: None,
            outcome: String::new(),
            worker: "host:17".to_owned(),
            left_out: 9,
            beginning: b"one\n\xfftwo\n".to_vec(),
            end: b"\nend\n".to_vec(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let log = log();
        assert_eq!(decode(&encode("token", &log)), Some(log.clone()));
        let ended = AttemptLog {
            ended_at: Some(log.started_at),
            outcome: "failed".to_owned(),
            worker: "two\nlines".to_owned(),
            ..log
        };
        let read = decode(&encode("token", &ended)).unwrap();
        assert_eq!(
            (read.ended_at, read.worker),
            (ended.ended_at, "two lines".to_owned())
        );
    }

    #[test]
    fn what_others_have_written_is_not_understood() {
        for odd in [
            "",
            "x",
            "t\n1\n2\n",
            "t\n1\n2\n\n\nw\n0\n99\nabc",
            "t\n-1\n2\n\n\nw\n0\n0\n",
        ] {
            assert_eq!(decode(odd.as_bytes()), None, "{odd:?}");
        }
    }
}
