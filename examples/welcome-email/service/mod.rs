//! The service: an HTTP server that enqueues tasks, and a worker that runs them.

mod layers;
mod register;
mod welcome;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use qctl::{Client, Page, PageAuth, PageError, RunningWorker, ServeMux, Worker};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use welcome::Mailer;

pub(crate) struct Settings {
    pub(crate) redis: String,
    pub(crate) listen: SocketAddr,
    pub(crate) smtp: SocketAddr,
    /// How long a welcome mail waits.
    pub(crate) delay: Duration,
    /// What opens the page under `/monitoring`; without it, there is no page.
    pub(crate) page_token: Option<String>,
}

pub(crate) struct Service {
    address: SocketAddr,
    worker: RunningWorker,
    stop_http: oneshot::Sender<()>,
    http: JoinHandle<std::io::Result<()>>,
}

impl Service {
    pub(crate) async fn start(settings: Settings) -> Result<Self, Box<dyn Error>> {
        let client = Client::connect(&settings.redis).await?;

        let mux = ServeMux::new()
            .handle(welcome::TYPE, Mailer::new(settings.smtp)?)
            .layer(layers::log);
        let worker = Worker::builder(&client)
            .concurrency(10)
            .queues([("critical", 6), ("default", 3), ("low", 1)])
            .shutdown_timeout(Duration::from_secs(8))
            .on_error(layers::report)
            .retry_delay(layers::retry_delay)
            .start(mux)
            .await?;

        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let mut app = register::router(client.clone(), settings.delay);
        if let Some(token) = settings.page_token {
            app = app.merge(page(&client, token)?);
        }
        // The page checks who connects.
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let (stop_http, stopped) = oneshot::channel::<()>();
        let http = axum::serve(listener, app).with_graceful_shutdown(async {
            // An error means that the sender is gone, so stop as well.
            stopped.await.ok();
        });
        Ok(Self {
            address,
            worker,
            stop_http,
            http: tokio::spawn(http.into_future()),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the HTTP server first, then the worker. Enqueued tasks are not lost: they are in Redis.
    pub(crate) async fn stop(self) -> Result<(), Box<dyn Error>> {
        drop(self.stop_http);
        self.http.await??;
        self.worker.stop().await?;
        Ok(())
    }
}

/// The page of `qctl serve`, for this machine alone.
fn page(client: &Client, token: String) -> Result<Router, PageError> {
    Page::builder(client)
        .root_path("/monitoring")
        .auth(PageAuth::Token(token))
        .hosts(["localhost", "127.0.0.1"])
        .peers(["127.0.0.0/8", "::1"])
        .build()
}
