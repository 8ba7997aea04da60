//! Who may import whom: the table of the architecture, checked against the sources.
//!
//! It reads tokens, not types: every path that is written out, be it in a macro, but not what an
//! import under another name leads to. `use redis as r` is seen, a later `r::Client` need not be.

mod circles;
mod source;
mod table;

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

use crate::harness;
use circles::circles;
use source::Source;
use table::{LAYERS, Layer, may_use, rows};

const MAX_LINES: usize = 400;

/// Of the lengths of all files.
const MAX_MEDIAN: usize = 150;

#[test]
fn the_sources_keep_to_their_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut complaints = Vec::new();
    for path in files_below(&root) {
        let text = read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => complaints.extend(check(path, &text)),
            Some("lua") => complaints.extend(check_lua(path, &text)),
            _ => {}
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Neither do two files import each other, nor two folders.
#[test]
fn nothing_is_imported_in_a_circle() {
    let circles = circles(&sources());
    assert!(circles.is_empty(), "\n{}\n", circles.join("\n"));
}

/// What `CONTRIBUTING.md` says about the sources: every layer, and no path that does not exist.
#[test]
fn the_guide_knows_every_layer_and_no_lost_path() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let quoted: Vec<&str> = guide.split('`').skip(1).step_by(2).collect();
    let folder = |layer: &'static Layer| layer.name.split("::").next().unwrap_or_default();
    let exists = |name: &&str| root.join("src").join(name).is_dir();
    let unnamed = LAYERS.iter().map(folder).filter(exists).find(|name| {
        let (path, layer) = (format!("src/{name}"), *name);
        !quoted.iter().any(|quoted| quoted.starts_with(&path)) || !quoted.contains(&layer)
    });
    assert_eq!(unnamed, None, "a layer that CONTRIBUTING.md does not name");
    let lost = quoted.iter().find(|path| {
        let is_path = path.starts_with("src/") || path.starts_with("tests/");
        let is_example = path
            .split(['/', '.'])
            .any(|part| part.len() > 2 && part == part.to_uppercase());
        is_path && !is_example && !root.join(path).exists()
    });
    assert_eq!(lost, None, "a path in CONTRIBUTING.md that does not exist");
}

