//! A small service with a queue: `POST /register` enqueues a welcome mail, and a worker in the same process
//! sends it. README.md beside this file says how to try it.

mod service;
mod sink;

use std::net::SocketAddr;
use std::time::Duration;

use service::{Service, Settings};
use sink::Sink;

const USAGE: &str = "usage: welcome-email [--redis=URL] [--listen=ADDRESS] [--smtp=ADDRESS] [--delay=SECONDS] [--page-token=TOKEN]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The worker writes what happens as `tracing` events; this prints them to standard error.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut settings = Settings {
        redis: "redis://127.0.0.1:6379".to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        smtp: SocketAddr::from(([127, 0, 0, 1], 0)),
        delay: Duration::from_secs(10),
        page_token: None,
    };
    for argument in std::env::args().skip(1) {
        match argument.split_once('=').ok_or(USAGE)? {
            ("--redis", url) => url.clone_into(&mut settings.redis),
            ("--listen", address) => settings.listen = address.parse()?,
            ("--smtp", address) => settings.smtp = address.parse()?,
            ("--delay", seconds) => settings.delay = Duration::from_secs(seconds.parse()?),
            ("--page-token", token) => settings.page_token = Some(token.to_owned()),
            _ => return Err(USAGE.into()),
        }
    }
    if settings.smtp.port() == 0 {
        // Without --smtp, mails go to this server, which prints them.
        let mut sink = Sink::start().await?;
        settings.smtp = sink.address();
        tokio::spawn(async move {
            while let Some(mail) = sink.next().await {
                tracing::info!("mail received:\n{mail}");
            }
        });
    }
    let service = Service::start(settings).await?;
    tracing::info!("listening on http://{}/register", service.address());
    qctl::shutdown_signal().await;
    service.stop().await?;
    Ok(())
}
