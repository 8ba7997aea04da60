//! One process of a handler, from its start to its end.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join;
use rustix::process::{Pid, Signal};
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::desk::{Desk, Doom};
use super::hearing::{Hearing, Ready};
use super::lines::{Line, Lines};
use super::settings::Settings;
use super::voice::{Stream, Voice};
use crate::document::pipe::{ToProcess, VERSION};
use crate::task::transition::{Failure, Verdict};
use crate::worker::event::NoteLevel;
use crate::worker::handlers::command::status_text;
use crate::worker::handlers::guardian::{Child, End, LaunchError};
use crate::worker::handlers::not_started::reason;
use crate::worker::handlers::pipes::Pipes;

/// How long to wait for the rest of the output once the process has ended.
const OUTPUT_GRACE: Duration = Duration::from_secs(1);

/// A longer line on standard error is cut.
const MAX_ERROR_LINE_BYTES: usize = 16 * 1024;

/// Memory that is kept for the next batch.
const MAX_IDLE_BATCH_BYTES: usize = 1024 * 1024;

/// What a worker offers. A process names those that it understands.
const CAPABILITIES: &[&str] = &["cancel", "drain", "log", "progress"];

/// A process that is ready for tasks.
pub(super) struct Process {
    pub(super) desk: Arc<Desk>,
    pub(super) ready: Ready,
    child: Child,
    reader: JoinHandle<()>,
    errors: JoinHandle<()>,
    voice: Arc<Voice>,
    last_words: LastWords,
}

/// How a process came to its end.
pub(super) enum Over {
    /// By itself.
    Ended(Result<End, LaunchError>),
    /// It has to be killed.
    Doomed(Doom),
}

/// The last line on standard error: most programs name the reason there.
type LastWords = Arc<Mutex<String>>;

impl Process {
    /// Starts a process, and waits until it is ready. The error says why it is not.
    pub(super) async fn start(settings: &Settings, voice: Arc<Voice>) -> Result<Self, String> {
        let opened = Pipes::open().and_then(|(ours, theirs)| {
            let input = pipe::Sender::from_owned_fd_unchecked(ours.input)?;
            let output = pipe::Receiver::from_owned_fd_unchecked(ours.output)?;
            let errors = pipe::Receiver::from_owned_fd_unchecked(ours.errors)?;
            Ok((input, output, errors, theirs))
        });
        let (input, output, errors, theirs) = opened.map_err(|error| refused(settings, &error))?;
        let words = settings.plan.words.clone();
        let launch = settings.surroundings.launch(words, Vec::new());
        let launched = settings.guardian.launch(launch, theirs);
        let child = launched.map_err(|error| error.to_string())?;
        let desk = Arc::new(Desk::new());
        let (said, ready) = oneshot::channel();
        let hearing = Hearing {
            desk: Arc::clone(&desk),
            voice: Arc::clone(&voice),
            ready: Some(said),
        };
        let last_words = LastWords::default();
        let repeating = repeat_errors(errors, Arc::clone(&voice), Arc::clone(&last_words));
        tokio::spawn(feed(Arc::clone(&desk), input));
        let mut process = Self {
            reader: tokio::spawn(hearing.listen(output)),
            errors: tokio::spawn(repeating),
            // Replaced when it has introduced itself.
            ready: Ready {
                cancel: false,
                drain: false,
                concurrency: 1,
            },
            desk,
            child,
            voice,
            last_words,
        };
        match process.introduce(ready, settings).await {
            Ok(ready) => {
                process.ready = ready;
                Ok(process)
            }
            Err(reason) => {
                process.kill().await;
                Err(reason)
            }
        }
    }

    async fn introduce(
        &mut self,
        ready: oneshot::Receiver<Result<Ready, String>>,
        settings: &Settings,
    ) -> Result<Ready, String> {
        let plan = &settings.plan;
        let hello = ToProcess::Hello {
            program: concat!("qctl ", env!("CARGO_PKG_VERSION")),
            versions: &[VERSION],
            capabilities: CAPABILITIES,
        };
        self.desk
            .write(&hello.line().map_err(|error| error.to_string())?);
        tokio::select! {
            biased;
            Ok(ready) = ready => ready,
            end = self.child.ended() => Err(match end {
                Err(LaunchError::Refused(error)) => refused(settings, &error),
                Ok(_) | Err(LaunchError::Lost | LaunchError::Unguarded(_)) => {
                    let (status, _) = self.told(end).await;
                    format!("it ended before it was ready: {status}")
                }
            }),
            () = tokio::time::sleep(plan.start_timeout) => Err(format!(
                "it printed no ready message within {:?}: does it flush its standard output?",
                plan.start_timeout
            )),
        }
    }

    pub(super) fn leader(&self) -> impl Fn() -> Option<Pid> + use<> {
        self.child.leader()
    }

