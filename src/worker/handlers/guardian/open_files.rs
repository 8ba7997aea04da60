//! How many files this process may have open. Each running command takes up to six of them, and the usual limit of 1024 is
//! meant for programs that use `select`. So the worker raises its own limit, and what it starts gets the one from before.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Linux allows no more by default (`fs.nr_open`), and macOS no infinity.
const MAX_OPEN_FILES: u64 = 1 << 20;

/// How many files this process can have open at most: the limit up to which it may raise its own.
pub(crate) fn ceiling() -> u64 {
    let most = getrlimit(Resource::Nofile).maximum;
    most.unwrap_or(MAX_OPEN_FILES).min(MAX_OPEN_FILES)
}

/// Raises the limit of this process as far as it goes. Returns the former limit, the same each time; `None`: it is still in
/// effect.
pub(crate) fn raise() -> Option<u64> {
    static FORMER: OnceLock<Option<u64>> = OnceLock::new();
    *FORMER.get_or_init(|| {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let (former, most) = (current?, ceiling());
        let raised = Rlimit {
            current: Some(most),
            maximum,
        };
        (most > former && setrlimit(Resource::Nofile, raised).is_ok()).then_some(former)
    })
}

/// Gives this process the limit that its parent had before it raised its own.
pub(crate) fn restore(former: u64) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let lowered = Rlimit {
        current: Some(former),
        maximum,
    };
    // A limit can always be lowered.
    setrlimit(Resource::Nofile, lowered).ok();
}
