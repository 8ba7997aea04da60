//! The dashboard in a real terminal: a tmux server of its own, whose screen can be read.
//!
//! Where tmux is missing, the tests that need it end early and one line says so; `QCTL_REQUIRE_TMUX=1` makes that a
//! failure.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{SOON, say, setting, within};

/// A terminal that runs the program, and then `cat`, so that what it left can be seen.
pub(crate) struct Tmux {
    folder: TempDir,
}

impl Tmux {
    /// The program with these words as its arguments, in so many columns and rows; `None` where tmux is missing.
    pub(crate) fn start(url: &str, (columns, rows): (u16, u16), args: &str) -> Option<Self> {
        Self::with(url, (columns, rows), args, &[])
    }

    /// The same, with further variables.
    pub(crate) fn with(
        url: &str,
        size: (u16, u16),
        args: &str,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        let program = env!("CARGO_BIN_EXE_qctl");
        Self::running(url, size, &format!("{program} {args}"), variables)
    }

    /// Another program, such as a shell, with the variables that qctl would have.
    pub(crate) fn running(
        url: &str,
        (columns, rows): (u16, u16),
        command: &str,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            let required = setting("QCTL_REQUIRE_TMUX").is_some_and(|value| value == "1");
            assert!(!required, "tmux is missing");
            say("skipped: the tests in a terminal, because tmux is missing");
            return None;
        }
        let tmux = Self {
            folder: TempDir::with_prefix("qctl-tmux-").unwrap(),
        };
        let path = setting("PATH").unwrap_or_default();
        let mut environment = format!(
            "HOME={} PATH='{}' TERM=screen-256color TZ=UTC LC_ALL=C.UTF-8 QCTL_REDIS={url}",
            tmux.file("").display(),
            path.display(),
        );
        for (name, value) in variables {
            write!(environment, " {name}='{value}'").unwrap();
        }
        // The shell passes its id on with `exec`.
        let script = format!(
            "cd {}; echo before; stty -g > settings.before\n\
             env -i {environment} sh -c 'echo $$ > pid; exec {command}'\n\
             code=$?; stty -g > settings.after; echo \"left with $code\"; exec cat\n",
            tmux.file("").display(),
        );
        std::fs::write(tmux.file("script"), script).unwrap();
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let script = tmux.file("script");
        let run = format!("exec sh {}", script.display());
        tmux.run(["new-session", "-d", "-x", &columns, "-y", &rows, &run]);
        tmux.run(["set", "-g", "set-clipboard", "on"]);
        Some(tmux)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(self.file("socket"))
            .args(args)
            .env_remove("TMUX")
            .output()
            .unwrap();
        assert!(output.status.success(), "tmux: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Presses keys, named as tmux does: `Enter`, `Escape`, `C-c`, `R`.
    pub(crate) fn keys(&self, keys: &str) -> &Self {
        let mut args = vec!["send-keys"];
        args.extend(keys.split(' '));
        self.run(args);
        self
    }

    /// Types a text as it is.
    pub(crate) fn text(&self, text: &str) -> &Self {
        self.run(["send-keys", "-l", text]);
        self
    }

    /// What the screen shows now.
    pub(crate) fn screen(&self) -> String {
        self.run(["capture-pane", "-p"])
    }

    /// The same, with the escape sequences of colors and attributes.
    pub(crate) fn painted(&self) -> String {
        self.run(["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen passes, and returns it.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, passes: impl FnMut(&str) -> bool) -> String {
        self.until_within(SOON, what, passes)
    }

    /// The same, for something that takes longer.
    #[track_caller]
    pub(crate) fn until_within(
        &self,
        patience: Duration,
        what: &str,
        mut passes: impl FnMut(&str) -> bool,
    ) -> String {
        let mut last = String::new();
        let found = within(patience, || {
            last = self.screen();
            passes(&last).then(|| last.clone())
        });
        found.unwrap_or_else(|| panic!("the screen did not show {what}:\n{last}"))
    }

    /// Waits until the screen shows all of these texts.
    #[track_caller]
    pub(crate) fn sees(&self, texts: &[&str]) -> String {
        self.until(&format!("{texts:?}"), |screen| {
            texts.iter().all(|text| screen.contains(text))
        })
    }

    /// Waits until the screen no longer shows a text.
    #[track_caller]
    pub(crate) fn loses(&self, text: &str) -> String {
        self.until(&format!("no {text:?}"), |screen| !screen.contains(text))
    }

    pub(crate) fn resize(&self, (columns, rows): (u16, u16)) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.run(["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// Presses a key at the moment at which the size changes.
    pub(crate) fn resize_with(&self, (columns, rows): (u16, u16), key: &str) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let resize = ["resize-window", "-x", &columns, "-y", &rows];
        let press = [";", "send-keys", key];
        self.run(resize.into_iter().chain(press));
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = std::fs::read_to_string(self.file("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until the program has ended with this code, and checks that the terminal is as it was before.
    #[track_caller]
    pub(crate) fn left(&self, code: i32) -> String {
        let screen = self.sees(&["before", &format!("left with {code}")]);
        let [before, after] = ["settings.before", "settings.after"]
            .map(|name| std::fs::read_to_string(self.file(name)).unwrap());
        assert_eq!(before, after, "the settings of the terminal");
        let flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}";
        let flags = self.run(["display-message", "-p", flags]);
        assert_eq!(flags.trim(), "0 1 0", "screen, cursor, mouse");
        screen
    }

    /// The text that was copied last.
    pub(crate) fn clipboard(&self) -> String {
        within(SOON, || {
            let buffers = self.run(["list-buffers"]);
            (!buffers.is_empty()).then(|| self.run(["show-buffer"]))
        })
        .unwrap()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let mut end = Command::new("tmux");
        end.arg("-S").arg(self.file("socket")).arg("kill-server");
        drop(end.env_remove("TMUX").output());
    }
}
