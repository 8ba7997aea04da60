//! Operations that Redis refuses half-way, because of a key of another type or a missing right, leave nothing behind.

use std::collections::BTreeSet;

use qctl::broker::{AggregationSet, Container, Ripeness};
use qctl::task::State;
use qctl::task::transition::Move;

use super::{Lab, ids, later, now, task};

#[tokio::test]
async fn a_claim_that_meets_a_key_of_another_type_changes_nothing() {
    for key in ["active", "lease"] {
        let lab = Lab::start().await;
        for text in ["one", "two"] {
            lab.enqueue(&task(text)).await;
        }
        lab.redis
            .cmd(&["SET", &format!("{}{key}", lab.keys.prefix()), "x"]);
        let before = lab.snapshot();
        for _ in 0..3 {
            lab.broker.claim(&lab.queue, 2, now()).await.unwrap_err();
        }
        assert_eq!(lab.snapshot(), before, "{key}");
    }
}

/// Whatever right is missing, no id is in two containers, and once it is given every task runs once.
#[tokio::test]
async fn claims_without_a_right_leave_no_copies() {
    for command in ["hset", "hdel", "zadd", "ltrim", "lpush"] {
        let lab = Lab::start().await;
        for n in 0..20 {
            lab.enqueue(&task(&n.to_string())).await;
        }
        let right = |sign: char| {
            let rule = format!("{sign}{command}");
            lab.redis.cmd(&["ACL", "SETUSER", "default", &rule]);
        };
        right('-');
        for second in 0..5 {
            let refused = lab.broker.claim(&lab.queue, 3, later(second)).await;
            refused.unwrap_err();
        }
        right('+');
        let (pending, active) = (lab.list(&lab.keys.pending()), lab.list(&lab.keys.active()));
        assert!(pending.len() + active.len() <= 20, "{command}");
        let leased: BTreeSet<String> = lab
            .zset(&lab.keys.lease())
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        assert!(!pending.iter().any(|id| leased.contains(id)), "{command}");
        let mut found: BTreeSet<String> = leased;
        loop {
            let claimed = lab.broker.claim(&lab.queue, 10, now()).await.unwrap();
            if claimed.claims.is_empty() {
                break;
            }
            for claim in claimed.claims {
                assert!(found.insert(claim.id.to_string()), "{command}");
            }
        }
        assert_eq!(found.len(), 20, "{command}");
    }
}

#[tokio::test]
async fn a_group_that_cannot_be_opened_leaves_no_set() {
    let lab = Lab::start().await;
    lab.enqueue(&super::grouped("one", "g")).await;
    lab.redis.cmd(&["SET", &lab.keys.aggregation_sets(), "x"]);
    let before = lab.snapshot();
    let at_once = Ripeness {
        grace: std::time::Duration::ZERO,
        max_delay: std::time::Duration::ZERO,
        max_size: 0,
    };
    let set = AggregationSet::new(&lab.queue, "g");
    lab.broker.open_set(&set, at_once, now()).await.unwrap_err();
    assert_eq!(lab.snapshot(), before);
}

#[tokio::test]
async fn changes_whose_target_is_of_another_type_change_nothing() {
    for action in [Move::Retry, Move::Archive] {
        let lab = Lab::start().await;
        lab.fill(State::Scheduled, 3, "s");
        let target = match action {
            Move::Retry => lab.keys.pending(),
            Move::Archive | Move::Delete => lab.keys.archived(),
        };
        lab.redis.cmd(&["SET", &target, "x"]);
        let before = lab.snapshot();
        let one = ids(&["s00001"]);
        let by_id = lab.broker.apply(&lab.queue, action, &one, now()).await;
        by_id.unwrap_err();
        let scheduled = Container::State(State::Scheduled);
        let pages = lab.broker.pages(&lab.queue, scheduled, action, false).await;
        let mut pages = pages.unwrap();
        pages.step(9, now(), |_| true).await.unwrap_err();
        assert_eq!(lab.snapshot(), before);
    }
}
