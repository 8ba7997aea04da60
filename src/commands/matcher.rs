//! Whether a task is one of those that a selection describes.

use std::cell::RefCell;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data};
use jaq_json::Val;
use wildmatch::WildMatch;

use crate::broker::records::FoundTask;
use crate::document::json;
use crate::document::task::TaskDocument;
use crate::error::Failure;
use crate::output::Printer;
use crate::task::parse;
use crate::view::text;

/// What tasks must be like, besides where they lie.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filters {
    /// Only tasks of this type; * and ? stand for any text and any character
    #[arg(short = 't', long = "type", value_name = "GLOB")]
    kind: Option<String>,
    /// Only tasks whose last error contains this text
    #[arg(long, value_name = "TEXT")]
    error: Option<String>,
    /// Only tasks that have been in their state for longer
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    older_than: Option<Duration>,
    /// Only tasks that have been in their state for less
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    newer_than: Option<Duration>,
    /// Only tasks for whose document this jq expression is true, such as '.retried > 3'
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
}

type Data = data::JustLut<Val>;

/// A jq expression, compiled.
struct Expression(jaq_core::Filter<Data>);

/// Filters, ready to look at tasks.
pub(crate) struct Matcher {
    filters: Filters,
    kind: Option<WildMatch>,
    expression: Option<Expression>,
    /// Tasks looked at, those for which the expression failed, and how it did first.
    seen: RefCell<Seen>,
}

/// What a matcher has come across.
#[derive(Debug, Default)]
struct Seen {
    /// Tasks looked at.
    tasks: u64,
    /// Tasks for which the expression failed; they do not match.
    failed: u64,
    /// How it failed first.
    first_failure: Option<String>,
}

impl Filters {
    /// Whether any is given.
    pub(crate) const fn any(&self) -> bool {
        let Self {
            kind,
            error,
            older_than,
            newer_than,
            filter,
        } = self;
        let texts = kind.is_some() || error.is_some() || filter.is_some();
        texts || older_than.is_some() || newer_than.is_some()
    }

    /// Nothing when every task fits.
    pub(crate) fn matcher(&self) -> Result<Option<Matcher>, Failure> {
        if !self.any() {
            return Ok(None);
        }
        let Self { kind, filter, .. } = self;
        Ok(Some(Matcher {
            filters: self.clone(),
            kind: kind.as_deref().map(WildMatch::new),
            expression: filter.as_deref().map(Expression::compile).transpose()?,
            seen: RefCell::default(),
        }))
    }
}

impl Matcher {
    /// Whether the task fits.
    pub(crate) fn matches(&self, task: &FoundTask, now: DateTime<Utc>) -> bool {
        self.seen.borrow_mut().tasks += 1;
        let message = task.message.as_ref().ok();
        let kind = self
            .kind
            .as_ref()
            .is_none_or(|glob| message.is_some_and(|message| glob.matches(&message.kind)));
        let error =
            self.filters.error.as_ref().is_none_or(|text| {
                message.is_some_and(|message| message.last_error.contains(text))
            });
        kind && error && self.age_fits(task, now) && self.expression_holds(task, now)
    }

    /// Says how many tasks were looked at since this was last said, and how many could not be judged.
    pub(crate) fn tell(&self, printer: &Printer) {
        let seen = self.seen.take();
        printer.note(&format!("looked at {}", text::plural(seen.tasks, "task")));
        if let Some(error) = seen.first_failure {
            let tasks = text::plural(seen.failed, "task");
            printer.warn(&format!(
                "the filter failed for {tasks}, which do not match (first: {error})"
            ));
        }
    }

    fn age_fits(&self, task: &FoundTask, now: DateTime<Utc>) -> bool {
        let Filters {
            older_than,
            newer_than,
            ..
        } = &self.filters;
        if older_than.is_none() && newer_than.is_none() {
            return true;
        }
        // A task of unknown age is neither older nor newer than anything.
        let Some(since) = task.since(now) else {
            return false;
        };
        // By the clock of another machine it may be of the future.
        let age = (now - since).to_std().unwrap_or_default();
        older_than.is_none_or(|limit| age > limit) && newer_than.is_none_or(|limit| age < limit)
    }

    fn expression_holds(&self, task: &FoundTask, now: DateTime<Utc>) -> bool {
        let Some(expression) = &self.expression else {
            return true;
        };
        match expression.holds(&TaskDocument::new(task.clone(), now).with_json_values()) {
            Ok(holds) => holds,
            Err(error) => {
                let mut seen = self.seen.borrow_mut();
                seen.failed += 1;
                seen.first_failure.get_or_insert(error);
                false
            }
        }
    }
}

/// Documents nested more deeply than this are not given to the interpreter, which is recursive.
const DEEPEST: usize = 256;

