//! Adapts a program's handler to the engine: converts the engine's attempt into a task and a context, and the
//! handler's result into one for the engine.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::client::Client;
use super::context::Context;
use super::handler::{Handler, HandlerResult, Outcome};
use super::task::Task;
use crate::task::transition::{AttemptError, Failure, TaskResult, Verdict};
use crate::worker::{self, Attempt, Stop};

/// The engine's handler for every type.
pub(super) struct Entry<H> {
    pub(super) handler: H,
    pub(super) client: Client,
    pub(super) stop_grace: Duration,
}

impl<H: Handler> worker::Handler for Entry<H> {
    fn run<'a>(
        &'a self,
        attempt: &'a Attempt,
        mut stop: Stop,
    ) -> BoxFuture<'a, Result<TaskResult, Failure>> {
        Box::pin(async move {
            let cx = Context::new(attempt, stop.clone(), &self.client);
            let task = Task::received(attempt.message.clone());
            let work = self.handler.run(task, cx);
            tokio::pin!(work);
            let ended = tokio::select! {
                biased;
                ended = &mut work => Ok(ended),
                _ = stop.requested() => tokio::time::timeout(self.stop_grace, work).await,
            };
            ended.map_or_else(|_| Err(AttemptError::Cancelled.into()), translate)
        })
    }
}

fn translate(result: HandlerResult) -> Result<TaskResult, Failure> {
    let plain = |text: &str, verdict| Failure::new(text.to_owned(), verdict);
    Err(match result {
        // The result was stored by the handler itself.
        Ok(Outcome::Done) => return Ok(Vec::new().into()),
        Ok(Outcome::RetryAfter(delay)) => Failure {
            delay: Some(delay),
            ..plain("the handler asked for another attempt", Verdict::Retry)
        },
        Ok(Outcome::Release(delay)) => Failure {
            delay: Some(delay),
            ..plain("released by the handler", Verdict::Release)
        },
        // Asynq's wording, which its users search for.
        Ok(Outcome::SkipRetry) => plain("skip retry for the task", Verdict::GiveUp),
        Ok(Outcome::Revoke) => plain("revoke task", Verdict::Revoke),
        Err(error) => error.into_failure(),
    })
}
