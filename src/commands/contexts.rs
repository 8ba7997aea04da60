//! `qctl context`: named connections.

use std::path::PathBuf;

use anyhow::Context as _;

use super::Context;
use crate::clock;
use crate::config::{Contexts, EditError, NamedConnection, RedisConfig, Setting, check_url};
use crate::document::context::ContextDocument;
use crate::error::{Exit, Failure};
use crate::view::Row as _;

/// Store connections under names, and choose one
///
/// A context is named with --context NAME or QCTL_CONTEXT. Without a name, --redis, QCTL_REDIS and the configuration file win over
/// the current context; work, serve and dev use a context only if it is named.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl context add staging rediss://app@staging.example:6380 --password-file staging.password\n  qctl context add production --protected 'rediss://app:${PRODUCTION_PASSWORD}@redis.example'\n  qctl context use staging\n  qctl stats --context production"
)]
#[expect(
    clippy::doc_markdown,
    reason = "these are help texts, where backticks would show"
)]
pub(crate) struct ContextArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the contexts
    Ls,
    /// Store a connection, with the connection options that are given
    #[command(
        after_help = "Examples:\n  qctl context add staging redis://staging.example --password-file staging.password\n  qctl context add reports redis://reports.example --read-only\n  qctl context add production rediss://app@redis.example --password-file /run/secrets/redis --protected"
    )]
    Add(AddArgs),
    /// Make a context the current one
    Use(UseArgs),
    /// Remove a context
    Rm {
        /// The context
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Show one context [default: that of --context, or the current one]
    Show {
        /// The context
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// Redis URL, without a password; ${VARIABLE} stands for the value of an environment variable
    #[arg(value_name = "URL")]
    url: String,
    /// Ask for the name of the context before each change
    #[arg(long)]
    protected: bool,
    /// Replace the context of this name
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, clap::Args)]
struct UseArgs {
    /// The context
    #[arg(value_name = "NAME", required_unless_present = "none")]
    name: Option<String>,
    /// Have no current context
    #[arg(long, conflicts_with = "name")]
    none: bool,
}

/// Runs the command.
pub(crate) fn run(cx: &Context, args: &ContextArgs) -> anyhow::Result<Exit> {
    let contexts = Contexts::read()?;
    match &args.what {
        What::Ls => {
            let each = contexts.each.iter();
            list(cx, each.map(|(name, one)| document(&contexts, name, one)))
        }
        What::Show { name } => {
            let in_use = cx.config.context.as_ref().map(|context| &context.name);
            let Some(name) = name.as_ref().or(in_use).or(contexts.current.as_ref()) else {
                let none = Failure::new(Exit::NotFound, "there is no current context");
                return Err(none.with_hint("qctl context use NAME").into());
            };
            cx.show(&document(&contexts, name, contexts.named(name)?))
        }
        What::Add(add) => self::add(cx, &contexts, add),
        What::Use(chosen) => {
            if let Some(name) = &chosen.name {
                contexts.named(name)?;
            }
            contexts
                .set_current(chosen.name.as_deref())
                .map_err(|error| failed(&error))?;
            cx.printer.note(&match &chosen.name {
                Some(name) => format!("{name:?} is the current context now"),
                None => "there is no current context now".to_owned(),
            });
            if let (Some(_), Some(other)) = (&chosen.name, cx.config.redis_named_by()) {
                cx.printer.warn(&format!(
                    "{other} names a Redis too and wins over the current context: remove it there, or use --context"
                ));
            }
            Ok(Exit::Done)
        }
        What::Rm { name } => {
            contexts.named(name)?;
            if contexts.current.as_ref() == Some(name) {
                contexts.set_current(None).map_err(|error| failed(&error))?;
            }
            Contexts::read()?
                .remove(name)
                .map_err(|error| failed(&error))?;
            cx.printer.note(&format!("removed the context {name:?}"));
            Ok(Exit::Done)
        }
    }
}

fn add(cx: &Context, contexts: &Contexts, args: &AddArgs) -> anyhow::Result<Exit> {
    let name = &args.name;
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(
            Failure::usage("a context needs a name", "such as staging or production").into(),
        );
    }
    if contexts.each.contains_key(name) && !args.replace {
        let what = format!("there is a context {name:?} already");
        return Err(Failure::new(Exit::Conflict, what)
            .with_hint("add --replace")
            .into());
    }
    let typed = &cx.config.typed;
    check_url(
        &args.url,
        typed.iter().any(|(key, _)| *key == "password_file"),
    )?;
    let mut settings = vec![("url", Setting::Text(args.url.clone()))];
    settings.extend(typed.iter().cloned());
    if args.protected {
        settings.push(("protected", Setting::On));
    }
    contexts
        .add(name, &settings)
        .map_err(|error| failed(&error))?;
    let added = Contexts::read()?;
    let one = added.named(name).context("the context was not written")?;
    cx.show(&document(&added, name, one))
}

fn list(cx: &Context, documents: impl Iterator<Item = ContextDocument>) -> anyhow::Result<Exit> {
    let mut rows = cx.printer.rows(ContextDocument::columns(), clock::now());
    for document in documents {
        rows.push(&document)?;
    }
    rows.finish()?;
    Ok(Exit::Done)
}

fn document(contexts: &Contexts, name: &str, one: &NamedConnection) -> ContextDocument {
    let NamedConnection {
        redis,
        read_only,
        protected,
    } = one.clone();
    // Every key, so that a new one is not forgotten.
    let RedisConfig {
        line: _,
        url,
        password_file,
        sentinels,
        master,
        user,
        db,
        tls,
        sentinel_tls,
        sentinel_user,
        sentinel_password,
        sentinel_password_file,
        tls_ca,
        tls_cert,
        tls_key,
        tls_server_name,
        insecure,
        timeout,
    } = redis;
    let path = |path: Option<PathBuf>| path.map(|path| path.to_string_lossy().into_owned());
    ContextDocument {
        name: name.to_owned(),
        current: contexts.current.as_deref() == Some(name),
        read_only,
        protected,
        url: url.as_deref().map(without_password),
        password_file: path(password_file),
        sentinels,
        master,
        user,
        db,
        tls,
        sentinel_tls,
        sentinel_user,
        sentinel_password: sentinel_password.map(|_| "***"),
        sentinel_password_file: path(sentinel_password_file),
        tls_ca: path(tls_ca),
        tls_cert: path(tls_cert),
        tls_key: path(tls_key),
        tls_server_name,
        insecure,
        timeout_seconds: timeout,
    }
}

/// A URL as it is written, but for a password that somebody has written into it.
fn without_password(url: &str) -> String {
    let Some((login, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    let start = login.find("://").map_or(0, |at| at + 3);
    match login[start..].split_once(':') {
        Some((user, password)) if !password.is_empty() && !password.starts_with("${") => {
            format!("{}{user}:***@{host}", &login[..start])
        }
        Some(_) | None => url.to_owned(),
    }
}

fn failed(error: &EditError) -> Failure {
    Failure::new(Exit::Failed, error.to_string())
}
