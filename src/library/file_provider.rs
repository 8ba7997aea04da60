//! Periodic tasks from a YAML file, in the format that Asynq's documentation uses.

use std::path::PathBuf;

use super::error::BoxError;
use super::periodic::{PeriodicTask, PeriodicTaskProvider};
use crate::schedule::form::Form;
use crate::text_file::mistake::Mistake;
use crate::text_file::reader;
use crate::text_file::tree::{Node, Value};

/// Reads periodic tasks from the list `configs` in a YAML file. Each sync reads the file again.
///
/// ```yaml
/// configs:
///   - cronspec: "0 3 * * *"
///     task_type: report:build
///     queue: low
///     payload: {format: pdf}
/// ```
///
/// An entry has the keys of `[[cron]]` in `docs/schedules.md`. Keys next to `configs` are ignored, so that the list
/// can be part of a program's own file. A file without the list is an error, because it may be half written.
#[derive(Debug, Clone)]
pub struct FileProvider {
    path: PathBuf,
}

impl FileProvider {
    /// A provider for this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

/// A file that cannot be read, or does not hold what it should.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the periodic tasks of {path}")]
struct FileError {
    path: String,
    source: BoxError,
}

impl PeriodicTaskProvider for FileProvider {
    async fn periodic_tasks(&self) -> Result<Vec<PeriodicTask>, BoxError> {
        let failed = |source: BoxError| FileError {
            path: self.path.display().to_string(),
            source,
        };
        let text = tokio::fs::read_to_string(&self.path).await;
        let text = text.map_err(|error| failed(error.into()))?;
        let forms = read(&text).map_err(|mistakes| {
            let mistakes = mistakes.iter();
            let lines = mistakes.map(|mistake| format!("line {}: {mistake}", mistake.line));
            failed(lines.collect::<Vec<_>>().join("; ").into())
        })?;
        Ok(forms.into_iter().map(PeriodicTask::of).collect())
    }
}

fn read(text: &str) -> Result<Vec<Form>, Vec<Mistake>> {
    let (root, mut mistakes) = Node::from_yaml(text).map_err(|mistake| vec![mistake])?;
    let configs = root.entries().iter().find(|(key, _)| key.name == "configs");
    let Some((
        key,
        Node {
            value: Value::List(entries),
            ..
        },
    )) = configs
    else {
        return Err(vec![Mistake::at(
            root.line,
            "there is no list named configs",
        )]);
    };
    let mut forms = Vec::new();
    for entry in entries {
        match reader::read(key, entry) {
            Ok(form) => forms.push(form),
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    if mistakes.is_empty() {
        return Ok(forms);
    }
    Err(mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_would_change_is_refused_with_its_line() {
        for payload in [
            "{zip: 01067}",
            "{phone: 00491701}",
            "{1: a, \"1\": b}",
            "{n: .nan}",
        ] {
            let text = format!(
                "configs:\n  - cronspec: '@daily'\n    task_type: t\n    payload: {payload}\n"
            );
            let mistakes = read(&text).unwrap_err();
            assert_eq!(mistakes[0].line, 4, "{payload}: {}", mistakes[0]);
        }
        let text =
            "configs:\n  - {cronspec: '@daily', task_type: t, payload: {zip: \"01067\", n: 7}}\n";
        let marked = format!("\u{feff}{text}");
        assert_eq!(read(&marked), read(text));
        let payload = read(text).unwrap()[0].payload.clone().unwrap();
        assert_eq!(payload.to_string(), r#"{"zip":"01067","n":7}"#);
    }
}
