//! `[check]`: the limits of `qctl check`.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _, Unexpected};

use super::checked::Name;
use crate::document::check::Measure;
use crate::inspector::check::{Limit, Limits};
use crate::task::QueueName;
use crate::text_file::mistake::Mistake;
use crate::text_file::reader;
use crate::text_file::tree::{Key, Node, Value};

/// What `check` looks at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CheckConfig {
    pub limits: Limits,
    /// Whether the findings of `[trouble]` count; absent: unless there are limits on the command line.
    pub trouble: Option<bool>,
}

/// Keys of `[check]` alone.
const TROUBLE: &str = "trouble";
const QUEUES: &str = "queues";

/// The keys of `[check]`. Those of a queue are the first of them.
const KEYS: [&str; Measure::ALL.len() + 2] = keys();
const QUEUE_KEYS: usize = Measure::ALL.len() - 1;

const fn keys() -> [&'static str; Measure::ALL.len() + 2] {
    let mut keys = [QUEUES; Measure::ALL.len() + 2];
    let mut index = 0;
    while index < Measure::ALL.len() {
        keys[index] = key_of(Measure::ALL[index]);
        index += 1;
    }
    // The last measure is about no queue.
    assert!(matches!(Measure::ALL[QUEUE_KEYS], Measure::Memory));
    keys[index] = TROUBLE;
    keys
}

const fn key_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Workers => "min_workers",
        Measure::Latency => "max_latency",
        Measure::ForwardDelay => "max_forward_delay",
        Measure::FailedRate => "max_failed_rate",
        Measure::Pending => "max_pending",
        Measure::Retry => "max_retry",
        Measure::Orphaned => "max_orphaned",
        Measure::Paused => "max_paused",
        Measure::Overdue => "max_overdue",
        Measure::Archived => "max_archived",
        Measure::Memory => "max_memory",
    }
}

/// Reads the section, and adds its mistakes.
pub(super) fn read(key: &Key, node: &Node, mistakes: &mut Vec<Mistake>) -> CheckConfig {
    let mut section = Section { mistakes };
    let mut config = CheckConfig::default();
    let mut all = BTreeMap::new();
    let mut queues = BTreeMap::new();
    for (name, node) in section.entries(node, &[key]) {
        match name.name.as_str() {
            TROUBLE => config.trouble = section.value(name, node, &[key]),
            QUEUES => queues = section.queues(name, node, key),
            _ => section.limit(&mut all, (name, node), &[key]),
        }
    }
    config.limits = Limits::new(all, queues);
    config
}

struct Section<'a> {
    mistakes: &'a mut Vec<Mistake>,
}

