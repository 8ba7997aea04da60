//! Completion in real shells, on a real terminal: colons, blanks and quotes in names.

use std::path::Path;

use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tmux::Tmux;
use crate::harness::tools::has_tools;
use crate::harness::{SOON, within};

const SIZE: (u16, u16) = (100, 20);

/// A shell at its prompt, with completions loaded.
fn shell(redis: &Redis, start: &str, load: &str) -> Option<Tmux> {
    let name = start.split(' ').next().unwrap();
    if !has_tools(&[name], &format!("completion in {name}")) {
        return None;
    }
    let folder = Path::new(env!("CARGO_BIN_EXE_qctl")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
    let tmux = Tmux::running(
        &redis.url(),
        SIZE,
        start,
        &[("PATH", &path), ("PS1", "at> ")],
    )?;
    tmux.text(load).keys("Enter");
    tmux.text("clear; echo loa''ded").keys("Enter");
    tmux.sees(&["loaded"]);
    Some(tmux)
}

fn redis() -> Redis {
    let redis = Redis::start();
    for id in [
        "email:welcome:1",
        "it's a \"task\"",
        "two words",
        "fifty%of$all",
    ] {
        let args = [
            "enqueue",
            "email:deliver",
            "--queue",
            "critical",
            "--id",
            id,
        ];
        Qctl::new(&redis).args(args).run_unchecked().expect_code(0);
    }
    redis
}

/// Completes each line, runs it, and looks at what the program has got.
fn completes(tmux: &Tmux, lines: &[(&str, &str, &str)]) {
    for (typed, completed, printed) in lines {
        tmux.text("clear").keys("Enter");
        tmux.until("an empty screen", |screen| {
            screen
                .lines()
                .filter(|line| !line.trim().is_empty())
                .count()
                <= 1
        });
        tmux.text(typed);
        // On a busy machine, the time that a completion may take is over before anything is known: then it offers nothing.
        let offered = (0..5).any(|_| {
            tmux.keys("Tab");
            within(SOON / 5, || tmux.screen().contains(completed).then_some(())).is_some()
        });
        assert!(offered, "{completed:?} is not offered:\n{}", tmux.screen());
        tmux.text(" -o id").keys("Enter");
        tmux.until(&format!("{printed:?} on a line"), |screen| {
            screen.lines().any(|line| line.trim_end() == *printed)
        });
    }
}

/// What is typed, what it becomes, and what the command prints then.
const EVERYWHERE: [(&str, &str, &str); 4] = [
    (
        "qctl inspect ema",
        "inspect email:welcome:1",
        "email:welcome:1",
    ),
    (
        "qctl inspect email:wel",
        "inspect email:welcome:1",
        "email:welcome:1",
    ),
    (
        "qctl ls tasks -t email:del",
        "-t email:deliver",
        "two words",
    ),
    (
        "qctl ls tasks -l 1 --queue=cri",
        "--queue=critical",
        "email:welcome:1",
    ),
];

#[test]
fn bash() {
    let redis = redis();
    let Some(bash) = shell(
        &redis,
        "bash --norc --noprofile",
        "source <(qctl completions bash)",
    ) else {
        return;
    };
    completes(&bash, &EVERYWHERE);
    completes(
        &bash,
        &[
            (
                "qctl inspect it",
                "inspect it\\'s\\ a\\ \\\"task\\\"",
                "it's a \"task\"",
            ),
            ("qctl inspect tw", "inspect two\\ words", "two words"),
            ("qctl inspect two\\ w", "inspect two\\ words", "two words"),
            ("qctl inspect 'two w", "inspect 'two words'", "two words"),
            ("qctl inspect \"two w", "inspect \"two words\"", "two words"),
            (
                "qctl inspect \"email:wel",
                "inspect \"email:welcome:1\"",
                "email:welcome:1",
            ),
            (
                "qctl inspect \"fif",
                "inspect \"fifty%of\\$all\"",
                "fifty%of$all",
            ),
            ("qctl inspect fif", "inspect fifty%of\\$all", "fifty%of$all"),
        ],
    );
}

#[test]
fn zsh() {
    let redis = redis();
    let load = "autoload -U compinit; compinit -u -D; source <(qctl completions zsh)";
    let Some(zsh) = shell(&redis, "zsh -f", load) else {
        return;
    };
    completes(&zsh, &EVERYWHERE);
    completes(
        &zsh,
        &[
            (
                "qctl inspect it",
                "inspect it\\'s\\ a\\ \\\"task\\\"",
                "it's a \"task\"",
            ),
            ("qctl inspect two\\ w", "inspect two\\ words", "two words"),
            ("qctl inspect 'two w", "inspect 'two words'", "two words"),
            ("qctl inspect fif", "inspect fifty%of\\$all", "fifty%of$all"),
        ],
    );
}

#[test]
fn fish() {
    let redis = redis();
    let load = "function fish_prompt; printf \"at> \"; end; qctl completions fish | source";
    let Some(fish) = shell(&redis, "fish --no-config --private", load) else {
        return;
    };
    completes(&fish, &EVERYWHERE);
    completes(
        &fish,
        &[
            (
                "qctl inspect it",
                "inspect it\\'s\\ a\\ \\\"task\\\"",
                "it's a \"task\"",
            ),
            ("qctl inspect two\\ w", "inspect two\\ words", "two words"),
            ("qctl inspect 'two w", "inspect 'two words'", "two words"),
            (
                "qctl inspect fif",
                "inspect fifty\\%of\\$all",
                "fifty%of$all",
            ),
        ],
    );
}