/// A newcomer finds the room for a new line by these tables.
#[test]
fn a_table_of_files_names_all_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files_below(&root).into_iter();
    let unnamed: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .flat_map(|path| {
            let text = read_to_string(&path).unwrap();
            let place = path.display().to_string();
            let unnamed = modules_outside_the_table(&text).into_iter();
            unnamed
                .map(|module| format!("{place}: {module}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(unnamed.is_empty(), "\n{}\n", unnamed.join("\n"));
}

/// The modules that a file declares and its introduction does not name, if that has a table of files.
fn modules_outside_the_table(text: &str) -> Vec<&str> {
    let introduction: Vec<&str> = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    if !introduction
        .iter()
        .any(|line| line.starts_with("//! | file |"))
    {
        return Vec::new();
    }
    let introduction = introduction.join("\n");
    let quoted = introduction.split('`').skip(1).step_by(2);
    let named: Vec<&str> = quoted.map(|name| name.split('/').next().unwrap()).collect();
    let declared = text.lines().filter_map(|line| {
        let (before, module) = line.strip_suffix(';')?.rsplit_once("mod ")?;
        let visible = before.is_empty() || before.starts_with("pub");
        visible.then_some(module.trim_start_matches("r#"))
    });
    declared
        .filter(|module| !["tests", "properties"].contains(module) && !named.contains(module))
        .collect()
}

#[test]
fn a_module_outside_the_table_is_found() {
    let rest = "//! | `one`, `two/*` | it |\n//!\n//! And `four`.\n\nmod one;\npub(crate) mod two;\nmod r#three;\nmod four;\nmod tests;\n";
    let table = format!("//! Files.\n//!\n//! | file | holds |\n//! | --- | --- |\n{rest}");
    assert_eq!(modules_outside_the_table(&table), ["three"]);
    assert!(modules_outside_the_table(rest).is_empty());
}

#[test]
fn most_files_are_small() {
    let mut lengths: Vec<_> = sources()
        .iter()
        .map(|(_, source)| source.length())
        .collect();
    lengths.sort_unstable();
    let (files, lines) = (lengths.len(), lengths.iter().sum::<usize>());
    let median = lengths[files / 2];
    harness::say(&format!(
        "{files} files, {lines} lines without tests, {median} in the median"
    ));
    assert!(
        median <= MAX_MEDIAN,
        "the median file has {median} lines, {MAX_MEDIAN} at most"
    );
}

/// All files without those of tests, by their paths below `src`.
fn sources() -> Vec<(String, Source)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files_below(&root).into_iter();
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| {
        let text = read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap();
        (
            path.to_string_lossy().into_owned(),
            Source::new(path, &text),
        )
    })
    .filter(|(_, source)| !source.is_test())
    .collect()
}

/// The complaints about one file, `path` being relative to `src`.
fn check(path: &Path, text: &str) -> Vec<String> {
    let source = Source::new(path, text);
    if source.is_test() {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    let mut complain = |line: usize, what: String| {
        complaints.push(format!("src/{}:{line}: {what}", path.display()));
    };
    let module = source.module();
    let Some(layer) = rows(&module).next() else {
        complain(
            1,
            format!("no layer is called `{module}`: add it to the table"),
        );
        return complaints;
    };
    for used in source.used() {
        let krate = used.path.split("::").next().unwrap_or_default();
        let wrong = if used.is_ours && !may_use(&module, &used.path) {
            format!("`crate::{}`", used.path)
        } else if !used.is_ours && layer.refuses.contains(&krate) {
            format!("the crate `{krate}`")
        } else {
            continue;
        };
        complain(used.line, format!("`{}` must not use {wrong}", layer.name));
    }
    if path != Path::new("broker/keys.rs") {
        for line in source.literals(is_key) {
            complain(
                line,
                "a key is spelt out: take it from broker/keys.rs".to_owned(),
            );
        }
    }
    let length = source.length();
    if length > MAX_LINES {
        complain(
            length,
            format!("{length} lines without tests, {MAX_LINES} at most: split it along a noun"),
        );
    }
    complaints
}

/// Error texts of Asynq start like its keys, but go on with a blank.
fn is_key(literal: &str) -> bool {
    literal
        .strip_prefix("asynq:")
        .is_some_and(|rest| !rest.starts_with(' '))
}

/// Scripts get their keys as arguments.
fn check_lua(path: &Path, text: &str) -> Vec<String> {
    let code = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let spelt = code.enumerate().filter(|(_, code)| code.contains("asynq:"));
    spelt
        .map(|(i, _)| {
            format!(
                "src/{}:{}: a key is spelt out: pass it in KEYS",
                path.display(),
                i + 1
            )
        })
        .collect()
}

fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// A check that finds nothing anywhere passes as well.
#[test]
fn what_breaks_a_rule_is_named_with_file_and_line() {
    let complaints = |path: &str, text: &str| check(Path::new(path), text).join("; ");
    assert_eq!(
        complaints("task/new.rs", "\nuse crate::broker::Broker;"),
        "src/task/new.rs:2: `task` must not use `crate::broker::Broker`"
    );
    assert_eq!(
        complaints(
            "worker/fetch.rs",
            "use super::super::view;\nfn f() { redis::cmd(\"x\"); }"
        ),
        "src/worker/fetch.rs:1: `worker` must not use `crate::view`; \
         src/worker/fetch.rs:2: `worker` must not use the crate `redis`"
    );
    assert_eq!(
        complaints(
            "tui/mod.rs",
            "use crate::{output::{style, Printer}, view::Page};"
        ),
        "src/tui/mod.rs:1: `tui` must not use `crate::output::Printer`"
    );
    assert_eq!(
        complaints(
            "broker/conn.rs",
            "#[derive(serde::Serialize)]\nstruct A;\n use ::clap as c;"
        ),
        "src/broker/conn.rs:1: `broker` must not use the crate `serde`; \
         src/broker/conn.rs:3: `broker` must not use the crate `clap`"
    );
    assert_eq!(
        complaints("view/mod.rs", "const KEY: &str = \"asynq:queues\";"),
        "src/view/mod.rs:1: a key is spelt out: take it from broker/keys.rs"
    );
    assert_eq!(
        complaints("clock.rs", &"\n".repeat(401)),
        "src/clock.rs:401: 401 lines without tests, 400 at most: split it along a noun"
    );
    assert_eq!(
        complaints("stray.rs", ""),
        "src/stray.rs:1: no layer is called `stray`: add it to the table"
    );
    assert_eq!(
        check_lua(
            Path::new("broker/lua/x.lua"),
            "-- asynq:queues\nredis.call('GET', 'asynq:x')"
        ),
        ["src/broker/lua/x.lua:2: a key is spelt out: pass it in KEYS"]
    );
}

#[test]
fn what_keeps_the_rules_passes() {
    let passes = |path: &str, text: &str| assert_eq!(check(Path::new(path), text), [""; 0]);
    passes(
        "worker/fetch.rs",
        "use super::phase::Phase;\nuse crate::{broker, task::State};",
    );
    passes(
        "broker/mod.rs",
        "mod keys;\nuse redis::Client;\nuse self::keys::Key;",
    );
    passes(
        "task/transition.rs",
        "const LEASE_EXPIRED: &str = \"asynq: task lease expired\";",
    );
    passes("broker/keys.rs", "const KEY: &str = \"asynq:queues\";");
    passes(
        "task/mod.rs",
        "// crate::broker\n/* redis:: /* clap:: */ */\nconst A: &str = r#\"redis::\"#;",
    );
    passes(
        "task/mod.rs",
        "const A: (char, &'static str) = ('\"', \"\\\"redis::\");\nfn f<'a>(a: &'a str) {}",
    );
    passes(
        "task/new.rs",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n use crate::view::{A};\n fn g() {\"asynq:x\"}\n}",
    );
    passes("task/new/tests.rs", "use crate::view::A;");
    passes(
        "view/mod.rs",
        "use crate::view::text::ago;\nuse std::redis::x;",
    );
}
