//! Logs of attempts: what is kept, and what makes room.

use std::time::Duration;

use qctl::broker::records::AttemptLog;
use qctl::broker::{Held, LogLimits};
use qctl::task::transition::Settlement;

use super::{Lab, id, now, task};

const LIMITS: LogLimits = LogLimits {
    attempt: 100,
    task: 1_000,
    queue: 10_000,
    lifetime: Duration::from_secs(3_600),
};

fn log(number: u32, length: usize) -> AttemptLog {
    AttemptLog {
        number,
        run: 1,
        started_at: now(),
        ended_at: None,
        outcome: String::new(),
        worker: "host:1".to_owned(),
        left_out: 0,
        beginning: vec![b'x'; length],
        end: Vec::new(),
    }
}

impl Lab {
    /// A new attempt of a task: its log does not depend on what else is known of the task.
    async fn attempt(&self, text: &str) -> Held {
        let other = format!("{text}-{}", fastrand::u64(..));
        let claim = self.active(&task(&other)).await;
        let token = claim.token.clone();
        self.settle(claim, Settlement::Done).await;
        Held {
            id: id(text),
            token,
        }
    }

    async fn write(&self, held: &Held, log: Option<&AttemptLog>, limits: LogLimits) {
        let written = self.broker.write_log(&self.queue, held, log, limits).await;
        assert_eq!(written, Ok(()));
    }

    /// The lengths of what the attempts of a task have printed.
    async fn lengths(&self, text: &str) -> Vec<usize> {
        let (logs, unreadable) = self.broker.read_log(&self.queue, &id(text)).await.unwrap();
        assert_eq!(unreadable, 0);
        logs.iter().map(|log| log.beginning.len()).collect()
    }

    /// What is written down as the sum of all sizes, and what it is.
    fn sums(&self) -> (i64, i64) {
        let key = format!("asynq:{{{}}}:qctl:log_sizes", self.queue);
        let sizes: Vec<String> = self.redis.query(&["HGETALL", &key]);
        let sizes: Vec<(&str, i64)> = sizes
            .chunks(2)
            .map(|pair| (pair[0].as_str(), pair[1].parse().unwrap()))
            .collect();
        let sum = sizes
            .iter()
            .find(|(id, _)| id.is_empty())
            .map_or(0, |(_, sum)| *sum);
        (
            sum,
            sizes
                .iter()
                .filter(|(id, _)| !id.is_empty())
                .map(|(_, size)| size)
                .sum(),
        )
    }
}

#[tokio::test]
async fn an_attempt_has_one_entry_which_can_be_taken_back() {
    let lab = Lab::start().await;
    let (first, second) = (lab.attempt("one").await, lab.attempt("one").await);
    lab.write(&first, Some(&log(1, 10)), LIMITS).await;
    lab.write(&first, Some(&log(1, 20)), LIMITS).await;
    lab.write(&second, Some(&log(2, 30)), LIMITS).await;
    assert_eq!(lab.lengths("one").await, [20, 30]);
    lab.write(&second, None, LIMITS).await;
    assert_eq!(lab.lengths("one").await, [20]);
    lab.write(&second, None, LIMITS).await;
    assert_eq!(lab.lengths("one").await, [20]);
    let (sum, sizes) = lab.sums();
    assert!(sum == sizes && sum > 20, "{sum} {sizes}");
    lab.write(&first, None, LIMITS).await;
    assert_eq!(lab.sums(), (0, 0));
}

/// One that has lost its lease may end after the next one has begun.
#[tokio::test]
async fn an_attempt_that_is_written_after_the_next_one_still_has_one_entry() {
    let lab = Lab::start().await;
    let (first, second) = (lab.attempt("one").await, lab.attempt("one").await);
    lab.write(&first, Some(&log(1, 10)), LIMITS).await;
    lab.write(&second, Some(&log(2, 30)), LIMITS).await;
    lab.write(&first, Some(&log(1, 20)), LIMITS).await;
    assert_eq!(lab.lengths("one").await, [20, 30]);
    let (sum, sizes) = lab.sums();
    assert!(sum == sizes && sum > 50, "{sum} {sizes}");
    lab.write(&first, None, LIMITS).await;
    assert_eq!(lab.lengths("one").await, [30]);
    lab.write(&second, None, LIMITS).await;
    assert_eq!(lab.sums(), (0, 0));
}

#[tokio::test]
async fn old_attempts_make_room_in_a_task() {
    let lab = Lab::start().await;
    for number in 1..=10 {
        let held = lab.attempt("one").await;
        lab.write(&held, Some(&log(number, 100)), LIMITS).await;
    }
    let (logs, _) = lab.broker.read_log(&lab.queue, &id("one")).await.unwrap();
    let numbers: Vec<u32> = logs.iter().map(|log| log.number).collect();
    assert_eq!(numbers, [5, 6, 7, 8, 9, 10]);
    // One that is larger than all of that is kept alone.
    let held = lab.attempt("one").await;
    lab.write(&held, Some(&log(11, 2_000)), LIMITS).await;
    assert_eq!(lab.lengths("one").await, [2_000]);
    assert_eq!(lab.sums().0, lab.sums().1);
}

#[tokio::test]
async fn old_logs_make_room_in_a_queue() {
    let lab = Lab::start().await;
    for number in 0..30 {
        let held = lab.attempt(&format!("t{number}")).await;
        lab.write(&held, Some(&log(1, 900)), LIMITS).await;
    }
    let kept = lab.redis.query::<Vec<String>>(&["KEYS", "*:qctl:log:*"]);
    assert!((9..=10).contains(&kept.len()), "{kept:?}");
    let (sum, sizes) = lab.sums();
    assert!(sum == sizes && sum <= 10_000, "{sum} {sizes}");
}

#[tokio::test]
async fn logs_disappear_by_themselves_and_with_their_queue() {
    let lab = Lab::start().await;
    let brief = LogLimits {
        lifetime: Duration::ZERO,
        ..LIMITS
    };
    let held = lab.attempt("one").await;
    lab.write(&held, Some(&log(1, 10)), brief).await;
    crate::harness::eventually(crate::harness::SOON, || {
        lab.redis
            .query::<Vec<String>>(&["KEYS", "*qctl:log*"])
            .is_empty()
            .then_some(())
    });
    lab.write(&held, Some(&log(1, 10)), LIMITS).await;
    lab.broker
        .drop_queue(&lab.queue, true, now(), |_| {})
        .await
        .unwrap();
    assert!(lab.left().is_empty(), "{:?}", lab.left());
}
