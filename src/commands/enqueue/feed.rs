//! `qctl enqueue --from`: a stream of task documents, in batches, several of which are under way at once.
//!
//! Ids are chosen before anything is sent, so a batch that got no answer is sent again without doubling
//! a task.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::stream::{FuturesOrdered, StreamExt as _};
use tokio::time::Instant;

use super::lines::{self, Batch, HEAVY, Line, Reading};
use super::{EnqueueArgs, OnError};
use crate::backoff::Backoff;
use crate::broker::{Broker, Enqueued, Error, Sending};
use crate::clock;
use crate::commands::Context;
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{self, Format, Printer, Progress, Rows};
use crate::task::NewTask;
use crate::view::fed::{Fed, FedLine};
use crate::view::{Row as _, text};

/// Batches under way: one in Redis, one on each way, one being packed.
const BATCHES: usize = 4;

/// How long a batch is sent again while Redis does not answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long an interrupted command waits for what is under way.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// Pauses between attempts.
const AWAY: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));

/// Runs the command on this input.
pub(super) async fn run(
    cx: &mut Context,
    args: &EnqueueArgs,
    from: &OsStr,
) -> anyhow::Result<Exit> {
    let reading = Reading {
        defaults: args.defaults(clock::now())?,
        skip: args.skip,
        on_error: args.on_error,
    };
    let path = Path::new(from);
    let unreadable = |reason| Failure::new(Exit::Usage, format!("cannot read {path:?} ({reason})"));
    let input: Box<dyn Read + Send> = if from == "-" {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(unreadable)?)
    };
    let broker = cx.broker_to("enqueue").await?;
    let printer = &*cx.printer;
    let mut feed = Feed::new(printer, args.on_error);
    let sender = Sender {
        broker,
        printer,
        warned: Cell::new(false),
    };
    let ended = drive(&mut feed, &sender, lines::read(input, reading)).await?;
    let at_the_end = matches!(ended, Ended::Input) && feed.gave_up.is_none() && !feed.stopped;
    feed.finish(at_the_end)?;
    match (ended, feed.gave_up) {
        (Ended::Unreadable(reason), _) => Err(unreadable(reason).into()),
        (_, Some(error)) => Err(error.into()),
        (Ended::Interrupted(exit), None) => Ok(exit),
        (Ended::Input, None) if feed.fed.failed == 0 => Ok(Exit::Done),
        (Ended::Input, None) if feed.fed.enqueued > 0 || args.on_error == OnError::Skip => {
            Ok(Exit::Partly)
        }
        // Nothing was enqueued: the code is that of the first line that failed.
        (Ended::Input, None) => Ok(feed
            .refusal
            .map_or(Exit::Usage, |error| Failure::from(error).exit)),
    }
}

/// Why no more lines come.
enum Ended {
    Input,
    Unreadable(io::Error),
    Interrupted(Exit),
}

/// Sends batches as they come, and takes in their outcomes in the order of the lines.
async fn drive(
    feed: &mut Feed<'_>,
    sender: &Sender<'_>,
    mut batches: tokio::sync::mpsc::Receiver<io::Result<Batch>>,
) -> anyhow::Result<Ended> {
    let mut interrupt = Interrupt::listen()?;
    let mut ended = None;
    let mut last_wait = Instant::now() + LAST_WAIT;
    let mut under_way = FuturesOrdered::new();
    let mut weights = VecDeque::new();
    loop {
        let interrupted = matches!(ended, Some(Ended::Interrupted(_)));
        let stopping = ended.is_some() || feed.stopped;
        if stopping && under_way.is_empty() {
            break;
        }
        let weight: usize = weights.iter().sum();
        let room = under_way.is_empty() || (under_way.len() < BATCHES && weight < HEAVY * BATCHES);
        tokio::select! {
            biased;
            exit = interrupt.caught(), if !interrupted => {
                last_wait = Instant::now() + LAST_WAIT;
                ended = Some(Ended::Interrupted(exit));
            }
            () = tokio::time::sleep_until(last_wait), if interrupted => {
                // What is still under way stays without an answer.
                break;
            }
            Some(sent) = under_way.next(), if !under_way.is_empty() => {
                weights.pop_front();
                feed.take(sent)?;
            }
            batch = batches.recv(), if room && !stopping => match batch {
                Some(Ok(batch)) => {
                    weights.push_back(batch.weight);
                    feed.sent_through = batch.through;
                    under_way.push_back(sender.send(batch));
                }
                Some(Err(error)) => ended = Some(Ended::Unreadable(error)),
                None => ended = Some(Ended::Input),
            },
        }
    }
    Ok(ended.unwrap_or(Ended::Input))
}

/// Sends batches, as often as it takes.
struct Sender<'a> {
    broker: Broker,
    printer: &'a Printer,
    warned: Cell<bool>,
}

/// A batch and what came of it.
struct Sent {
    lines: Vec<Line>,
    outcomes: Vec<Result<Enqueued, Error>>,
    through: u64,
}

