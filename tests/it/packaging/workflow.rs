//! The release workflow uses no code that others can replace, and has no rights that it does not need.

use std::fs;

use crate::harness::tools::sources;

fn workflow() -> String {
    fs::read_to_string(sources().join(".github/workflows/release.yml")).unwrap()
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let text = workflow();
    let used: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once("uses: ").map(|(_, used)| used))
        .collect();
    assert!(used.len() >= 5, "{used:?}");
    for action in used {
        let (pinned, version) = action
            .split_once(" # v")
            .unwrap_or_else(|| panic!("{action} has no version beside it"));
        let commit = pinned.split_once('@').unwrap().1;
        assert!(
            commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{action}"
        );
        assert!(version.split('.').count() == 3, "{action}");
    }
}

#[test]
fn nothing_that_others_can_write_gets_into_a_script() {
    let text = workflow();
    assert!(
        text.contains("\npermissions: {}\n"),
        "rights are given to jobs, not to all of them"
    );
    for expression in text.split("${{").skip(1) {
        let expression = expression.split("}}").next().unwrap().trim();
        let known = ["matrix.runner", "github.token"];
        assert!(
            known.contains(&expression),
            "{expression}: use a variable of the environment"
        );
    }
    assert!(
        !text.contains("pull_request"),
        "only whoever may push tags starts it"
    );
}