    /// Waits for its end, or for a reason to end it.
    pub(super) async fn over(&mut self) -> Over {
        tokio::select! {
            biased;
            end = self.child.ended() => Over::Ended(end),
            doom = self.desk.doomed() => Over::Doomed(doom),
        }
    }

    /// Ends what is left of it, and the attempts that it holds. Returns what there is to say of its end.
    pub(super) async fn bury(mut self, over: Over) -> String {
        let failure = match over {
            Over::Ended(end) => self.ended(end).await,
            Over::Doomed(Doom { why, verdict }) => {
                // One that has closed its standard output has usually ended.
                let end = match verdict {
                    Verdict::Retry => timeout(OUTPUT_GRACE, self.child.ended()).await.ok(),
                    Verdict::GiveUp | Verdict::Release | Verdict::Revoke => None,
                };
                match end {
                    Some(end) => self.ended(end).await,
                    None => {
                        Failure::new(format!("the handler's process was killed: {why}"), verdict)
                    }
                }
            }
        };
        self.kill().await;
        self.desk.end(&failure);
        self.voice.close();
        failure.error
    }

    /// Lets it finish what it holds, and end by itself. It gets no more tasks.
    pub(super) async fn dismiss(mut self, grace: Duration) {
        if self.ready.drain
            && let Ok(line) = ToProcess::Drain.line()
        {
            self.desk.write(&line);
        }
        let desk = Arc::clone(&self.desk);
        let over = tokio::select! {
            biased;
            over = self.over() => over,
            () = desk.idle() => self.leave(grace).await,
        };
        let voice = Arc::clone(&self.voice);
        voice.note(NoteLevel::Debug, &self.bury(over).await);
    }

    async fn leave(&mut self, grace: Duration) -> Over {
        self.desk.close_input();
        if let Ok(over) = timeout(grace, self.over()).await {
            return over;
        }
        let text =
            format!("it did not end within {grace:?} of the end of its standard input: SIGTERM");
        self.voice.note(NoteLevel::Warn, &text);
        self.child.signal(Signal::TERM);
        let doom = || Doom {
            why: "it ignores the end of its standard input and SIGTERM".to_owned(),
            verdict: Verdict::Release,
        };
        let over = timeout(grace, self.over()).await;
        over.unwrap_or_else(|_| Over::Doomed(doom()))
    }

    /// The status of a process that has ended by itself, with its last words, and what follows for the tasks that it
    /// holds. What it said before has been heard then.
    async fn told(&mut self, end: Result<End, LaunchError>) -> (String, Verdict) {
        self.hear_out().await;
        let status = match end {
            Ok(end) => status_text(end),
            Err(error) => return (error.to_string(), Verdict::Release),
        };
        let words = self
            .last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let separator = if words.is_empty() { "" } else { ": " };
        (format!("{status}{separator}{words}"), Verdict::Retry)
    }

    async fn ended(&mut self, end: Result<End, LaunchError>) -> Failure {
        let (status, verdict) = self.told(end).await;
        Failure::new(format!("the handler's process ended: {status}"), verdict)
    }

    async fn hear_out(&mut self) {
        let both = join(&mut self.reader, &mut self.errors);
        if timeout(OUTPUT_GRACE, both).await.is_err() {
            // A process that the guardian does not find holds the pipes open.
            self.reader.abort();
            self.errors.abort();
        }
    }

    async fn kill(&mut self) {
        self.child.signal(Signal::KILL);
        self.child.ended().await.ok();
        self.reader.abort();
        self.errors.abort();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ends the task that writes to it.
        self.desk.close_input();
    }
}

/// Why the system did not start it.
fn refused(settings: &Settings, error: &io::Error) -> String {
    let given = (settings.plan.words.as_slice(), &settings.surroundings.env);
    reason(given, error).unwrap_or_else(|| error.to_string())
}

/// Writes what there is to write, much at a time.
async fn feed(desk: Arc<Desk>, mut input: pipe::Sender) {
    let mut batch = Vec::new();
    while desk.next_batch(&mut batch).await {
        if input.write_all(&batch).await.is_err() {
            return desk.doom(Doom {
                why: "it has closed its standard input".to_owned(),
                verdict: Verdict::Retry,
            });
        }
        batch.clear();
        batch.shrink_to(MAX_IDLE_BATCH_BYTES);
        // Attempts that were woken by the same answers have their tasks written together.
        tokio::task::yield_now().await;
    }
}

/// Repeats standard error in the log.
async fn repeat_errors(errors: pipe::Receiver, voice: Arc<Voice>, last_words: LastWords) {
    let mut lines = Lines::new(errors, MAX_ERROR_LINE_BYTES);
    while let Some(line) = lines.next().await {
        let (Line::Whole(line) | Line::TooLong(line)) = line;
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        if !text.is_empty() {
            voice.repeat(Stream::Errors, NoteLevel::Info, || (None, text.to_owned()));
            text.clone_into(&mut last_words.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
