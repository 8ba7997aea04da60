//! What the guides and examples tell users to type is what the program takes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::qctl::Qctl;
use crate::harness::redis::Redis;
use crate::harness::tools::sources;

/// The image, as the guides call it.
const IMAGE: &str = concat!("qctl:", env!("CARGO_PKG_VERSION"));

fn text(path: &str) -> String {
    fs::read_to_string(sources().join(path)).unwrap()
}

/// README.md and the pages in docs.
fn guides() -> Vec<PathBuf> {
    let docs = fs::read_dir(sources().join("docs")).unwrap();
    let mut guides: Vec<PathBuf> = docs.map(|file| file.unwrap().path()).collect();
    guides.push(sources().join("README.md"));
    guides.sort();
    guides
}

/// The blocks of code in one of these languages.
fn blocks<'a>(page: &'a str, languages: &[&str]) -> Vec<&'a str> {
    let parts = page.split("\n```").skip(1).step_by(2);
    let blocks = parts.filter_map(|block| block.split_once('\n'));
    let wanted = blocks.filter(|(language, _)| languages.contains(language));
    wanted.map(|(_, code)| code).collect()
}

/// The commands of qctl on a page, in blocks and within sentences, without the program's name.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for block in blocks(page, &["sh", "console"]) {
        let joined = block.replace("\\\n", " ");
        lines.extend(
            joined
                .lines()
                .map(|line| line.trim_start_matches("$ ").to_owned()),
        );
    }
    for (place, code) in page.split('`').enumerate() {
        if place % 2 == 1 && !code.contains('\n') {
            lines.push(code.to_owned());
        }
    }
    let mut found = Vec::new();
    for line in &lines {
        for command in line.split(" | ").flat_map(|part| part.split(" && ")) {
            // An example with something left out.
            if command.contains('…') || command.contains("$(") {
                continue;
            }
            let Some(words) = shlex::split(command) else {
                continue;
            };
            let program = words
                .iter()
                .position(|word| word == "qctl" || word == IMAGE);
            let Some(at) = program else { continue };
            let runs_it = at == 0 || words[0] == "docker";
            let args: Vec<String> = words[at + 1..]
                .iter()
                .take_while(|word| ![">", "<", ">>", "&"].contains(&word.as_str()))
                .cloned()
                .collect();
            if runs_it && !args.is_empty() {
                found.push(args);
            }
        }
    }
    found
}

/// A line that is no command to be typed, such as a placeholder for one.
fn is_placeholder(args: &[String]) -> bool {
    let first = args[0].as_str();
    first.chars().all(|c| c.is_uppercase() || c == '[') || first.contains('|') || first == "doctor:"
}

