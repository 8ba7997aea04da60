//! What is usual for a queue.

use super::*;

fn days(counts: &[(i64, Option<u64>, Option<u64>)]) -> Vec<DayCount> {
    let day = |&(ago, failed, processed): &(i64, Option<u64>, Option<u64>)| DayCount {
        date: now().date_naive() - TimeDelta::days(ago),
        processed,
        failed,
    };
    counts.iter().map(day).collect()
}

#[test]
fn the_usual_failures_are_those_of_the_last_seven_days() {
    let today = now().date_naive();
    let week: Vec<_> = (0..14).map(|ago| (ago, Some(1), Some(100))).collect();
    assert_eq!(baseline(&days(&week), today), Baseline::Usual(0.01));
    // Neither today nor the days before the week count, nor half a day.
    let mut other = week.clone();
    (other[0], other[8]) = ((0, Some(100), Some(100)), (8, Some(100), Some(100)));
    (other[3], other[4]) = ((3, None, Some(100)), (4, Some(100), None));
    assert_eq!(baseline(&days(&other), today), Baseline::Usual(0.01));
    let new = days(&[
        (0, Some(0), Some(9)),
        (2, Some(0), Some(5)),
        (3, Some(0), Some(0)),
    ]);
    assert_eq!(
        baseline(&new, today),
        Baseline::LearningUntil(today + TimeDelta::days(5))
    );
    let unused = days(&[(0, Some(0), Some(0)), (1, Some(0), Some(0))]);
    assert_eq!(
        baseline(&unused, today),
        Baseline::LearningUntil(today + TimeDelta::days(7))
    );
    assert_eq!(
        baseline(&days(&[(0, None, None), (9, None, None)]), today),
        Baseline::Unknown
    );
    assert_eq!(baseline(&[], today), Baseline::Unknown);
    // In use for long, but not in this week.
    let idle = days(&[(1, Some(0), Some(0)), (9, Some(1), Some(100))]);
    assert_eq!(baseline(&idle, today), Baseline::Unknown);
}
