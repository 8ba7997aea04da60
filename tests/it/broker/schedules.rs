//! Stored schedules: how they change, and how their ticks are claimed and settled.

use std::time::Duration;

use chrono::{DateTime, Utc};
use qctl::broker::{Error, SchedulePlaced, SchedulePut, Tick, TickClaim, TickRecord, keys};

use super::{Lab, later, now};

const LEASE: Duration = Duration::from_secs(60);
const AHEAD: Duration = Duration::from_secs(5);

fn put(definition: &str) -> SchedulePut<'_> {
    SchedulePut {
        name: "nightly",
        definition,
        timing: "0 3 * * *",
        paused: None,
        replace: false,
        by: "me",
    }
}

/// A tick of the past, so many seconds after another.
fn tick(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

impl Lab {
    async fn claim_tick(&self, at: DateTime<Utc>, owner: &str) -> TickClaim {
        let revision = self.broker.schedule("nightly").await.unwrap().revision;
        self.claim_under(&revision, at, owner, LEASE).await
    }

    async fn claim_under(
        &self,
        revision: &str,
        at: DateTime<Utc>,
        owner: &str,
        lease: Duration,
    ) -> TickClaim {
        let tick = Tick {
            name: "nightly".to_owned(),
            revision: revision.to_owned(),
            at,
        };
        let claims = self.broker.claim_ticks(&[tick], owner, lease, AHEAD).await;
        claims.unwrap().remove(0).unwrap()
    }

    async fn settle_tick(&self, at: Option<DateTime<Utc>>, owner: &str, record: &str, over: bool) {
        let record = TickRecord {
            name: "nightly".to_owned(),
            at,
            record: record.to_owned(),
            over,
        };
        let settled = self.broker.settle_ticks(&[record], owner).await;
        assert_eq!(settled, Ok(vec![Ok(())]));
    }
}

#[tokio::test]
async fn a_schedule_is_stored_once_and_replaced_only_if_that_is_wanted() {
    let lab = Lab::start().await;
    let put_at = async |put: &SchedulePut<'_>, seconds| {
        lab.broker.put_schedule(put, later(seconds)).await.unwrap()
    };
    assert_eq!(lab.broker.schedules_version().await.unwrap(), "");
    assert_eq!(put_at(&put("one"), 0).await, SchedulePlaced::Added);
    let first = lab.broker.schedule("nightly").await.unwrap();
    assert_eq!((&*first.definition, &*first.changed_by), ("one", "me"));
    assert_eq!((first.since, first.changed_at), (now(), Some(now())));
    assert_eq!(
        (first.fired, first.paused, first.outcome),
        (None, false, None)
    );
    let version = lab.broker.schedules_version().await.unwrap();

    assert_eq!(put_at(&put("one"), 1).await, SchedulePlaced::Unchanged);
    assert_eq!(put_at(&put("two"), 1).await, SchedulePlaced::Taken);
    assert_eq!(lab.broker.schedules_version().await.unwrap(), version);

    let replace = SchedulePut {
        replace: true,
        ..put("two")
    };
    assert_eq!(put_at(&replace, 2).await, SchedulePlaced::Replaced);
    let second = lab.broker.schedule("nightly").await.unwrap();
    assert_ne!(second.revision, first.revision);
    assert_ne!(lab.broker.schedules_version().await.unwrap(), version);
    assert_eq!(
        second.since,
        now(),
        "the times are the same, so none is lost"
    );
    let other_times = SchedulePut {
        timing: "@daily",
        ..replace
    };
    let other_times = SchedulePut {
        definition: "three",
        ..other_times
    };
    assert_eq!(put_at(&other_times, 3).await, SchedulePlaced::Replaced);
    let third = lab.broker.schedule("nightly").await.unwrap();
    assert_eq!(third.since, later(3));
    assert_eq!(lab.broker.schedules().await.unwrap(), [third]);
}

#[tokio::test]
async fn a_removed_schedule_leaves_nothing_but_the_version() {
    let lab = Lab::start().await;
    lab.broker.put_schedule(&put("one"), now()).await.unwrap();
    lab.claim_tick(tick(0), "a").await;
    lab.settle_tick(Some(tick(0)), "a", "done", true).await;
    assert_eq!(lab.broker.remove_schedule("nightly").await, Ok(true));
    assert_eq!(lab.left(), [keys::CRON_VERSION]);
    assert_eq!(lab.broker.remove_schedule("nightly").await, Ok(false));
    lab.settle_tick(Some(tick(1)), "a", "too late", true).await;
    assert_eq!(lab.left(), [keys::CRON_VERSION]);
    let gone = Err(Error::ScheduleNotFound("nightly".to_owned()));
    assert_eq!(lab.broker.schedule("nightly").await, gone);
}

#[tokio::test]
async fn pausing_is_kept_by_a_replacement_and_resuming_starts_afresh() {
    let lab = Lab::start().await;
    let pause = async |paused, seconds| {
        let by = if paused { "night" } else { "day" };
        lab.broker
            .pause_schedule("nightly", paused, by, later(seconds))
            .await
    };
    let missing = Error::ScheduleNotFound("nightly".to_owned());
    assert_eq!(pause(true, 0).await, Err(missing));
    lab.broker.put_schedule(&put("one"), now()).await.unwrap();
    let before = lab.broker.schedule("nightly").await.unwrap().revision;
    assert_eq!(pause(true, 1).await, Ok(true));
    assert_eq!(pause(true, 2).await, Ok(false));
    let claim = lab.claim_under(&before, tick(0), "a", LEASE).await;
    assert_eq!(claim, TickClaim::Changed);
    assert_eq!(lab.claim_tick(tick(0), "a").await, TickClaim::Changed);
    let replace = SchedulePut {
        replace: true,
        ..put("two")
    };
    lab.broker.put_schedule(&replace, later(3)).await.unwrap();
    let paused = lab.broker.schedule("nightly").await.unwrap();
    assert_eq!((paused.paused, paused.since), (true, now()));
    assert_eq!(pause(false, 4).await, Ok(true));
    let resumed = lab.broker.schedule("nightly").await.unwrap();
    assert_eq!((resumed.paused, resumed.since), (false, later(4)));
    assert_eq!(resumed.changed_by, "day");
}

