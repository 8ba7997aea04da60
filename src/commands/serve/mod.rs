//! `qctl serve`: the page.

mod safety;
mod token;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::sync::oneshot;

use super::Context;
use crate::config::{Listen, ServeFlags, ServePlan};
use crate::error::{Exit, Failure, shell_word};
use crate::interrupt::Interrupt;
use crate::web::{self, Listener, RootPath};
use token::TokenFile;

/// Serve a web page that shows queues and changes tasks
///
/// The page needs nothing but a browser. It listens on this machine alone and asks for a token, which is printed as a
/// part of the page's address or, without a terminal, written to a file that only you can read. docs/serve.md says how to
/// open the page to others. With --read-only it offers no changes; in a protected context, each change asks for its name, unless
/// --confirm has it.
///
/// The same data is below /api as JSON, and below /metrics for Prometheus: programs send Authorization: Bearer TOKEN.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl serve\n  qctl serve --read-only --listen 127.0.0.1:9090\n  qctl serve --listen 10.0.0.5:8080 --auth basic --auth-file users --allow-host tools.example.com"
)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    flags: ServeFlags,
}

impl ServeArgs {
    /// A page at this address.
    pub(super) fn at(listen: Listen) -> Self {
        Self {
            flags: ServeFlags::at(listen),
        }
    }
}

/// Runs the command.
pub(crate) async fn run(cx: &mut Context, args: &ServeArgs) -> anyhow::Result<Exit> {
    cx.config.file.check()?;
    let plan = ServePlan::new(&args.flags, &cx.config.file.serve)?;
    let tls = acceptor(&plan)?;
    let root_path = RootPath::read(&plan.root_path).map_err(|error| {
        Failure::usage(error.to_string(), "for example: --root-path /monitoring")
    })?;
    let listeners = open_all(&plan.listen).await?;
    let port = listeners
        .iter()
        .find_map(Listener::address)
        .map(|address| address.port());
    let cookie = web::Cookie::new(
        port,
        root_path.as_str(),
        plan.secure_cookie || tls.is_some(),
    );
    let safety = safety::safety(&plan, cookie)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let addresses = listeners.iter().zip(&plan.listen);
    let addresses = addresses.map(|(listener, listen)| match listener.address() {
        Some(address) => format!("{scheme}://{}{root_path}/", reachable(address)),
        None => listen.to_string(),
    });
    let addresses: Vec<String> = addresses.collect();
    let beyond = plan.listen.iter().any(|listen| !listen.is_local());
    if tls.is_none() && beyond && cx.printer.for_people() {
        cx.printer.note("without TLS, logins can be read on the network; see --https-cert, or use a proxy with TLS");
    }
    let inspector = cx.lasting_inspector().await?;
    cx.note_unknowns(&inspector);
    let protected = note_protected(cx);
    // Before anything is said or written that the end takes back.
    let mut interrupt = Interrupt::listen()?;
    let token_file = TokenFile::announce(cx, &plan, &safety.auth, &addresses)?;
    let settings = web::Settings {
        root_path,
        redis: cx.config.redis_name(),
        read_only: cx.config.read_only,
        protected,
        thresholds: cx.config.file.trouble.clone(),
        safety,
    };
    let shared = web::Shared::new(inspector, settings);
    shared.keep_time();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = web::serve(listeners, tls, &shared, async {
        // An error means that the sender is gone, so stop as well.
        stopped.await.ok();
    });
    let stopping = async {
        let exit = interrupt.caught().await;
        drop(stop);
        exit
    };
    let ((), exit) = tokio::join!(served, stopping);
    drop(token_file);
    Ok(match exit {
        // Ctrl-C is the usual way to stop.
        Exit::Interrupted => Exit::Done,
        exit => exit,
    })
}

/// The name of the protected context that each change must repeat, if any. Prints a note about it.
fn note_protected(cx: &Context) -> Option<String> {
    let name = cx.unconfirmed_context()?;
    if !cx.config.read_only {
        let word = shell_word(name);
        cx.printer.note(&format!(
            "the context {word} is protected: each change on the page asks for its name, unless --confirm {word} is given here"
        ));
    }
    Some(name.to_owned())
}

/// An address at which this machine reaches a socket: `0.0.0.0` and `::` stand for all addresses, and no page is known
/// under them.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn acceptor(plan: &ServePlan) -> Result<Option<web::TlsAcceptor>, Failure> {
    let https = plan.https.as_ref();
    let acceptor = https.map(|https| web::acceptor(&https.cert, &https.key));
    let checked = acceptor.transpose();
    checked.map_err(|error| Failure::usage(error.to_string(), "check --https-cert and --https-key"))
}

async fn open_all(listen: &[Listen]) -> anyhow::Result<Vec<Listener>> {
    let mut listeners = Vec::new();
    for listen in listen {
        listeners.push(open(listen).await?);
    }
    Ok(listeners)
}

pub(super) async fn open(listen: &Listen) -> anyhow::Result<Listener> {
    let opened = match listen {
        Listen::Tcp(address) => Listener::tcp(*address).await,
        Listen::Unix(path) => Listener::unix(path).await,
    };
    Ok(opened.map_err(|error| {
        let what = format!("cannot listen on {listen} ({error})");
        Failure::new(Exit::Failed, what).with_hint("choose another address with --listen")
    })?)
}
