//! Which file imports which, and the circles among files and among the children of each folder.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::source::{Source, Used};

/// Who imports whom, and in which line for the first time.
#[derive(Default)]
struct Graph(BTreeMap<String, BTreeMap<String, String>>);

/// The files of the crate by module path (`""` is `lib.rs`), and what names mean that they import: others
/// may use a name from there, as `super::Context`.
#[derive(Default)]
struct Modules {
    files: BTreeMap<String, String>,
    imported: BTreeMap<(String, String), String>,
}

/// The circles among these files, a line each. `sources` are paths relative to `src` with their text.
pub(super) fn circles(sources: &[(String, Source)]) -> Vec<String> {
    let imports = Graph::of_files(sources);
    let mut found = imports.circles();
    let folders = sources
        .iter()
        .filter_map(|(path, _)| Path::new(path).parent());
    let folders: BTreeSet<_> = folders
        .flat_map(Path::ancestors)
        .filter_map(Path::to_str)
        .collect();
    for folder in folders {
        for circle in imports.of_children(folder).circles() {
            // Two files of the folder itself: found already.
            if found.iter().all(|known| known.places != circle.places) {
                found.push(circle);
            }
        }
    }
    let text = |Circle { way, places }| {
        let places: Vec<_> = places.into_iter().collect();
        format!(
            "import circle {}, by {}",
            way.join(" -> "),
            places.join(", ")
        )
    };
    found.into_iter().map(text).collect()
}

struct Circle {
    way: Vec<String>,
    places: BTreeSet<String>,
}

impl Modules {
    fn new(sources: &[(String, Source)]) -> Self {
        let mut modules = Self::default();
        let module_of = |path: &str, source: &Source| match path {
            "lib.rs" => String::new(),
            _ => source.module(),
        };
        for (path, source) in sources {
            modules.files.insert(module_of(path, source), path.clone());
        }
        for (path, source) in sources {
            let module = module_of(path, source);
            for used in source.used() {
                if let (Some(name), Some(target)) =
                    (&used.imported_as, modules.ours(&module, &used))
                {
                    let key = (module.clone(), name.clone());
                    modules.imported.insert(key, target);
                }
            }
        }
        modules
    }

    /// The path from the crate's root, if it is one of ours: child modules need no `self::`.
    fn ours(&self, module: &str, used: &Used) -> Option<String> {
        let head = used.path.split("::").next().unwrap_or_default();
        if used.is_ours {
            Some(used.path.clone())
        } else if self.files.contains_key(&join(module, head)) {
            Some(join(module, &used.path))
        } else {
            None
        }
    }

    /// The file that defines what a path names, through all imports on the way.
    fn file(&self, path: &str) -> Option<&String> {
        let mut module = String::new();
        let mut rest: VecDeque<String> = path.split("::").map(str::to_owned).collect();
        let mut hops = 0;
        while let Some(segment) = rest.pop_front() {
            let child = join(&module, &segment);
            if self.files.contains_key(&child) {
                module = child;
            } else if let Some(target) = self.imported.get(&(module.clone(), segment)) {
                hops += 1;
                assert!(hops < 50, "`{path}` is passed on in a circle");
                module.clear();
                for segment in target.rsplit("::") {
                    rest.push_front(segment.to_owned());
                }
            } else {
                break;
            }
        }
        self.files.get(&module)
    }
}

fn join(module: &str, segment: &str) -> String {
    if module.is_empty() {
        segment.to_owned()
    } else {
        format!("{module}::{segment}")
    }
}

impl Graph {
    fn of_files(sources: &[(String, Source)]) -> Self {
        let modules = Modules::new(sources);
        let mut graph = Self::default();
        for (path, source) in sources {
            for used in source.used() {
                let target = modules.ours(&source.module(), &used);
                let target = target.and_then(|target| modules.file(&target));
                if let Some(target) = target
                    && !used.is_passed_on
                    && target != path
                {
                    graph.add(path, target, &format!("{path}:{}", used.line));
                }
            }
        }
        graph
    }

