//! Looks through everything in a Redis for what belongs to no task, and for tasks that nothing will find.

use std::collections::{BTreeMap, BTreeSet};

use super::redis::Redis;

/// Asserts that every task lies in the one container that its state names, and that no id, lock, lease or
/// group name is without its task. Nothing may run meanwhile, and no group may be merged.
#[track_caller]
pub(crate) fn assert_no_leaks(redis: &Redis) {
    let leaks = leaks(redis);
    let first: Vec<_> = leaks.iter().take(20).collect();
    assert!(leaks.is_empty(), "{} leaks: {first:#?}", leaks.len());
}

/// What is amiss, a line each.
pub(crate) fn leaks(redis: &Redis) -> Vec<String> {
    let keys: Vec<String> = redis.query(&["KEYS", "asynq:{*"]);
    let mut queues: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for key in &keys {
        let (prefix, name) = key.split_at(key.find("}:").unwrap() + 2);
        queues.entry(prefix).or_default().insert(name);
    }
    let of_queue = |(prefix, names)| {
        Queue {
            redis,
            prefix,
            names,
        }
        .leaks()
    };
    queues.into_iter().flat_map(of_queue).collect()
}

struct Queue<'a> {
    redis: &'a Redis,
    prefix: &'a str,
    /// Its keys without the prefix.
    names: BTreeSet<&'a str>,
}

impl Queue<'_> {
    fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        let places = self.places();
        let tasks = self.tasks();
        for (id, containers) in &places {
            if !tasks.contains_key(id) {
                leaks.push(format!("{id:?} lies in {containers:?} and is no task"));
            }
        }
        for (id, container) in &tasks {
            let lies = places.get(id).cloned().unwrap_or_default();
            if lies != [container.clone()] {
                leaks.push(format!("task {id:?} of {container} lies in {lies:?}"));
            }
        }
        let active = |id: &String| tasks.get(id).is_some_and(|container| container == "active");
        let leases = self.members("lease");
        leaks.extend(
            leases
                .iter()
                .filter(|id| !active(id))
                .map(|id| format!("lease of {id:?}")),
        );
        for lock in self.starting_with("unique:") {
            let owner: String = self.redis.query(&["GET", &self.key(lock)]);
            if !tasks.contains_key(&owner) {
                leaks.push(format!("{lock} of {owner:?}, which is no task"));
            }
        }
        let named: BTreeSet<String> = self.redis.query(&["SMEMBERS", &self.key("groups")]);
        let there = self
            .starting_with("g:")
            .map(|name| name[2..].to_owned())
            .collect();
        let odd = named.symmetric_difference(&there);
        leaks.extend(odd.map(|name| format!("group {name:?} is empty, or has no name")));
        leaks
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn starting_with(&self, start: &str) -> impl Iterator<Item = &str> {
        self.names
            .iter()
            .copied()
            .filter(move |name| name.starts_with(start))
    }

    fn members(&self, name: &str) -> Vec<String> {
        let key = self.key(name);
        if matches!(name, "pending" | "active") {
            self.redis.query(&["LRANGE", &key, "0", "-1"])
        } else {
            self.redis.query(&["ZRANGE", &key, "0", "-1"])
        }
    }

    /// Where each id lies.
    fn places(&self) -> BTreeMap<String, Vec<String>> {
        let states = [
            "pending",
            "active",
            "scheduled",
            "retry",
            "archived",
            "completed",
        ];
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for container in states.into_iter().chain(self.starting_with("g:")) {
            for id in self.members(container) {
                places.entry(id).or_default().push(container.to_owned());
            }
        }
        places
    }

    /// In which container the state of each task says that it lies.
    fn tasks(&self) -> BTreeMap<String, String> {
        let ids: Vec<&str> = self.starting_with("t:").map(|name| &name[2..]).collect();
        if ids.is_empty() {
            return BTreeMap::new();
        }
        let mut fields = redis::pipe();
        for id in &ids {
            let key = self.key(&format!("t:{id}"));
            fields.cmd("HMGET").arg(key).arg(&["state", "group"]);
        }
        let fields: Vec<(Option<String>, Option<String>)> =
            fields.query(&mut self.redis.connection().unwrap()).unwrap();
        let container = |(state, group): (Option<String>, Option<String>)| match group {
            Some(group) if state.as_deref() == Some("aggregating") => format!("g:{group}"),
            _ => state.unwrap_or_default(),
        };
        let containers = fields.into_iter().map(container);
        ids.into_iter().map(str::to_owned).zip(containers).collect()
    }
}