/// Whether the program takes these arguments. Help ends the reading, so whatever stands in front of it has been read.
fn takes(args: &[String]) -> Result<(), String> {
    // The one placeholder whose values are known. What stands behind `--` is another program's.
    let typed = args
        .iter()
        .map(|arg| if arg == "CODE" { "lost-task" } else { arg });
    let typed = typed.take_while(|arg| *arg != "--");
    let output = Qctl::alone().args(typed).arg("--help").run_unchecked();
    match output.code {
        Some(0) => Ok(()),
        _ => Err(format!(
            "qctl {}\n{}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

#[test]
fn every_command_in_the_guides_is_one_that_the_program_takes() {
    let mut refused = Vec::new();
    let mut count = 0;
    for guide in guides() {
        let page = fs::read_to_string(&guide).unwrap();
        for args in commands(&page).iter().filter(|args| !is_placeholder(args)) {
            count += 1;
            if let Err(error) = takes(args) {
                refused.push(format!("{}: {error}", guide.display()));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(count > 150, "only {count} commands were found");
}

#[test]
fn the_commands_of_the_guides_run() {
    let redis = Redis::start();
    for (queue, id) in [("critical", "first"), ("low", "second")] {
        let args = ["enqueue", "email:deliver", "--queue", queue, "--id", id];
        Qctl::new(&redis).args(args).run_unchecked().expect_code(0);
    }
    let add = [
        "cron",
        "add",
        "nightly",
        "0 3 * * *",
        "email:deliver",
        "--queue",
        "critical",
    ];
    Qctl::new(&redis).args(add).run_unchecked().expect_code(0);
    let pages = ["migrating", "cookbook", "troubleshooting", "ci"];
    let commands = pages.map(|page| commands(&text(&format!("docs/{page}.md"))));
    let commands = commands.concat();
    // Those that go on, and those that need files, handlers or names which are not here.
    let ends = |args: &&Vec<String>| {
        let words = ["work", "serve", "dash", "dev", "try", "wait"];
        !words.contains(&args[0].as_str())
            && !is_placeholder(args)
            && !args.iter().any(|arg| {
                [
                    "--watch",
                    "--from",
                    "--file",
                    "-f",
                    "run-scheduler",
                    "URL",
                    "CODE",
                    "QUEUE",
                    "NAME",
                    "-",
                ]
                .contains(&arg.as_str())
                    || arg.starts_with('@')
            })
    };
    for args in commands.iter().filter(ends) {
        let output = Qctl::new(&redis).args(args).run_unchecked();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        // There is no task ID, the queue low is not empty, no worker listens, limits are crossed, a question has nobody to answer
        // it here.
        let code = output.code.unwrap();
        let understood = [0, 3, 6, 7].contains(&code) || error.contains("pass --yes");
        let understood = understood || (args[0] == "check" || args[0] == "doctor") && code < 3;
        assert!(
            understood,
            "qctl {}: {:?}\n{error}",
            args.join(" "),
            output.code
        );
    }
}

/// The documents of a YAML file.
fn yaml(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap()
}

fn words(list: &Value) -> Vec<String> {
    let words = list.as_array().unwrap().iter();
    words
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

/// Checks a configuration for a worker.
#[track_caller]
fn check_worker(toml: &str) -> Value {
    let qctl = Qctl::alone().file("secrets/redis-password", "secret\n");
    let check = qctl
        .file("qctl.toml", toml.replace("/run/secrets/qctl", "secrets"))
        .args(["work", "--check", "--json"]);
    check
        .env_remove("QCTL_REDIS")
        .run_unchecked()
        .expect_code(0)
        .json()
}

/// Seconds, as a duration in a file is written.
fn seconds(document: &Value) -> f64 {
    document["shutdown_timeout_seconds"].as_f64().unwrap()
}

#[test]
fn the_example_for_kubernetes_fits_the_program() {
    let documents = yaml("examples/kubernetes.yaml");
    let of_kind = |kind: &str| {
        documents
            .iter()
            .filter(|one| one["kind"] == kind)
            .collect::<Vec<_>>()
    };
    let toml = of_kind("ConfigMap")[0]["data"]["qctl.toml"]
        .as_str()
        .unwrap();
    let plan = check_worker(toml);
    let deployments = of_kind("Deployment");
    assert_eq!(deployments.len(), 2);
    for deployment in deployments {
        let pod = &deployment["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let args = words(&container["args"]);
        takes(&args).unwrap();
        let listens = if args[0] == "work" {
            toml
        } else {
            &args.join(" ")
        };
        let port = &container["ports"][0];
        let address = format!("0.0.0.0:{}", port["containerPort"]);
        assert!(listens.contains(&address), "{address}");
        for (probe, path) in [("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")] {
            assert_eq!(container[probe]["httpGet"]["path"], path);
            assert_eq!(container[probe]["httpGet"]["port"], port["name"]);
        }
        if args[0] == "work" {
            let grace = pod["terminationGracePeriodSeconds"].as_f64().unwrap();
            assert!(grace >= seconds(&plan) + 10.0, "{grace}");
        } else {
            assert_eq!(container["image"], IMAGE);
        }
    }
}

#[test]
fn the_example_for_compose_fits_the_program() {
    let compose = yaml("examples/compose.yaml").remove(0);
    for service in ["worker", "page"] {
        let service = &compose["services"][service];
        assert_eq!(service["image"], IMAGE);
        takes(&words(&service["command"])).unwrap();
    }
    let worker = words(&compose["services"]["worker"]["command"]);
    let plan = Qctl::alone().args(&worker).args(["--check", "--json"]);
    let plan = plan.run_unchecked().expect_code(0).json();
    let grace = compose["services"]["worker"]["stop_grace_period"]
        .as_str()
        .unwrap();
    let grace: f64 = grace.trim_end_matches('s').parse().unwrap();
    assert!(grace > 2.0 * seconds(&plan), "{grace}");
}

#[test]
fn the_configurations_for_systemd_are_right() {
    let page = text("docs/systemd.md");
    let files = blocks(&page, &["toml"]);
    let plan = check_worker(files[0]);
    let unit = text("packaging/systemd/qctl-worker@.service");
    let stop = unit
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="));
    assert!(stop.unwrap().parse::<f64>().unwrap() >= 2.0 * seconds(&plan));
    let listed = Qctl::alone()
        .file("serve.toml", files[1])
        .args(["ls", "--config", "serve.toml"]);
    // The mistake would be 2.
    listed.run_unchecked().expect_code(5);
    for unit in ["qctl-worker@.service", "qctl-serve.service"] {
        assert!(
            page.contains(unit)
                && Path::new(&sources().join("packaging/systemd").join(unit)).exists()
        );
    }
}
