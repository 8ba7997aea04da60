//! What handlers have written down: a line when an attempt starts, and one when it ends.

use std::collections::HashMap;
use std::path::Path;

#[derive(Debug, Clone)]
pub(super) struct Attempt {
    /// The worker, and its how manieth process: `short1.4`.
    pub(super) worker: String,
    pid: String,
    pub(super) started_at: f64,
    /// When it ended by itself, and its exit status. Absent if it was interrupted.
    pub(super) ended: Option<(f64, i32)>,
}

impl Attempt {
    pub(super) fn ended_with(&self, status: i32) -> bool {
        self.ended.is_some_and(|(_, code)| code == status)
    }
}

/// All attempts of each task, by their starts.
pub(super) fn read(path: &Path) -> HashMap<String, Vec<Attempt>> {
    let mut tasks: HashMap<String, Vec<Attempt>> = HashMap::new();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["s", id, _, worker, pid, at] => {
                let attempt = Attempt {
                    worker: worker.to_owned(),
                    pid: pid.to_owned(),
                    started_at: at.parse().unwrap(),
                    ended: None,
                };
                tasks.entry(id.to_owned()).or_default().push(attempt);
            }
            ["e", id, _, worker, pid, at, code] => {
                let mut attempts = tasks.get_mut(id).unwrap().iter_mut().rev();
                let its = attempts.find(|attempt| attempt.worker == worker && attempt.pid == pid);
                its.unwrap().ended = Some((at.parse().unwrap(), code.parse().unwrap()));
            }
            _ => panic!("a line that no handler writes: {line}"),
        }
    }
    tasks
}
