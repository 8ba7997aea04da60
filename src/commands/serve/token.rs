//! Tells where the page is, and hands the token to whoever started it, and to nobody else.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::commands::Context;
use crate::config::{AuthPlan, ServePlan, runtime_folder};
use crate::error::{Exit, Failure};
use crate::web::{Auth, Secret};

/// A file with a new token, which is removed when the page ends.
pub(super) struct TokenFile(PathBuf);

impl TokenFile {
    /// Prints the addresses of the page. A new token is printed as a part of them, after `#`, which browsers keep to
    /// themselves, but only on a terminal: elsewhere it would end up in a log, so it is written to a file. Unix sockets have
    /// no address that a browser opens; if there are no others, the token is in a file as well.
    pub(super) fn announce(
        cx: &Context,
        plan: &ServePlan,
        auth: &Auth,
        addresses: &[String],
    ) -> Result<Option<Self>, Failure> {
        let new = match (&plan.auth, auth) {
            (AuthPlan::Token(None), Auth::Token(token)) => Some(token),
            (
                AuthPlan::Token(_)
                | AuthPlan::Basic { .. }
                | AuthPlan::ProxyHeader(_)
                | AuthPlan::Nothing,
                _,
            ) => None,
        };
        let clickable = addresses.iter().any(|address| is_url(address));
        let shown = new.filter(|_| clickable && cx.printer.messages_on_terminal());
        for address in addresses {
            let token = shown.filter(|_| is_url(address));
            let token = token.map(|token| format!("#token={}", token.reveal()));
            let token = token.unwrap_or_default();
            cx.printer.note(&format!("listening on {address}{token}"));
        }
        match new {
            Some(token) if shown.is_none() => {
                let file = Self::write(token)?;
                cx.printer
                    .note(&format!("the token is in {}", file.0.display()));
                Ok(Some(file))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Writes a file that only this user can read, under a name of its own.
    fn write(token: &Secret) -> Result<Self, Failure> {
        let folder = runtime_folder();
        let path = folder.join(format!("qctl-serve-{}.token", std::process::id()));
        let written = replace(&path).and_then(|mut file| writeln!(file, "{}", token.reveal()));
        match written {
            Ok(()) => Ok(Self(path)),
            Err(error) => {
                let what = format!("cannot write the token to {} ({error})", path.display());
                Err(Failure::new(Exit::Failed, what).with_hint("pass a token with --auth-file"))
            }
        }
    }
}

fn is_url(address: &str) -> bool {
    address.starts_with("http")
}

/// Creates a file in place of one that a killed process of the same id has left. It never follows a link: in a shared
/// folder, others may have put one there.
fn replace(path: &Path) -> io::Result<fs::File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // Whoever has removed it already does no harm.
        drop(fs::remove_file(&self.0));
    }
}
