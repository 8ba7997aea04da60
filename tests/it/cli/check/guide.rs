//! Each command in `docs/monitoring.md` runs.

use std::path::Path;

use qctl::task::State;

use crate::cli::put;
use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;

fn guide() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/monitoring.md");
    std::fs::read_to_string(path).unwrap()
}

/// The commands of the guide, as lines for a shell.
fn commands() -> Vec<String> {
    let guide = guide();
    let blocks = guide.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines).map(str::trim);
    let found = lines.filter_map(|line| {
        if let Some(typed) = line.strip_prefix("$ ") {
            return Some(typed.to_owned());
        }
        if let Some(nagios) = line.strip_prefix("command_line") {
            let service = guide
                .lines()
                .find(|line| line.contains("check_qctl!"))
                .unwrap();
            let arguments = service.split('!').skip(1).enumerate();
            let filled = arguments.fold(nagios.trim().to_owned(), |line, (index, argument)| {
                line.replace(&format!("$ARG{}$", index + 1), argument)
            });
            return Some(filled.replace("/usr/bin/qctl", "qctl"));
        }
        if let Some(cron) = line.strip_prefix("* * * * *") {
            return Some(cron.trim().replace("/var/lib/node_exporter/", "./"));
        }
        if let Some(list) = line.strip_prefix("command: [") {
            let words: Vec<String> = serde_json::from_str(&format!("[{list}")).unwrap();
            return Some(words.join(" "));
        }
        line.starts_with("qctl ").then(|| line.to_owned())
    });
    found.collect()
}

/// The command of Icinga, with values for its variables.
fn icinga() -> String {
    let guide = guide();
    let (_, rest) = guide.split_once("command = [").unwrap();
    let (words, rest) = rest.split_once(']').unwrap();
    let mut words: Vec<String> = serde_json::from_str(&format!("[{words}]")).unwrap();
    for argument in rest.lines().take_while(|line| !line.starts_with('}')) {
        let Some((option, variable)) = argument.split_once(" = \"$") else {
            continue;
        };
        let value = match variable.trim_end_matches("$\"") {
            "qctl_redis" => "redis://redis.example:6379",
            "qctl_queue" => "critical",
            "qctl_max_pending" => "1,9",
            "qctl_max_latency" => "1m,5m",
            "qctl_max_failed_rate" => "5%,20%",
            "qctl_min_workers" => "2,1",
            other => panic!("{other:?} has no value"),
        };
        words.push(option.trim().trim_matches('"').to_owned());
        words.push(value.to_owned());
    }
    words.join(" ").replace("/usr/bin/qctl", "qctl")
}

#[test]
fn each_command_of_the_guide_gives_a_verdict() {
    let redis = Redis::start();
    for queue in ["critical", "low", "reports"] {
        put(&redis, queue, "a", State::Pending);
    }
    redis.cmd(&["CONFIG", "SET", "maxmemory", "1gb"]);
    let folder = Path::new(env!("CARGO_BIN_EXE_qctl")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut commands = commands();
    commands.push(icinga());
    assert_eq!(commands.len(), 9, "{commands:#?}");
    for command in commands {
        let line = command.replace("redis://redis.example:6379", &redis.url());
        let run = Qctl::played_by(&line)
            .env("PATH", &path)
            .env("QCTL_REDIS", redis.url());
        let output = run.run_unchecked();
        assert!(matches!(output.code, Some(0..=2)), "{line}: {output:?}");
        assert_eq!(output.stderr_str(), "", "{line}");
    }
}

#[test]
fn the_limits_of_the_guide_are_read() {
    let redis = Redis::start();
    put(&redis, "reports", "a", State::Completed);
    let guide = guide();
    let (_, rest) = guide.split_once("```toml\n").unwrap();
    let (file, _) = rest.split_once("```").unwrap();
    let check = Qctl::new(&redis).args(["check", "-o", "id"]);
    check.file("qctl.toml", file).run();
    // The options and the keys are those of the table.
    let help = Qctl::alone().args(["check", "--help"]).run_unchecked();
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `--m"));
    let options: Vec<String> = rows
        .map(|row| format!("--m{}", row.split([' ', '`']).next().unwrap()))
        .collect();
    assert_eq!(options.len(), 11);
    for option in &options {
        assert!(
            help.stdout_str().contains(&format!("{option} <")),
            "{option}"
        );
        let key = format!("`{}`", option[2..].replace('-', "_"));
        assert!(guide.contains(&key), "{key}");
    }
}
