//! Whose turn it is, if a tick cannot read all queues.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

/// What the order depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// The last time; `None` if there was none yet.
    pub(super) read_at: Option<DateTime<Utc>>,
    /// Tasks are waiting or running, or something is wrong.
    pub(super) busy: bool,
}

/// One in this many reads is for the queue that has waited longest, busy or not.
const SHARE: usize = 4;

/// The indices of the queues in the order in which they are read: queues that were never read, then three busy ones and one of
/// the others, and so on. Those that have waited longest come first.
pub(super) fn order(turns: &[Turn]) -> Vec<usize> {
    let key = |index: &usize| Reverse(turns[*index].read_at);
    let indices = 0..turns.len();
    let (mut busy, mut idle): (Vec<_>, Vec<_>) = indices.partition(|index| turns[*index].busy);
    // The next one is at the end.
    busy.sort_by_key(key);
    idle.sort_by_key(key);
    let never = |queue: &Vec<usize>| {
        queue
            .last()
            .is_some_and(|last| turns[*last].read_at.is_none())
    };
    let mut order = Vec::with_capacity(turns.len());
    for turn in 1.. {
        let other = never(&idle) || (turn % SHARE == 0 && !never(&busy));
        let (first, second) = if other {
            (&mut idle, &mut busy)
        } else {
            (&mut busy, &mut idle)
        };
        match first.pop().or_else(|| second.pop()) {
            Some(next) => order.push(next),
            None => break,
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(second: Option<i64>, busy: bool) -> Turn {
        let read_at = second.map(|second| DateTime::from_timestamp(second, 0).unwrap());
        Turn { read_at, busy }
    }

    #[test]
    fn new_queues_come_first_then_busy_ones_then_the_others() {
        let turns = [
            turn(Some(5), false),
            turn(Some(3), true),
            turn(None, false),
            turn(Some(1), true),
            turn(Some(2), false),
            turn(None, true),
        ];
        let order = order(&turns);
        assert_eq!(order[..4], [2, 5, 3, 4]);
        assert_eq!(order[4..], [1, 0]);
    }

    #[test]
    fn every_queue_has_its_turn_however_many_are_busy() {
        let mut turns: Vec<_> = (0..1000).map(|n| turn(Some(0), n % 10 > 0)).collect();
        for tick in 1..=5 {
            for index in order(&turns).into_iter().take(500) {
                turns[index].read_at = DateTime::from_timestamp(tick, 0);
            }
        }
        let oldest = turns.iter().filter_map(|turn| turn.read_at).min();
        assert!(oldest.is_some_and(|at| at.timestamp() >= 3), "{oldest:?}");
    }

    #[test]
    fn each_queue_is_read_once() {
        let turns: Vec<_> = (0..50)
            .map(|n| turn((n % 3 > 0).then_some(n), n % 2 == 0))
            .collect();
        let mut order = order(&turns);
        order.sort_unstable();
        assert_eq!(order, (0..50).collect::<Vec<_>>());
    }
}