    fn add(&mut self, from: &str, to: &str, place: &str) {
        let targets = self.0.entry(from.to_owned()).or_default();
        targets
            .entry(to.to_owned())
            .or_insert_with(|| place.to_owned());
    }

    /// The same imports, with each file of a deeper folder counted for the child of `folder` that it is in.
    /// `work.rs` and `work/` are one child; `mod.rs` is one by itself.
    fn of_children(&self, folder: &str) -> Self {
        let child = |path: &str| {
            let inside = Path::new(path).strip_prefix(folder).ok()?;
            let first = Path::new(inside.iter().next()?).with_extension("");
            Some(Path::new(folder).join(first).to_string_lossy().into_owned())
        };
        let mut graph = Self::default();
        for (from, targets) in &self.0 {
            for (to, place) in targets {
                if let (Some(from), Some(to)) = (child(from), child(to))
                    && from != to
                {
                    graph.add(&from, &to, place);
                }
            }
        }
        graph
    }

    /// For each import that a way leads back from: the shortest circle through it.
    fn circles(&self) -> Vec<Circle> {
        let mut circles: Vec<Circle> = Vec::new();
        for (from, targets) in &self.0 {
            for to in targets.keys() {
                let Some(way) = self.way(to, from) else {
                    continue;
                };
                let steps = way.iter().zip(way.iter().cycle().skip(1));
                let places = steps.map(|(from, to)| self.0[from][to].clone()).collect();
                if circles.iter().all(|known| known.places != places) {
                    circles.push(Circle { way, places });
                }
            }
        }
        circles
    }

    /// The shortest way from one to another, both included.
    fn way(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut before = BTreeMap::from([(from, from)]);
        let mut next = VecDeque::from([from]);
        while let Some(here) = next.pop_front() {
            if here == to {
                let mut way = vec![here.to_owned()];
                let mut at = here;
                while at != from {
                    at = before[at];
                    way.insert(0, at.to_owned());
                }
                return Some(way);
            }
            for target in self.0.get(here).into_iter().flat_map(BTreeMap::keys) {
                if !before.contains_key(target.as_str()) {
                    before.insert(target, here);
                    next.push_back(target);
                }
            }
        }
        None
    }
}

#[test]
fn circles_are_found_among_files_and_folders() {
    let found = |files: &[(&str, &str)]| {
        let source =
            |(path, text): &(&str, &str)| ((*path).to_owned(), Source::new(Path::new(path), text));
        circles(&files.iter().map(source).collect::<Vec<_>>())
    };
    assert_eq!(
        found(&[
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "\nfn f() { crate::a::f() }")
        ]),
        ["import circle b.rs -> a.rs, by a.rs:1, b.rs:2"]
    );
    // Two folders that need each other, though no two files do.
    assert_eq!(
        found(&[
            ("a/mod.rs", "mod one;"),
            ("a/one.rs", "use crate::b::two::Y;"),
            ("a/three.rs", ""),
            ("b/mod.rs", "mod two;"),
            ("b/two.rs", "use crate::a::three::X;"),
        ]),
        ["import circle b -> a, by a/one.rs:1, b/two.rs:1"]
    );
    // What passes a name on needs it only if it uses it; who imports it needs where it is defined.
    let facade = "mod one;\npub use one::One;";
    let one = ("a/one.rs", "use super::A;");
    assert_eq!(
        found(&[("a/mod.rs", facade), one, ("b.rs", "use crate::a::One;")]),
        [""; 0]
    );
    let used = format!("{facade}\nfn f(one: One) {{}}");
    assert_eq!(found(&[("a/mod.rs", &used), one]).len(), 1);
    assert_eq!(
        found(&[
            ("a/mod.rs", facade),
            ("a/one.rs", "use crate::b::B;"),
            ("b.rs", "use crate::a::One;")
        ])
        .len(),
        1
    );
}
