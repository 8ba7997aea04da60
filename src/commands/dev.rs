//! `qctl dev`: a private Redis, a worker, the scheduler and the page, or one command beside them, and nothing left at the end.

mod command;
mod job;
mod redis;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::oneshot;

use self::redis::PrivateRedis;
use super::Context;
use super::handlers::start_guardian_with;
use super::serve::{self, ServeArgs};
use super::work::{self, WorkArgs};
use crate::config::{Config, Listen, LogArgs, TasksArgs, WorkerArgs};
use crate::error::{Exit, Failure};
use crate::view::log::Level;
use crate::worker::handlers::guardian::{self, Guardian, MaxSilence};

/// Nobody else works on this Redis. With Ctrl-Z, the command and this process may be stopped for as long as the user likes.
const MAX_SILENCE: MaxSilence = MaxSilence {
    of_worker: Duration::from_secs(365 * 86_400),
    of_guardian: Duration::from_secs(5),
};

/// Start a private Redis with a worker, the scheduler and the page, to try things out
///
/// The Redis listens on a free port of this machine, keeps its data in memory, and is gone at the end; with --data its
/// data stays in a folder. The worker has the handlers of the configuration file and of --handle; without any, each task
/// succeeds and its result is its payload. redis-server or valkey-server must be installed.
///
/// With a command, no page is served. The command gets the address of the Redis as QCTL_REDIS and REDIS_URL. When it ends,
/// qctl stops the Redis and the worker, and exits with its exit code.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl dev\n  qctl dev --handle 'email:*=./send-email.sh' --data ./dev-redis\n  qctl dev -- sh -c 'qctl enqueue hello --payload hi --wait'\n  qctl dev go test ./..."
)]
#[expect(
    clippy::doc_markdown,
    reason = "these are help texts, where backticks would show"
)]
pub(crate) struct DevArgs {
    #[command(flatten)]
    tasks: TasksArgs,
    /// Keep the data of the Redis in this folder, which is created
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Port of the Redis [default: a free one]
    #[arg(long, value_name = "PORT")]
    redis_port: Option<u16>,
    /// Address and port of the page [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "command")]
    listen: Option<Listen>,
    #[command(flatten)]
    log: LogArgs,
    /// Run this command instead of waiting for Ctrl-C; what follows its name is for the command, options too
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs the command.
pub(crate) async fn run(cx: &Context, args: &DevArgs) -> anyhow::Result<Exit> {
    let named = [
        ("--redis", cx.config.redis_typed),
        ("--context", cx.config.context.is_some()),
    ];
    if let Some((flag, _)) = named.into_iter().find(|(_, is_given)| *is_given) {
        let what = format!("dev starts a Redis of its own, so {flag} has no effect");
        return Err(Failure::usage(what, format!("leave out {flag}")).into());
    }
    let program = guardian::this_program().context("cannot find the path of this program")?;
    let guardian = start_guardian_with(&program, MAX_SILENCE)?;
    let ran = with_redis(cx, args, &guardian).await;
    guardian.end().await;
    ran
}

async fn with_redis(
    cx: &Context,
    args: &DevArgs,
    guardian: &Arc<Guardian>,
) -> anyhow::Result<Exit> {
    let mut redis = PrivateRedis::start(guardian, args.data.as_deref(), args.redis_port).await?;
    let config = cx.config.at(redis.url())?;
    let url = redis.url().to_owned();
    let ran = tokio::select! {
        ran = with_worker(cx, args, (&config, &url), guardian) => ran,
        lost = redis.lost() => Err(lost.into()),
    };
    redis.stop().await;
    ran
}

/// Runs the worker, and beside it the page or the command. The worker stops when those have ended.
async fn with_worker(
    cx: &Context,
    args: &DevArgs,
    (config, url): (&Config, &str),
    guardian: &Guardian,
) -> anyhow::Result<Exit> {
    let (over, is_over) = oneshot::channel::<()>();
    let mut worker_cx = cx.beside(config.clone());
    let env = command::connection(url);
    let work = WorkArgs::new(worker_args(args, config), log_args(args), env);
    let working = Box::pin(work::run_until(&mut worker_cx, &work, async {
        // An error means that the sender is gone, so stop as well.
        is_over.await.ok();
    }));
    let serving = async {
        let exit = if args.command.is_empty() {
            page(cx, args, (config, url)).await
        } else {
            command::run(guardian, &args.command, (config, url)).await
        };
        drop(over);
        exit
    };
    let (_, exit) = tokio::try_join!(working, serving)?;
    Ok(exit)
}

async fn page(
    cx: &Context,
    args: &DevArgs,
    (config, url): (&Config, &str),
) -> anyhow::Result<Exit> {
    let free = Listen::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let flags = ServeArgs::at(args.listen.clone().unwrap_or(free));
    cx.printer.note(&format!("Redis is at {url}"));
    cx.printer.note(&format!(
        "to try it from another terminal:\n  export QCTL_REDIS={url}\n  qctl enqueue hello --payload world --wait\n  qctl cron add tick '@every 5s' hello\n  qctl stats --watch"
    ));
    serve::run(&mut cx.beside(config.clone()), &flags).await
}

/// The flags of the worker. Without any handler, each task is given back as it is.
fn worker_args(args: &DevArgs, config: &Config) -> WorkerArgs {
    let tasks = args.tasks.clone();
    if config.file.handlers.is_empty() {
        return tasks.or_handling("*", "cat").into();
    }
    tasks.into()
}

/// The log of the worker. Between the lines of a command, only errors are wanted.
fn log_args(args: &DevArgs) -> LogArgs {
    if args.command.is_empty() {
        args.log.clone()
    } else {
        args.log.clone().or_level(Level::Error)
    }
}
