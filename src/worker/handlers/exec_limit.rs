//! The system's limits on the arguments and the environment of a program. `E2BIG` says that something is too large, but
//! not what.

use std::ffi::OsString;

use super::environment::Variables;
use super::guardian::is_for_commands;

/// Room for the variables of an ordinary task.
pub(super) const TASK_BYTES: usize = 4 * 1024;

/// Bytes, each string with the NUL byte that ends it.
struct Limits {
    /// One argument, or one variable with its name.
    one: usize,
    /// All of them.
    all: usize,
}

impl Limits {
    #[cfg(target_os = "linux")]
    fn of_this_system() -> Self {
        // As in `bprm_stack_limits` and `MAX_ARG_STRLEN` of the kernel.
        let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
        let quarter = stack.map_or(usize::MAX, |bytes| {
            usize::try_from(bytes / 4).unwrap_or(usize::MAX)
        });
        Self {
            one: 32 * rustix::param::page_size(),
            all: quarter.clamp(128 * 1024, 6 * 1024 * 1024),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn of_this_system() -> Self {
        let all = 1024 * 1024;
        Self { one: all, all }
    }
}

/// Why these words cannot be started as a program with these variables in the environment of this process, whatever the task.
pub(crate) fn refusal(words: &[String], env: &Variables) -> Option<String> {
    let words = words.iter().enumerate().map(|(at, word)| {
        let what = match at {
            0 => "the name of the program".to_owned(),
            _ => format!("argument {at} of the program"),
        };
        (what, word.len() + 1, word.contains('\0'))
    });
    let inherited = std::env::vars_os().filter(|(name, _)| {
        is_for_commands(name) && !env.iter().any(|(set, _)| set.as_str() == name)
    });
    let set = env.iter().map(|(name, value)| (name.into(), value.into()));
    let variables = inherited.chain(set);
    let variables = variables.map(|(name, value): (OsString, OsString)| {
        let what = format!("the environment variable {}", name.display());
        (what, name.len() + value.len() + 2, false)
    });
    let limits = Limits::of_this_system();
    let mut all = TASK_BYTES;
    let mut largest = (String::new(), 0);
    for (what, bytes, has_nul) in words.chain(variables) {
        if has_nul {
            return Some(format!("{what} contains a NUL byte"));
        }
        if bytes > limits.one {
            let limit = limits.one;
            return Some(format!(
                "{what} is {bytes} bytes long, and the system allows {limit}"
            ));
        }
        all += bytes + size_of::<usize>();
        if bytes > largest.1 {
            largest = (what, bytes);
        }
    }
    (all > limits.all).then(|| {
        let (what, bytes) = largest;
        let limit = limits.all;
        format!(
            "its arguments and the environment are {all} bytes long, and the system allows {limit}; \
             the largest is {what} with {bytes} bytes"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::refusal;

    fn words(last: String) -> Vec<String> {
        vec!["sh".to_owned(), "-c".to_owned(), last]
    }

    #[test]
    fn words_that_no_program_can_be_started_with_are_named() {
        let refusal = |words: &[String]| super::refusal(words, &Vec::new());
        assert_eq!(refusal(&words("true".to_owned())), None);
        let said = refusal(&words("x".repeat(9_000_000))).unwrap();
        assert!(
            said.contains("argument 2 of the program is 9000001 bytes long"),
            "{said}"
        );
        let said = refusal(&words("a\0b".to_owned())).unwrap();
        assert_eq!(said, "argument 2 of the program contains a NUL byte");
    }

    #[test]
    fn variables_of_the_handler_count_too() {
        let env = vec![("LONG".to_owned(), "x".repeat(9_000_000))];
        let said = refusal(&words("true".to_owned()), &env).unwrap();
        let start = "the environment variable LONG is 9000006 bytes long, and the system allows ";
        assert!(said.starts_with(start), "{said}");
    }

    #[test]
    fn many_small_words_are_too_much_together() {
        let said = refusal(&vec!["x".repeat(1000); 10_000], &Vec::new()).unwrap();
        assert!(
            said.starts_with("its arguments and the environment are "),
            "{said}"
        );
    }
}
