//! Tasks far from both ends of a long pending list: nothing that takes them out scans it without bound.

use qctl::task::transition::Move;
use qctl::task::{State, TaskId};

use super::scale::never_slow;
use super::{Lab, id, ids, now};

const LENGTH: usize = 30_000;

fn middle() -> Vec<TaskId> {
    (14_000..14_300).map(|n| id(&format!("x{n:05}"))).collect()
}

#[tokio::test]
async fn tasks_in_the_middle_of_pending_go_by_id_and_the_others_keep_their_order() {
    for action in [Move::Archive, Move::Delete] {
        never_slow(
            |lab| lab.fill(State::Pending, LENGTH, "x"),
            async |lab| {
                let mut stay = lab.list(&lab.keys.pending());
                stay.retain(|id| !("x14000".."x14300").contains(&id.as_str()));
                // One that says it is pending, and is not in the list.
                let lost = lab.keys.task(&id("lost"));
                lab.redis
                    .cmd(&["HSET", &lost, "msg", "", "state", "pending"]);
                let wanted = [middle(), ids(&["x00007", "x29993", "lost", "none"])].concat();
                let applied = lab.broker.apply(&lab.queue, action, &wanted, now());
                let applied = applied.await.unwrap();
                assert_eq!(applied.changed.len(), 303, "{action:?}");
                let refused: Vec<_> = applied.refused.iter().map(|(id, _)| id.as_str()).collect();
                assert_eq!(refused, ["none"]);
                stay.retain(|id| id != "x00007" && id != "x29993");
                assert_eq!(lab.list(&lab.keys.pending()), stay);
            },
        )
        .await;
    }
}

/// In a full Redis too, where whatever begins with something that needs memory is refused.
#[tokio::test]
async fn tasks_in_the_middle_of_pending_can_be_deleted_from_a_full_redis() {
    let lab = Lab::start().await;
    lab.fill(State::Pending, LENGTH, "x");
    lab.fill_up();
    let wanted = middle();
    let applied = lab.broker.apply(&lab.queue, Move::Delete, &wanted, now());
    assert_eq!(applied.await.unwrap().changed.len(), 300);
}

/// A list so long that a scan to its middle would take more than ten milliseconds: the newest move up.
#[tokio::test]
async fn places_out_of_reach_are_taken_by_the_newest() {
    const MILLIONS: usize = 1_500_000;
    never_slow(
        |lab| {
            let script = "
                for part = 1, ARGV[1] / 1000 do
                  local ids = {}
                  for n = 1, 1000 do ids[n] = string.format('%07d', part * 1000 - n) end
                  redis.call('RPUSH', KEYS[1], unpack(ids))
                end";
            let count = MILLIONS.to_string();
            lab.redis
                .cmd(&["EVAL", script, "1", &lab.keys.pending(), &count]);
            for text in ["0700007", "0700008", "0800000"] {
                lab.fill_one(State::Pending, text);
                lab.redis.cmd(&["LPOP", &lab.keys.pending()]);
            }
        },
        async |lab| {
            let before = lab.list(&lab.keys.pending());
            let wanted = ids(&["0700007", "0700008", "0800000"]);
            let applied = lab
                .broker
                .apply(&lab.queue, Move::Delete, &wanted, now())
                .await
                .unwrap();
            assert_eq!(applied.changed.len(), 3);
            let after = lab.list(&lab.keys.pending());
            assert_eq!(after.len(), before.len() - 3);
            let newest = &before[..3];
            let mut rest = before[3..].to_vec();
            rest.retain(|id| !wanted.iter().any(|gone| gone.as_str() == id));
            let mut stayed = after.clone();
            stayed.retain(|id| !newest.contains(id));
            assert_eq!(stayed, rest, "the others keep their order");
            let moved: Vec<_> = after.iter().filter(|id| newest.contains(id)).collect();
            assert_eq!(moved.len(), 3);
        },
    )
    .await;
}
