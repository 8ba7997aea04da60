//! The welcome mail: its payload, and the handler that sends it.

use std::net::SocketAddr;

use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport as _, Tokio1Executor};
use qctl::{Context, Handler, HandlerError, HandlerResult, Outcome, Task};
use serde::{Deserialize, Serialize};

pub(super) const TYPE: &str = "email:welcome";

/// The payload.
#[derive(Serialize, Deserialize)]
pub(super) struct Welcome {
    pub(super) name: String,
    pub(super) email: String,
}

/// The handler. It is a struct because it holds a mail client.
pub(super) struct Mailer {
    from: Mailbox,
    smtp: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mailer {
    pub(super) fn new(smtp: SocketAddr) -> Result<Self, lettre::address::AddressError> {
        let host = smtp.ip().to_string();
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(smtp.port());
        Ok(Self {
            from: "Example <hello@example.com>".parse()?,
            smtp: smtp.build(),
        })
    }

    fn message(
        &self,
        welcome: &Welcome,
    ) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        let to = Mailbox::new(Some(welcome.name.clone()), welcome.email.parse()?);
        let body = format!("Hello {}, it is good to have you.\n", welcome.name);
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject("Welcome");
        Ok(message.body(body)?)
    }
}

impl Handler for Mailer {
    async fn run(&self, task: Task, cx: Context) -> HandlerResult {
        // A payload or an address that cannot be parsed will not parse next time either.
        let welcome = task.payload_json().map_err(HandlerError::skip_retry)?;
        let message = self.message(&welcome).map_err(HandlerError::skip_retry)?;
        // An unreachable mail server is an ordinary failure: the task is retried.
        let answer = self.smtp.send(message).await?;
        cx.write_result(answer.code().to_string()).await?;
        Ok(Outcome::Done)
    }
}