impl Sender<'_> {
    async fn send(&self, batch: Batch) -> Sent {
        let now = clock::now();
        let ours: Vec<bool> = batch
            .lines
            .iter()
            .filter_map(|line| line.id_is_ours.clone().ok())
            .collect();
        let mut outcomes = self
            .broker
            .enqueue_many(&batch.tasks, Sending::First, now)
            .await;
        let patience = Instant::now() + PATIENCE;
        let mut backoff = AWAY;
        while let Some(error) = first_passing(&outcomes) {
            if Instant::now() >= patience {
                break;
            }
            if !self.warned.replace(true) {
                let seconds = PATIENCE.as_secs();
                self.printer
                    .warn(&format!("{error}; trying again for {seconds} seconds"));
            }
            tokio::time::sleep(backoff.next()).await;
            self.send_again(&batch.tasks, &ours, &mut outcomes, now)
                .await;
        }
        Sent {
            lines: batch.lines,
            outcomes,
            through: batch.through,
        }
    }

    /// Sends once more what got no answer.
    async fn send_again(
        &self,
        tasks: &[NewTask],
        ours: &[bool],
        outcomes: &mut [Result<Enqueued, Error>],
        now: DateTime<Utc>,
    ) {
        let open: Vec<usize> = (0..tasks.len())
            .filter(|&at| outcomes[at].as_ref().is_err_and(Error::passing))
            .collect();
        let again: Vec<NewTask> = open.iter().map(|&at| tasks[at].clone()).collect();
        let answers = self.broker.enqueue_many(&again, Sending::Again, now).await;
        for (at, answer) in open.into_iter().zip(answers) {
            outcomes[at] = match answer {
                // A worker has had it meanwhile and changed its message; the id tells that it is ours.
                Err(Error::IdTaken { .. }) if ours[at] => {
                    Ok(Enqueued::sent_before(&tasks[at], now))
                }
                answer => answer,
            };
        }
    }
}

fn first_passing(outcomes: &[Result<Enqueued, Error>]) -> Option<&Error> {
    let errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    errors.into_iter().find(|error| error.passing())
}

/// What has come of the lines so far.
struct Feed<'a> {
    printer: &'a Printer,
    on_error: OnError,
    progress: Progress<'a>,
    /// A row for each line, in the formats that are made for programs.
    rows: Option<Rows<'a, FedLine>>,
    fed: Fed,
    /// No more lines are wanted.
    stopped: bool,
    /// Redis has been away for too long.
    gave_up: Option<Error>,
    refusal: Option<Error>,
    sent_through: u64,
}

impl<'a> Feed<'a> {
    fn new(printer: &'a Printer, on_error: OnError) -> Self {
        let rows = match printer.format() {
            Format::Ndjson | Format::Csv | Format::Id => {
                Some(printer.rows(FedLine::columns(), clock::now()))
            }
            Format::Table | Format::Wide | Format::Json => None,
        };
        Self {
            printer,
            on_error,
            progress: printer.progress(None),
            rows,
            fed: Fed::default(),
            stopped: false,
            gave_up: None,
            refusal: None,
            sent_through: 0,
        }
    }

    fn take(&mut self, sent: Sent) -> output::Result {
        let Sent {
            lines,
            outcomes,
            through,
        } = sent;
        self.progress.advance(lines.len() as u64);
        let mut outcomes = outcomes.into_iter();
        let mut answered = self.gave_up.is_none();
        for line in lines {
            let outcome = match line.id_is_ours {
                Err(error) => Some(Err(error.to_string())),
                Ok(_) => match outcomes.next() {
                    Some(Ok(enqueued)) => Some(Ok(enqueued)),
                    Some(Err(error)) if of_one_line(&error) => {
                        let told = error.to_string();
                        self.refusal.get_or_insert(error);
                        Some(Err(told))
                    }
                    Some(Err(error)) => {
                        self.gave_up.get_or_insert(error);
                        answered = false;
                        None
                    }
                    None => None,
                },
            };
            match outcome {
                Some(Ok(enqueued)) => self.enqueued(line.number, enqueued)?,
                Some(Err(error)) => self.failed(line.number, error)?,
                None => {}
            }
        }
        self.stopped |= self.gave_up.is_some();
        if answered {
            self.fed.lines = through;
        }
        match &mut self.rows {
            Some(rows) => rows.flush(),
            None => Ok(()),
        }
    }

    fn enqueued(&mut self, line: u64, enqueued: Enqueued) -> output::Result {
        self.fed.enqueued += 1;
        match &mut self.rows {
            Some(rows) => rows.push(&FedLine::enqueued(line, enqueued)),
            None => Ok(()),
        }
    }

    fn failed(&mut self, line: u64, error: String) -> output::Result {
        self.printer.error(&format!("line {line}: {error}"), None);
        self.stopped |= self.on_error == OnError::Stop;
        let failed = FedLine::failed(line, error);
        if let Some(rows) = &mut self.rows
            && self.printer.format() != Format::Id
        {
            rows.push(&failed)?;
        }
        self.fed.fail(failed);
        Ok(())
    }

    /// Shows the whole, and how to go on where the input is not at its end.
    fn finish(&mut self, at_the_end: bool) -> output::Result {
        match self.rows.take() {
            Some(rows) => {
                rows.finish()?;
                self.printer.note(&self.fed.sentence());
            }
            None => self.printer.show(&self.fed, clock::now())?,
        }
        if at_the_end {
            return Ok(());
        }
        let done = self.fed.lines;
        if self.sent_through > done {
            self.printer.warn(&format!(
                "Redis has not answered for all of the lines {} to {}: they may be enqueued or not",
                done + 1,
                self.sent_through
            ));
        }
        let lines = text::plural(done, "line");
        self.printer
            .hint(&format!("{lines} done, go on with --skip {done}"));
        Ok(())
    }
}

/// Whether an error is about one task, so that others may fare better.
const fn of_one_line(error: &Error) -> bool {
    !error.passing() && !matches!(error, Error::Login { .. })
}