impl Section<'_> {
    /// The entries of a table below these keys, the outermost first.
    fn entries<'n>(&mut self, node: &'n Node, keys: &[&Key]) -> &'n [(Key, Node)] {
        let found = match &node.value {
            Value::Table(_) | Value::Empty => return node.entries(),
            Value::Switch(_, text) | Value::Number(text) => Unexpected::Other(text),
            Value::Text(text) => Unexpected::Str(text),
            Value::List(_) => Unexpected::Seq,
        };
        self.add(Mistake::expected("a table", found), node, keys);
        &[]
    }

    fn add(&mut self, mistake: Mistake, node: &Node, keys: &[&Key]) {
        let below = |mistake: Mistake, key: &&Key| mistake.below(&key.name, node.line);
        let mistake = keys.iter().rev().fold(mistake, below);
        self.mistakes.push(mistake);
    }

    fn value<T: DeserializeOwned>(&mut self, name: &Key, node: &Node, keys: &[&Key]) -> Option<T> {
        match reader::read(name, node) {
            Ok(value) => Some(value),
            Err(wrong) => {
                for mistake in wrong {
                    self.add(mistake, node, keys);
                }
                None
            }
        }
    }

    fn queues(
        &mut self,
        name: &Key,
        node: &Node,
        section: &Key,
    ) -> BTreeMap<QueueName, BTreeMap<Measure, Limit>> {
        let mut queues = BTreeMap::new();
        for (queue, node) in self.entries(node, &[section, name]) {
            let keys = [section, name, queue];
            let mut own = BTreeMap::new();
            for (name, node) in self.entries(node, &keys) {
                self.limit(&mut own, (name, node), &keys);
            }
            match Name::try_from(queue.name.clone()) {
                Ok(queue) => queues.extend([(queue.0, own)]),
                Err(why) => self.add(Mistake::at(queue.line, why), node, &keys),
            }
        }
        queues
    }

    /// Reads one limit: a number, or text.
    fn limit(
        &mut self,
        limits: &mut BTreeMap<Measure, Limit>,
        (name, node): (&Key, &Node),
        keys: &[&Key],
    ) {
        let mut all = Measure::ALL.into_iter();
        let Some(measure) = all.find(|measure| key_of(*measure) == name.name) else {
            let known: &[&str] = match keys {
                [_] => &KEYS,
                _ => &KEYS[..QUEUE_KEYS],
            };
            let mut mistake = Mistake::unknown_field(&name.name, known);
            mistake.line = name.line;
            return self.add(mistake, node, keys);
        };
        let keys: Vec<&Key> = keys.iter().copied().chain([name]).collect();
        if measure == Measure::Memory && keys.len() > 2 {
            let what = "this is about the Redis server: move it to [check]";
            return self.add(Mistake::custom(what), node, &keys);
        }
        let found = match &node.value {
            Value::Number(text) | Value::Text(text) => {
                match Limit::read(measure, text) {
                    Ok(limit) => limits.extend([(measure, limit)]),
                    Err(why) => self.add(Mistake::custom(why), node, &keys),
                }
                return;
            }
            Value::Switch(_, text) => Unexpected::Other(text),
            Value::Empty => return,
            Value::List(_) => Unexpected::Seq,
            Value::Table(_) => Unexpected::Map,
        };
        let expected = "a limit such as \"WARN,CRIT\"";
        self.add(Mistake::expected(expected, found), node, &keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (CheckConfig, Vec<String>) {
        let (root, _) = Node::from_toml(text).unwrap();
        let (key, node) = &root.entries()[0];
        let mut mistakes = Vec::new();
        let config = read(key, node, &mut mistakes);
        let said = mistakes.iter();
        let said = said.map(|mistake| format!("{}: {mistake}", mistake.line));
        (config, said.collect())
    }

    #[test]
    fn a_queue_has_limits_of_its_own() {
        let (config, mistakes) = parse(
            r#"
            [check]
            trouble = false
            max_pending = 1000
            max_latency = "1m,5m"
            max_failed_rate = 0.2
            max_memory = "80%"

            [check.queues."reports"]
            max_latency = "none"
            "#,
        );
        assert_eq!(mistakes, [""; 0]);
        let limit = |measure, text| (measure, Limit::read(measure, text).unwrap());
        let all = [
            limit(Measure::Pending, "1000"),
            limit(Measure::Latency, "1m,5m"),
            limit(Measure::FailedRate, "20%"),
            limit(Measure::Memory, "80%"),
        ];
        let own = BTreeMap::from([limit(Measure::Latency, "none")]);
        let queues = BTreeMap::from([(QueueName::new("reports").unwrap(), own)]);
        let expected = CheckConfig {
            limits: Limits::new(BTreeMap::from(all), queues),
            trouble: Some(false),
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn mistakes_have_their_lines_and_keys() {
        for (text, expected) in [
            ("check = 3", "1: check: expected a table, found 3"),
            (
                "[check]\nmax_pending = \"10,5\"",
                "2: check.max_pending: the warning limit comes first, and must not be above the critical one",
            ),
            (
                "[check]\nmax_pendign = 5",
                "2: unknown key \"max_pendign\", did you mean \"max_pending\"?",
            ),
            (
                "[check]\nmax_pending = true",
                "2: check.max_pending: expected a limit such as \"WARN,CRIT\", found true",
            ),
            (
                "[check]\ntrouble = 1",
                "2: check.trouble: expected true or false, found 1",
            ),
            (
                "[check.queues.a]\n\nmax_latency = 5",
                "3: check.queues.a.max_latency: \"5\" is not a duration; use for example 90s, 5m, 1.5h, 3d, 1w or 1h30m",
            ),
            (
                "[check.queues.a]\nmax_memory = \"80%\"\n[check.queues]\nb = 1",
                "2: check.queues.a.max_memory: this is about the Redis server: move it to [check]\n4: check.queues.b: expected a table, found 1",
            ),
        ] {
            assert_eq!(parse(text).1.join("\n"), expected, "{text}");
        }
    }
}
