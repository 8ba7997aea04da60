//! What a command gets besides its task, and what it may use.

use qctl::task::Message;
use qctl::task::transition::Verdict;
use qctl::worker::handlers::guardian::{Bounds, UserIds};
use qctl::worker::{Handler as _, Program, Shell, Stopper, Surroundings};

use super::stage::{Outcome, Stage, attempt, bytes};

async fn run(stage: &Stage, line: &str, surroundings: Surroundings) -> Outcome {
    let shell = Shell {
        surroundings,
        ..stage.shell(Program::Run(line.to_owned()))
    };
    let (_stopper, stop) = Stopper::new();
    let ran = shell.run(&attempt(Message::default()), stop).await;
    ran.map(bytes)
}

async fn bounded(stage: &Stage, line: &str, bounds: Bounds) -> Outcome {
    let bounds = Some(bounds);
    let surroundings = Surroundings {
        bounds,
        ..Surroundings::default()
    };
    run(stage, line, surroundings).await
}

async fn text(stage: &Stage, line: &str, bounds: Bounds) -> String {
    String::from_utf8(bounded(stage, line, bounds).await.unwrap()).unwrap()
}

#[tokio::test]
async fn variables_and_the_working_directory_are_those_of_the_handler() {
    let stage = Stage::new();
    let folder = stage.path(".");
    let surroundings = Surroundings {
        env: vec![("GREETING".to_owned(), "a 'b'".to_owned())],
        cwd: Some(folder.clone()),
        bounds: Some(Bounds::default()),
    };
    let result = run(&stage, "echo $GREETING; pwd -P", surroundings).await;
    let folder = folder.canonicalize().unwrap();
    let expected = format!("a 'b'\n{}\n", folder.display());
    assert_eq!(String::from_utf8(result.unwrap()).unwrap(), expected);
}

#[tokio::test]
async fn a_command_has_its_limits_and_its_priority() {
    let stage = Stage::new();
    let bounds = Bounds {
        nice: Some(7),
        memory: Some(1 << 30),
        cpu_seconds: Some(9),
        files: Some(33),
        processes: Some(4321),
        ..Bounds::default()
    };
    // Not those of the guardian: the next command has none of them.
    let line = "nice; ulimit -v; ulimit -t; ulimit -n; ulimit -u || true";
    let before = text(&stage, "nice; ulimit -n", Bounds::default()).await;
    let limited = text(&stage, line, bounds).await;
    let lines: Vec<&str> = limited.lines().collect();
    assert_eq!(lines[..4], ["7", "1048576", "9", "33"]);
    assert_eq!(
        text(&stage, "nice; ulimit -n", Bounds::default()).await,
        before
    );
}

#[tokio::test]
async fn a_command_that_uses_too_much_processor_time_fails() {
    let stage = Stage::new();
    let bounds = Bounds {
        cpu_seconds: Some(1),
        ..Bounds::default()
    };
    let failed = bounded(&stage, "exec sh -c 'while :; do :; done'", bounds).await;
    assert_eq!(failed.unwrap_err().error, "killed by signal 24 (SIGXCPU)");
}

/// The user of the tests may be anybody; what is not allowed is refused before a worker starts.
#[tokio::test]
async fn a_command_runs_as_another_user_with_all_his_groups() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let stage = Stage::new();
    let bounds = Bounds {
        user: Some(UserIds {
            user: 65_534,
            group: 12_345,
            groups: vec![12_345, 23_456],
        }),
        ..Bounds::default()
    };
    let line = "id -u; id -g; id -G; grep -h ^CapEff /proc/self/status";
    let said = text(&stage, line, bounds).await;
    let none = "CapEff:\t0000000000000000";
    assert_eq!(said, format!("65534\n12345\n12345 23456\n{none}\n"));
}

#[tokio::test]
async fn a_command_that_cannot_become_itself_is_released() {
    let stage = Stage::new();
    let shell = Shell {
        surroundings: Surroundings {
            bounds: Some(Bounds::default()),
            ..Surroundings::default()
        },
        ..stage.shell(Program::Exec(vec!["/nowhere/to/be/found".to_owned()]))
    };
    let (_stopper, stop) = Stopper::new();
    let failure = shell.run(&attempt(Message::default()), stop).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.verdict, Verdict::Release);
    assert!(
        failure
            .error
            .contains("cannot start the command: No such file"),
        "{}",
        failure.error
    );
}