#[tokio::test]
async fn a_tick_has_one_owner_and_is_over_once() {
    let lab = Lab::start().await;
    lab.broker.put_schedule(&put("one"), now()).await.unwrap();
    assert_eq!(lab.claim_tick(tick(0), "a b").await, TickClaim::Claimed);
    assert_eq!(
        lab.claim_tick(tick(0), "a b").await,
        TickClaim::Claimed,
        "a lost reply"
    );
    let held = lab.claim_tick(tick(0), "other").await;
    assert!(
        matches!(held, TickClaim::Held(span) if span <= LEASE),
        "{held:?}"
    );
    // A failure leaves the tick to whoever is next.
    lab.settle_tick(Some(tick(0)), "a b", "failed", false).await;
    assert_eq!(lab.claim_tick(tick(0), "other").await, TickClaim::Claimed);
    for _ in 0..2 {
        lab.settle_tick(Some(tick(0)), "other", "done", true).await;
    }
    assert_eq!(
        lab.claim_tick(tick(0), "a b").await,
        TickClaim::Over(tick(0))
    );
    assert_eq!(
        lab.claim_tick(tick(-9), "a b").await,
        TickClaim::Over(tick(0))
    );
    assert_eq!(lab.claim_tick(tick(1), "a b").await, TickClaim::Claimed);
    let stored = lab.broker.schedule("nightly").await.unwrap();
    assert_eq!(
        (stored.fired, stored.outcome.as_deref()),
        (Some(tick(0)), Some("done"))
    );
    // What a user asks for is no tick.
    lab.settle_tick(None, "me", "by hand", true).await;
    let history = lab.broker.schedule_history("nightly", 9).await.unwrap();
    assert_eq!(history, ["by hand", "done"]);
    let ttl: i64 = lab.redis.query(&["TTL", &keys::cron_history("nightly")]);
    assert!(ttl > 80 * 24 * 3600, "{ttl}");
}

#[tokio::test]
async fn the_claim_of_a_dead_scheduler_ends_by_itself() {
    let lab = Lab::start().await;
    lab.broker.put_schedule(&put("one"), now()).await.unwrap();
    assert_eq!(lab.claim_tick(tick(0), "dead").await, TickClaim::Claimed);
    let key = keys::cron_schedule("nightly");
    let claim: String = lab.redis.query(&["HGET", &key, "claim"]);
    let (until, owner) = claim.split_once(' ').unwrap();
    let time: Vec<i64> = lab.redis.query(&["TIME"]);
    let left = until.parse::<i64>().unwrap() - time[0] * 1000;
    assert!((55_000..=61_000).contains(&left), "{left}");
    let past = format!("{} {owner}", time[0] * 1000 - 1);
    let _: i64 = lab.redis.query(&["HSET", &key, "claim", &past]);
    assert_eq!(lab.claim_tick(tick(0), "next").await, TickClaim::Claimed);
    // Whoever was thought dead and settles after all changes nothing of the other's claim.
    lab.settle_tick(Some(tick(0)), "dead", "failed", false)
        .await;
    let held = lab.claim_tick(tick(0), "third").await;
    assert!(matches!(held, TickClaim::Held(_)), "{held:?}");
}

#[tokio::test]
async fn a_tick_far_ahead_of_the_servers_clock_is_refused() {
    let lab = Lab::start().await;
    lab.broker.put_schedule(&put("one"), now()).await.unwrap();
    let time: Vec<i64> = lab.redis.query(&["TIME"]);
    let in_seconds = |seconds| DateTime::from_timestamp(time[0] + seconds, 0).unwrap();
    assert_eq!(lab.claim_tick(in_seconds(4), "a").await, TickClaim::Claimed);
    let ahead = lab.claim_tick(in_seconds(60), "a").await;
    let TickClaim::Ahead(span) = ahead else {
        panic!("{ahead:?}");
    };
    assert!((50..=60).contains(&span.as_secs()), "{span:?}");
}

#[tokio::test]
async fn the_history_is_bounded_and_names_may_be_many() {
    let lab = Lab::start().await;
    for n in 0..250 {
        let name = format!("schedule {n:03}");
        let put = SchedulePut {
            name: &name,
            ..put("one")
        };
        lab.broker.put_schedule(&put, now()).await.unwrap();
    }
    let found = lab.broker.schedules().await.unwrap();
    let names: Vec<&str> = found.iter().map(|found| found.name.as_str()).collect();
    let all: Vec<String> = (0..250).map(|n| format!("schedule {n:03}")).collect();
    assert_eq!(names, all);
    lab.broker.put_schedule(&put("one"), now()).await.unwrap();
    for n in 0..1010 {
        let record = n.to_string();
        lab.settle_tick(None, "me", &record, true).await;
    }
    let history = lab.broker.schedule_history("nightly", 5000).await;
    let history = history.unwrap();
    assert_eq!(
        (history.len(), &*history[0], &*history[999]),
        (1000, "1009", "10")
    );
}