impl Expression {
    fn compile(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(
                format!("the filter {text:?} is not a jq expression"),
                "use one such as '.payload.user_id == 42 and .retried > 3'",
            )
        };
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let program = File {
            code: text,
            path: (),
        };
        let modules = Loader::new(definitions)
            .load(&arena, program)
            .map_err(|_| wrong())?;
        let filter = Compiler::default()
            .with_funs(functions)
            .compile(modules)
            .map_err(|_| wrong())?;
        Ok(Self(filter))
    }

    /// Whether the first output is neither false nor null; no output is false.
    fn holds(&self, document: &TaskDocument) -> Result<bool, String> {
        let text = serde_json::to_vec(document).map_err(|error| error.to_string())?;
        if json::depth(&text) > DEEPEST {
            return Err("the payload is nested too deeply".to_owned());
        }
        let input = jaq_json::read::parse_single(&text).map_err(|error| error.to_string())?;
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        match self.0.id.run((context, input)).next() {
            None => Ok(false),
            Some(Ok(value)) => Ok(!matches!(value, Val::Null | Val::Bool(false))),
            // What jaq offers to unwrap this ends the whole program at a `halt`.
            Some(Err(exception)) => Err(exception.get_err().map_or_else(
                |_| "the expression halts".to_owned(),
                |error| error.to_string(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Message, QueueName, State, TaskId};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn task(payload: &str) -> FoundTask {
        let message = Message {
            kind: "email:deliver".into(),
            payload: payload.into(),
            last_error: "smtp: connection refused".into(),
            last_failed_at: now().timestamp() - 100,
            retried: 2,
            ..Message::default()
        };
        FoundTask {
            queue: QueueName::default(),
            id: TaskId::new("a").unwrap(),
            state: State::Retry,
            message: Ok(message),
            result: None,
            pending_since: None,
            score: None,
            lease_expires_at: None,
        }
    }

    fn fits(filters: &Filters) -> bool {
        let matcher = filters.matcher().unwrap().unwrap();
        matcher.matches(&task(r#"{"user_id": 42}"#), now())
    }

    #[test]
    fn each_filter_alone() {
        let kind = |glob: &str| {
            fits(&Filters {
                kind: Some(glob.into()),
                ..Filters::default()
            })
        };
        assert!(kind("email:*") && kind("*deliver") && kind("email:deliver") && kind("?mail:*"));
        assert!(!kind("email") && !kind("Email:*"));
        let error = |text: &str| {
            fits(&Filters {
                error: Some(text.into()),
                ..Filters::default()
            })
        };
        assert!(error("refused") && !error("timeout"));
        let older = |s| {
            fits(&Filters {
                older_than: Some(Duration::from_secs(s)),
                ..Filters::default()
            })
        };
        let newer = |s| {
            fits(&Filters {
                newer_than: Some(Duration::from_secs(s)),
                ..Filters::default()
            })
        };
        assert!(older(99) && !older(100) && newer(101) && !newer(100));
        let ahead = Filters {
            newer_than: Some(Duration::from_secs(1)),
            ..Filters::default()
        };
        let matcher = ahead.matcher().unwrap().unwrap();
        let earlier = now() - Duration::from_secs(200);
        assert!(matcher.matches(&task("{}"), earlier), "a clock ahead");
    }

    #[test]
    fn expressions_see_the_task_document() {
        let filter = |text: &str| {
            fits(&Filters {
                filter: Some(text.into()),
                ..Filters::default()
            })
        };
        assert!(filter(".payload.user_id == 42 and .retried > 1"));
        assert!(filter(r#".type | startswith("email")"#));
        assert!(!filter(".payload.user_id % 5 == 0"));
        assert!(!filter(".group") && !filter("empty"));
    }

    #[test]
    fn what_cannot_be_answered_does_not_match_and_is_counted() {
        let filters = Filters {
            filter: Some(".payload + 1".into()),
            ..Filters::default()
        };
        let matcher = filters.matcher().unwrap().unwrap();
        assert!(!matcher.matches(&task("{}"), now()));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!matcher.matches(&task(&deep), now()));
        let seen = matcher.seen.take();
        assert_eq!((seen.tasks, seen.failed), (2, 2));
        for ends in ["halt", "halt_error", "halt(1)"] {
            let filters = Filters {
                filter: Some(ends.into()),
                ..Filters::default()
            };
            let matcher = filters.matcher().unwrap().unwrap();
            assert!(!matcher.matches(&task("{}"), now()), "{ends}");
            assert_eq!(matcher.seen.take().failed, 1, "{ends}");
        }
        let broken = Filters {
            filter: Some(".payload ==".into()),
            ..Filters::default()
        };
        assert!(broken.matcher().is_err());
        assert!(Filters::default().matcher().unwrap().is_none());
    }
}
