//! The binary. For now it is nothing but the process that watches over commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("guardian") if qctl::worker::guardian::keep_watch().is_ok() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
