//! Programs whose wall clock is wrong.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use tempfile::{NamedTempFile, TempDir};

use super::qctl::Qctl;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Seconds by which the clocks of machines are wrong, in both directions.
pub(crate) const SHIFTS: [i64; 4] = [HOUR, -HOUR, DAY, -DAY];

/// The variables that give a program a wall clock that is so many seconds ahead.
pub(super) fn ahead(seconds: i64) -> [(&'static str, OsString); 2] {
    let path = folder().join(seconds.to_string());
    shift_clock(&path, seconds);
    variables(&path)
}

/// Shifts the clock of the programs that look into this file, in one step: a program that read it empty, between its
/// truncation and the write, would have the right time for a moment.
pub(crate) fn shift_clock(path: &Path, seconds: i64) {
    let mut file = NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    write!(file, "{seconds}").unwrap();
    file.persist(path).unwrap();
}

fn variables(shift: &Path) -> [(&'static str, OsString); 2] {
    [
        ("LD_PRELOAD", folder().join("clock.so").into()),
        ("CLOCK_SHIFT", shift.into()),
    ]
}

/// Where the library is that shifts clocks. The C compiler that links the tests builds it.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = TempDir::with_prefix("qctl-clock-").unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/shifted_clock.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(folder.path().join("clock.so"))
            .arg(source)
            .status();
        assert!(built.unwrap().success());
        folder
    });
    folder.path()
}

impl Qctl {
    /// The program, with a wall clock that is so many seconds ahead.
    pub(crate) fn clock_ahead(self, seconds: i64) -> Self {
        let variables = ahead(seconds).into_iter();
        variables.fold(self, |qctl, (name, value)| qctl.env(name, value))
    }

    /// The program, with a wall clock that is as many seconds ahead as this file says at the time.
    pub(crate) fn clock_ahead_as_in(self, shift: &Path) -> Self {
        let variables = variables(shift).into_iter();
        variables.fold(self, |qctl, (name, value)| qctl.env(name, value))
    }
}
