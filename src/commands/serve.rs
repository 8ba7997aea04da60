//! `qctl serve`: the page.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::Context;
use crate::error::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::web;

/// Serve a web page that shows queues and changes tasks
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl serve\n  qctl serve --listen 127.0.0.1:9090 --root-path /monitoring"
)]
pub(crate) struct ServeArgs {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The path below which all pages are, as a proxy passes it on
    #[arg(long, value_name = "PATH")]
    root_path: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ServeArgs) -> anyhow::Result<Exit> {
    let inspector = cx.inspector().await?;
    let settings = web::Settings {
        root_path: args.root_path.clone().unwrap_or_default(),
        redis: String::new(),
        read_only: cx.config.read_only,
        thresholds: cx.config.file.trouble.clone(),
    };
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        let what = format!("cannot listen on {} ({error})", args.listen);
        Failure::usage(what, "choose another port with --listen")
    })?;
    let address = listener.local_addr()?;
    cx.printer.note(&format!("listening on http://{address}"));
    let mut interrupt = Interrupt::listen()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shared = web::Shared::new(inspector, settings);
    let served = web::serve(listener, &shared, async { drop(stopped.await) });
    tokio::pin!(served);
    tokio::select! {
        served = &mut served => {
            served?;
            Ok(Exit::Done)
        }
        exit = interrupt.caught() => {
            drop(stop);
            served.await?;
            Ok(match exit {
                // Ctrl-C is the usual way to stop.
                Exit::Interrupted => Exit::Done,
                exit => exit,
            })
        }
    }
}
