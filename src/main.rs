//! The binary: one call.

use std::process::ExitCode;

fn main() -> ExitCode {
    qctl::run(std::env::args_os())
}
