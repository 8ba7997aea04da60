//! `qctl check`: compares figures with limits, for monitoring systems.

mod asked;
mod limits;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub(crate) use self::asked::asked;
use self::limits::LimitArgs;
use super::Context;
use super::queues::QueueArgs;
use crate::clock;
use crate::config::choice;
use crate::document::check::{CheckDocument, Status};
use crate::error::{self, Code, Exit, Failure};
use crate::inspector::check::Checks;
use crate::output::{self, Printer};
use crate::task::{QueueName, parse};
use crate::view::check::{nagios, prometheus};
use crate::view::settings::{CheckFormat, Format};

/// Compare queues with limits, for monitoring
///
/// A limit is written as 100 (critical), 50,100 (warning, critical) or 50, (warning only). Each queue is compared by itself, and
/// only values beyond the limit count. [check] in the configuration file may
/// set limits too, also for single queues; one on the command line takes the place of those in the file, for every queue.
///
/// Without limits on the command line, what is wrong by the thresholds of [trouble] counts as well: pending tasks that no worker
/// serves, unusual waiting or failing, silent workers.
///
/// The exit code is 0 if all is well, 1 for a warning, 2 if something is critical, and 3 if that is unknown: a figure cannot
/// be read, Redis does not answer, or the command line is wrong.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl check\n  qctl check critical --max-latency 1m,5m --min-workers 2,1\n  qctl check --max-failed-rate 5%,20% --max-archived 100, --format nagios\n  qctl check --format prometheus > /var/lib/node_exporter/qctl.prom"
)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    queues: QueueArgs,
    /// Apply --max-failed-rate only to queues with at least N failed attempts today [default: failures of [trouble], 20]
    #[arg(long, value_name = "N")]
    min_failures: Option<u64>,
    /// Let the findings of [trouble] count beside limits on the command line
    #[arg(long)]
    trouble: bool,
    /// How long the check may take
    #[arg(long, value_name = "DURATION", value_parser = parse::duration, default_value = "10s")]
    timeout: Duration,
    /// Output format [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = choice!(CheckFormat), conflicts_with_all = ["output", "json"])]
    format: Option<CheckFormat>,
    #[command(flatten)]
    limits: LimitArgs,
}

impl CheckArgs {
    /// What `--format` means to the printer.
    pub(crate) fn output(&self) -> Option<Format> {
        match self.format? {
            CheckFormat::Text => Some(Format::Table),
            CheckFormat::Json => Some(Format::Json),
            CheckFormat::Nagios | CheckFormat::Prometheus => None,
        }
    }

    /// Reports an error of the check itself.
    pub(crate) fn fail(&self, printer: &Printer, error: &anyhow::Error) -> Exit {
        fail(printer, self.format.unwrap_or_default(), error)
    }

    fn checks(&self, cx: &Context) -> Checks {
        let file = &cx.config.file;
        let mut limits = file.check.limits.clone();
        let mut typed = false;
        for (measure, limit) in self.limits.typed() {
            typed = true;
            limits.set(measure, limit);
        }
        let mut thresholds = file.trouble.clone();
        if let Some(failures) = self.min_failures {
            let own = thresholds.queues.values_mut();
            for queue in own.chain([&mut thresholds.all]) {
                queue.failures = failures;
            }
        }
        Checks {
            queues: self.queues.all(),
            limits,
            trouble: self.trouble || file.check.trouble.unwrap_or(!typed),
            thresholds,
        }
    }
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &CheckArgs) -> anyhow::Result<Exit> {
    let checked = tokio::time::timeout(args.timeout, check(cx, args)).await;
    let checked = checked.unwrap_or_else(|_| {
        let limit = parse::duration_text(args.timeout);
        let what = format!("the check took longer than {limit}");
        let hint = "Redis does not answer in time; see --timeout";
        Err(Failure::new(Code::TimedOut, what).with_hint(hint).into())
    });
    Ok(match checked {
        Ok(document) => {
            note_strangers(cx, args, &document);
            let format = args.format.unwrap_or_default();
            show(&cx.printer, format, &document, cx.now())
        }
        Err(error) => args.fail(&cx.printer, &error),
    })
}

async fn check(cx: &mut Context, args: &CheckArgs) -> anyhow::Result<CheckDocument> {
    // A limit that cannot be read must not be left out.
    cx.config.file.check()?;
    let checks = args.checks(cx);
    let inspector = cx.inspector().await?;
    cx.warn_of_clock(&inspector);
    Ok(inspector.check(&checks).await?)
}

/// Notes names in the configuration file that no queue has: they may be misspelt.
fn note_strangers(cx: &Context, args: &CheckArgs, document: &CheckDocument) {
    let limits = &cx.config.file.check.limits;
    let has = |name: &QueueName| {
        let mut known = document.figures.iter();
        known.any(|figure| figure.queue.as_deref() == Some(name.as_str()))
    };
    for name in limits
        .named()
        .filter(|name| args.queues.all().is_empty() && !has(name))
    {
        let name = name.as_str();
        cx.printer.note(&format!(
            "[check.queues] has limits for {name:?}, which is no queue"
        ));
    }
}

/// Prints that the check itself failed, as a verdict and as an error.
pub(crate) fn fail(printer: &Printer, format: CheckFormat, error: &anyhow::Error) -> Exit {
    let now = clock::now();
    let document = CheckDocument::failed(&error::first_line(error), now);
    // People read the error; programs read stdout alone.
    let exit = if format == CheckFormat::Text && printer.for_people() {
        Exit::Unknown
    } else {
        show(printer, format, &document, now)
    };
    error::report_with(printer, error, exit);
    exit
}

/// Prints the verdict. It stands, even if its reader has gone.
fn show(
    printer: &Printer,
    format: CheckFormat,
    document: &CheckDocument,
    now: DateTime<Utc>,
) -> Exit {
    let shown = match format {
        CheckFormat::Text | CheckFormat::Json => printer.show(document, now),
        CheckFormat::Nagios => printer.raw(nagios::output(document).as_bytes()),
        CheckFormat::Prometheus => printer.raw(prometheus::output(document).as_bytes()),
    };
    match shown {
        Ok(()) | Err(output::Error::Closed) => match document.status {
            Status::Ok => Exit::Done,
            Status::Warning => Exit::Warning,
            Status::Critical => Exit::Critical,
            Status::Unknown => Exit::Unknown,
        },
        Err(error) => {
            error::report_with(printer, &error.into(), Exit::Unknown);
            Exit::Unknown
        }
    }
}
