//! `qctl completions`. That the committed files are fresh is looked after by `generated`.

use crate::harness::qctl::Qctl;

#[test]
fn no_redis_and_no_configuration_are_needed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = Qctl::alone()
            .args(["completions", shell])
            .run_unchecked()
            .expect_code(0);
        assert!(output.stdout_str().contains("enqueue"), "{shell}");
        assert!(
            !output.stdout_str().contains("guardian"),
            "{shell} offers what nobody should run"
        );
        assert_eq!(output.stderr_str(), "");
    }
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    Qctl::alone()
        .args(["completions", "bsh"])
        .status(2)
        .stderr(
            "
            error: invalid value 'bsh' for '<SHELL>'
              [possible values: bash, elvish, fish, powershell, zsh]

              tip: a similar value exists: 'bash'

            For more information, try '--help'.
            ",
        )
        .run();
}
