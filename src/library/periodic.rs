//! Periodic tasks and their providers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;

use super::error::{BoxError, Error};
use super::task::{Task, When};
use crate::schedule::entry::{CatchUp, Schedule};
use crate::schedule::form::Form;

/// A task, and the times at which it is enqueued.
///
/// ```
/// use qctl::{CatchUp, PeriodicTask, Task};
///
/// let nightly = PeriodicTask::new("0 3 * * *", Task::new("report:build", "{}").queue("low"))
///     .name("nightly")
///     .time_zone("Europe/Paris")
///     .catch_up(CatchUp::None);
/// let often = PeriodicTask::new("@every 30s", Task::without_payload("cache:refresh"));
/// ```
///
/// The task's [`process_in`](Task::process_in) counts from each tick. Its id and
/// [`process_at`](Task::process_at) must not be set: each tick has an id of its own.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a periodic task does nothing until a scheduler has it"]
pub struct PeriodicTask {
    form: Form,
    mistake: Option<&'static str>,
}

impl PeriodicTask {
    /// A task that is enqueued at every tick of a spec: what Go's robfig/cron accepts (five fields, `@daily` and
    /// the like, `@every` with whole seconds, a leading `CRON_TZ=Europe/Paris`), or six fields with the second first.
    pub fn new(spec: impl Into<String>, task: Task) -> Self {
        let (form, mistake) = form(task);
        Self {
            form: Form {
                spec: spec.into(),
                ..form
            },
            mistake,
        }
    }

    /// The name, unique among the schedules of this Redis: 1 to 128 characters without white space. Unless set,
    /// it is made from spec, type and payload, so that it is the same after a restart.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.form.name = Some(name.into());
        self
    }

    /// The time zone in which the spec is read, such as `Europe/Paris`: UTC unless set.
    pub fn time_zone(mut self, zone: impl Into<String>) -> Self {
        self.form.tz = Some(zone.into());
        self
    }

    /// What happens to ticks that were missed while no scheduler ran: unless set, the latest one is enqueued.
    pub fn catch_up(mut self, policy: CatchUp) -> Self {
        self.form.catch_up = Some(policy.to_string());
        self
    }

    pub(super) const fn of(form: Form) -> Self {
        Self {
            form,
            mistake: None,
        }
    }

    /// The schedule to store. One that belongs to a provider has the provider's name before its own.
    pub(super) fn schedule(
        &self,
        provider: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Schedule, Error> {
        let form = match provider {
            None => self.form.clone(),
            Some(provider) => Form {
                name: Some(format!("{provider}/{}", self.form.name())),
                ..self.form.clone()
            },
        };
        if let Some(what) = self.mistake {
            return Err(Error::Schedule {
                name: form.name(),
                what: what.to_owned(),
                hint: "leave it out".to_owned(),
            });
        }
        form.check(now).map_err(|mistake| Error::Schedule {
            name: form.name(),
            what: mistake.what,
            hint: mistake.hint,
        })
    }
}

/// The task as it is written in a schedule.
fn form(task: Task) -> (Form, Option<&'static str>) {
    let (mistake, delay) = match task.start {
        When::At(_) => (Some("the task has a time of its own"), Duration::ZERO),
        When::In(delay) => (None, delay),
        When::Now => (None, Duration::ZERO),
    };
    let mistake = mistake.or(task.id.map(|_| "the task has an id of its own"));
    let form = Form::of_task(task.kind, task.payload, task.options, delay);
    let queue = task.queue.or(form.queue);
    (Form { queue, ..form }, mistake)
}

/// A source of periodic tasks: a database, a service, a file ([`FileProvider`](crate::FileProvider)). A closure that
/// returns a future of such a list is one too.
///
/// ```
/// use qctl::{BoxError, PeriodicTask, PeriodicTaskProvider, Task};
///
/// struct Tenants(Vec<String>);
///
/// impl PeriodicTaskProvider for Tenants {
///     async fn periodic_tasks(&self) -> Result<Vec<PeriodicTask>, BoxError> {
///         let task = |tenant: &String| {
///             PeriodicTask::new("@daily", Task::new("report:build", tenant.as_str())).name(tenant)
///         };
///         Ok(self.0.iter().map(task).collect())
///     }
/// }
/// ```
pub trait PeriodicTaskProvider: Send + Sync + 'static {
    /// All periodic tasks that should exist. Tasks that are missing from the list are removed, so return an error, not
    /// an empty list, if the list cannot be read.
    fn periodic_tasks(&self) -> impl Future<Output = Result<Vec<PeriodicTask>, BoxError>> + Send;
}

impl<F, R> PeriodicTaskProvider for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<PeriodicTask>, BoxError>> + Send,
{
    fn periodic_tasks(&self) -> impl Future<Output = Result<Vec<PeriodicTask>, BoxError>> + Send {
        self()
    }
}

/// A type-erased [`PeriodicTaskProvider`].
pub(super) trait AnyProvider: Send + Sync {
    fn list(&self) -> BoxFuture<'_, Result<Vec<PeriodicTask>, BoxError>>;
}

impl<P: PeriodicTaskProvider> AnyProvider for P {
    fn list(&self) -> BoxFuture<'_, Result<Vec<PeriodicTask>, BoxError>> {
        Box::pin(self.periodic_tasks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600, 0).unwrap()
    }

    #[test]
    fn every_option_of_the_task_reaches_the_schedule() {
        let task = Task::new("t", b"\xff")
            .queue("q")
            .max_retry(3)
            .timeout(Duration::from_micros(1_500))
            .deadline(DateTime::from_timestamp(2_000_000_000, 0).unwrap())
            .process_in(Duration::from_secs(10))
            .unique(Duration::from_secs(60))
            .retention(Duration::from_secs(3600))
            .group("g")
            .header("k", "v");
        let periodic = PeriodicTask::new("0 3 * * *", task.clone())
            .name("n")
            .time_zone("Europe/Paris");
        let schedule = periodic.schedule(Some("p"), now()).unwrap();
        assert_eq!(schedule.name.as_str(), "p/n");
        assert_eq!(schedule.zone.to_string(), "Europe/Paris");
        let ticked = schedule.task(now());
        let plain = task.into_new(now()).unwrap();
        let message = |task: &crate::task::NewTask| {
            let mut message = task.message().unwrap();
            message.id.clear();
            message
        };
        assert_eq!(message(&ticked), message(&plain));
        assert_eq!(ticked.start, plain.start);
        assert_eq!(ticked.lock_seconds(now()), plain.lock_seconds(now()));
    }

    #[test]
    fn mistakes_are_named() {
        let mistake = |spec: &str, task| {
            let periodic = PeriodicTask::new(spec, task);
            periodic.schedule(None, now()).unwrap_err().to_string()
        };
        let task = || Task::without_payload("t");
        assert!(mistake("@daily", task().id("x")).contains("an id of its own"));
        assert!(mistake("@daily", task().process_at(now())).contains("a time of its own"));
        assert!(mistake("61 * * * *", task()).contains("61"));
        assert!(mistake("@daily", Task::without_payload(" ")).contains("type"));
    }
}
