//! Limits that workers share: places, as Asynq's x/rate has them, and tokens.

use std::time::Duration;

use qctl::broker::{Rate, keys};

use super::{Lab, NOW, later, now};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

async fn take(lab: &Lab, limit: usize, members: &[&str], second: i64) -> usize {
    let members = names(members);
    let taken = lab.broker.take_places("s", limit, &members, later(second));
    taken.await.unwrap()
}

const LEASE: i64 = 30;

#[tokio::test]
async fn places_are_those_of_asynq() {
    let lab = Lab::start().await;
    assert_eq!(take(&lab, 3, &["a", "b"], 0).await, 2);
    assert_eq!(take(&lab, 3, &["c", "d"], 0).await, 1);
    assert_eq!(take(&lab, 3, &["e"], 0).await, 0);
    let key = keys::places("s");
    assert_eq!(key, "asynq:sema:s");
    let expected = ["a", "b", "c"].map(|name| (name.to_owned(), NOW + LEASE));
    assert_eq!(lab.zset(&key), expected);
    lab.broker.free_places("s", &names(&["b"])).await.unwrap();
    assert_eq!(take(&lab, 3, &["e"], 0).await, 1);
}

#[tokio::test]
async fn a_place_that_is_not_renewed_is_free_after_a_lease() {
    let lab = Lab::start().await;
    assert_eq!(take(&lab, 2, &["kept", "gone"], 0).await, 2);
    let kept = names(&["kept"]);
    lab.broker.renew_places("s", &kept, later(9)).await.unwrap();
    // Never back: another program may have given it more time.
    lab.broker.renew_places("s", &kept, now()).await.unwrap();
    assert_eq!(take(&lab, 2, &["new"], LEASE).await, 0);
    assert_eq!(take(&lab, 2, &["new", "newer"], LEASE + 1).await, 1);
    assert_eq!(take(&lab, 2, &["newer"], LEASE + 10).await, 1);
}

#[tokio::test]
async fn a_full_redis_keeps_places_that_are_taken() {
    let lab = Lab::start().await;
    take(&lab, 2, &["a"], 0).await;
    lab.fill_up();
    let a = names(&["a"]);
    lab.broker.renew_places("s", &a, later(5)).await.unwrap();
    let score: i64 = lab.redis.query(&["ZSCORE", &keys::places("s"), "a"]);
    assert_eq!(score, NOW + 5 + LEASE);
    lab.free();
}

#[tokio::test]
async fn tokens_gather_for_a_second_and_no_longer() {
    let lab = Lab::start().await;
    let rate = Rate {
        count: 600,
        per: Duration::from_secs(60),
    };
    let take = async |wanted| lab.broker.take_tokens("s", rate, wanted).await.unwrap();
    let (taken, next) = take(7).await;
    assert_eq!((taken, next), (7, Duration::ZERO));
    let (taken, next) = take(100).await;
    // A slow test may see one more gather.
    assert!((3..6).contains(&taken), "{taken}");
    assert!(Duration::ZERO < next && next <= Duration::from_millis(100));
    lab.broker.give_back_tokens("s", rate, 50).await.unwrap();
    assert_eq!(take(100).await.0, 10);
    let ttl: i64 = lab.redis.query(&["PTTL", &keys::tokens("s")]);
    assert!((1..=1002).contains(&ttl), "{ttl}");
}

#[tokio::test]
async fn a_slow_rate_has_one_token_at_a_time() {
    let lab = Lab::start().await;
    let rate = Rate {
        count: 2,
        per: Duration::from_secs(3600),
    };
    assert_eq!(lab.broker.take_tokens("s", rate, 5).await.unwrap().0, 1);
    let (taken, next) = lab.broker.take_tokens("s", rate, 5).await.unwrap();
    let half_an_hour = Duration::from_secs(1800);
    assert!(taken == 0 && next <= half_an_hour && next > half_an_hour / 2);
    // A clock that was an hour ahead then.
    let ahead = "4000000000000000";
    lab.redis.cmd(&["SET", &keys::tokens("s"), ahead]);
    let (taken, next) = lab.broker.take_tokens("s", rate, 5).await.unwrap();
    assert!(taken == 0 && next <= half_an_hour);
}
