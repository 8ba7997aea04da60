//! The queues of a worker, and how free slots are divided among them.

use crate::task::QueueName;

/// The queues that a worker processes, and how it chooses among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queues {
    /// In proportion to their weights.
    Weighted(Vec<(QueueName, u32)>),
    /// In this order: a queue is processed only when those before it are empty. The weights are only announced.
    Strict(Vec<(QueueName, u32)>),
}

impl Queues {
    pub(crate) fn all(&self) -> &[(QueueName, u32)] {
        match self {
            Self::Weighted(queues) | Self::Strict(queues) => queues,
        }
    }

    /// The names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &QueueName> {
        self.all().iter().map(|(queue, _)| queue)
    }

    /// Divides free slots among the queues for which `asked` is true. In strict order there is nothing to divide.
    pub(crate) fn divide(
        &self,
        slots: usize,
        asked: impl Fn(&QueueName) -> bool,
    ) -> Vec<(&QueueName, usize)> {
        match self {
            Self::Strict(_) => Vec::new(),
            Self::Weighted(weights) => {
                let asked = weights.iter().filter(|(queue, _)| asked(queue));
                divide(&asked.collect::<Vec<_>>(), slots)
            }
        }
    }

    /// The order in which to claim from the queues for which `asked` is true: strict, or random by weight without repetition.
    pub(crate) fn order(&self, asked: impl Fn(&QueueName) -> bool) -> Vec<&QueueName> {
        let asked = self.all().iter().filter(|(queue, _)| asked(queue));
        match self {
            Self::Strict(_) => asked.map(|(queue, _)| queue).collect(),
            Self::Weighted(_) => order(asked.collect()),
        }
    }
}

/// Each slot gets a random queue by weight, so that the shares are right for any number of slots.
fn divide<'a>(weights: &[&'a (QueueName, u32)], slots: usize) -> Vec<(&'a QueueName, usize)> {
    match weights[..] {
        [] => return Vec::new(),
        // The most common case, without a random choice.
        [(queue, _)] => return vec![(queue, slots)],
        [..] => {}
    }
    let mut shares: Vec<(&'a QueueName, usize)> =
        weights.iter().map(|(queue, _)| (queue, 0)).collect();
    for _ in 0..slots {
        let at = draw(weights.iter().map(|(_, weight)| *weight));
        shares[at].1 += 1;
    }
    shares.retain(|(_, share)| *share > 0);
    // The first queue gets the free turns of handlers with a limit.
    fastrand::shuffle(&mut shares);
    shares
}

/// A random order in which each comes first in proportion to its weight, and so do those that are left after it: the order of
/// exponential variates with these rates.
fn order(weights: Vec<&(QueueName, u32)>) -> Vec<&QueueName> {
    let drawn = weights.into_iter().map(|(queue, weight)| {
        let variate = -fastrand::f64().ln() / f64::from(*weight);
        (variate, queue)
    });
    let mut drawn: Vec<(f64, &QueueName)> = drawn.collect();
    drawn.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    drawn.into_iter().map(|(_, queue)| queue).collect()
}

/// The index of one of these weights, chosen at random in proportion to them.
fn draw(weights: impl Iterator<Item = u32> + Clone) -> usize {
    let total: u64 = weights.clone().map(u64::from).sum();
    let mut drawn = fastrand::u64(0..total.max(1));
    for (at, weight) in weights.map(u64::from).enumerate() {
        if drawn < weight {
            return at;
        }
        drawn -= weight;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues() -> Vec<(QueueName, u32)> {
        [("a", 6), ("b", 3), ("c", 1)]
            .map(|(name, weight)| (QueueName::new(name).unwrap(), weight))
            .to_vec()
    }

    #[test]
    fn shares_follow_the_weights() {
        fastrand::seed(7);
        let weights = queues();
        let mut counts = [0_usize; 3];
        for _ in 0..2_000 {
            for (queue, share) in divide(&weights.iter().collect::<Vec<_>>(), 10) {
                let at = weights.iter().position(|(name, _)| name == queue).unwrap();
                counts[at] += share;
            }
        }
        assert_eq!(counts.iter().sum::<usize>(), 20_000);
        for (count, percent) in counts.into_iter().zip([60, 30, 10]) {
            assert!(count.abs_diff(percent * 200) < 400, "{counts:?}");
        }
    }

    #[test]
    fn every_queue_is_asked_once_and_first_as_often_as_its_weight() {
        fastrand::seed(7);
        let weighted = Queues::Weighted(queues());
        let mut first_a = 0;
        for _ in 0..1_000 {
            let order = weighted.order(|_| true);
            assert_eq!(order.len(), 3);
            first_a += usize::from(order[0].as_str() == "a");
        }
        assert!((550..650).contains(&first_a), "{first_a}");
        let strict = Queues::Strict(queues());
        let names: Vec<&str> = strict
            .order(|_| true)
            .into_iter()
            .map(QueueName::as_str)
            .collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert!(strict.divide(10, |_| true).is_empty());
    }
}
