//! As much understanding of Rust text as the layering rules need.

use std::path::Path;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A source file as a flat list of tokens, without comments and tests.
pub(super) struct Source {
    /// `worker/fetch.rs` is `["worker", "fetch"]`.
    module: Vec<String>,
    tokens: Vec<Token>,
    length: usize,
}

struct Token {
    text: String,
    line: usize,
}

/// A path that is written out somewhere, from the crate's root: `task::State`, or `redis::Client`.
pub(super) struct Used {
    pub(super) line: usize,
    pub(super) path: String,
    /// It starts with `crate`, `self` or `super`.
    pub(super) is_ours: bool,
    /// The name that an import gives it.
    pub(super) imported_as: Option<String>,
    /// The file imports it for others alone: with `pub use`, and without a mention of the name.
    pub(super) is_passed_on: bool,
}

/// The segments of a path, and the name by which an import makes it known.
struct Named {
    path: Vec<String>,
    name: String,
}

/// A `use`, for the file alone or for others as well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Import {
    Private,
    Public,
}

impl Source {
    /// `path` is relative to `src`.
    pub(super) fn new(path: &Path, text: &str) -> Self {
        let stem = path.with_extension("");
        let mut module: Vec<String> = stem
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        module.pop_if(|last| last == "mod");
        let mut tokens = Vec::new();
        flatten(text.parse().unwrap(), &mut tokens);
        let length = text.lines().count() - remove_tests(&mut tokens);
        Self {
            module,
            tokens,
            length,
        }
    }

    pub(super) fn is_test(&self) -> bool {
        self.module
            .iter()
            .any(|part| part == "tests" || part == "properties")
    }

    /// `worker::fetch` for `worker/fetch.rs`, `worker` for `worker/mod.rs`.
    pub(super) fn module(&self) -> String {
        self.module.join("::")
    }

    /// Lines, less those of tests.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The lines of the string literals whose content is wanted.
    pub(super) fn literals(&self, wanted: fn(&str) -> bool) -> impl Iterator<Item = usize> {
        let content = move |token: &Token| {
            let quoted = token.text.trim_start_matches(['b', 'c', 'r', '#']);
            quoted.strip_prefix('"').is_some_and(wanted)
        };
        let found = self.tokens.iter().filter(move |token| content(token));
        found.map(|token| token.line)
    }

    pub(super) fn used(&self) -> Vec<Used> {
        let mut used = Vec::new();
        let mut i = 0;
        while i < self.tokens.len() {
            if self.is_head(i) {
                let line = self.tokens[i].line;
                let kind = self.import_at(i);
                let mut paths = Vec::new();
                i = self.expand(i, &[], &mut paths);
                used.extend(paths.iter().map(|named| {
                    let path = self.resolve(&named.path);
                    let is_ours = ["crate", "self", "super"].contains(&named.path[0].as_str());
                    let is_public = kind == Some(Import::Public);
                    Used {
                        line,
                        path: path.join("::"),
                        is_ours,
                        is_passed_on: is_public && !self.mentions(&named.name),
                        imported_as: kind.map(|_| named.name.clone()),
                    }
                }));
            } else {
                i += 1;
            }
        }
        used
    }

    fn text(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |token| &token.text)
    }

    fn is_word(&self, i: usize) -> bool {
        self.text(i)
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    /// Whether a path starts here. What follows `Type<T>::` or `name::` goes on with one.
    fn is_head(&self, i: usize) -> bool {
        let before = |n: usize| i.checked_sub(n).map_or("", |i| self.text(i));
        let imported = before(1) == "use" || (before(1) == "::" && before(2) == "use");
        let goes_on = before(1) == "::" && (before(2) == ">" || i >= 2 && self.is_word(i - 2));
        self.is_word(i)
            && self.text(i) != "use"
            && (imported || self.text(i + 1) == "::" && !goes_on)
    }

    /// The kind of import to which the path belongs that starts here.
    fn import_at(&self, i: usize) -> Option<Import> {
        let before = |n: usize| i.checked_sub(n).map_or("", |i| self.text(i));
        let visibility = match (before(1), before(2)) {
            ("use", visibility) => visibility,
            ("::", "use") => before(3),
            _ => return None,
        };
        Some(if ["pub", ")"].contains(&visibility) {
            Import::Public
        } else {
            Import::Private
        })
    }

    /// Whether a name stands anywhere by itself, outside of imports.
    fn mentions(&self, name: &str) -> bool {
        let mut in_import = false;
        (0..self.tokens.len()).any(|i| {
            match self.text(i) {
                "use" => in_import = true,
                ";" => in_import = false,
                _ => {}
            }
            let goes_on = i > 0 && ["::", "."].contains(&self.text(i - 1));
            !in_import && !goes_on && self.text(i) == name
        })
    }

    /// Reads a path, or the many of a braced import, and returns where it ends.
    fn expand(&self, mut i: usize, prefix: &[String], paths: &mut Vec<Named>) -> usize {
        let mut path = prefix.to_vec();
        loop {
            if self.text(i) == "{" {
                i += 1;
                while self.text(i) != "}" {
                    i = if self.text(i) == "," {
                        i + 1
                    } else {
                        self.expand(i, &path, paths)
                    };
                }
                return i + 1;
            }
            path.push(self.text(i).to_owned());
            i += 1;
            let braced_or_word = self.is_word(i + 1) || ["{", "*"].contains(&self.text(i + 1));
            if self.text(i) != "::" || !braced_or_word {
                break;
            }
            i += 1;
        }
        path.pop_if(|last| last == "self" && !prefix.is_empty());
        let mut name = path.last().cloned().unwrap_or_default();
        if self.text(i) == "as" {
            self.text(i + 1).clone_into(&mut name);
            i += 2;
        }
        paths.push(Named { path, name });
        i
    }

    /// The path from the crate's root; that of another crate as it is.
    fn resolve(&self, path: &[String]) -> Vec<String> {
        let mut base = self.module.clone();
        let mut rest = path;
        let is_ours = ["crate", "self", "super"].contains(&path[0].as_str());
        while let Some((first, more)) = rest.split_first() {
            match first.as_str() {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                "self" => {}
                _ => break,
            }
            rest = more;
        }
        if !is_ours {
            base.clear();
        }
        base.extend_from_slice(rest);
        base
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut glue = false;
    for tree in stream {
        let span = tree.span();
        let mut push = |text: &str, line: usize| {
            tokens.push(Token {
                text: text.to_owned(),
                line,
            });
        };
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                push(open, span.start().line);
                flatten(group.stream(), tokens);
                tokens.push(Token {
                    text: close.to_owned(),
                    line: span.end().line,
                });
                glue = false;
            }
            TokenTree::Punct(punct) if glue && punct.as_char() == ':' => {
                tokens.last_mut().unwrap().text.push(':');
                glue = false;
            }
            TokenTree::Punct(punct) => {
                glue = punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
                push(&punct.to_string(), span.start().line);
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                push(&tree.to_string(), span.start().line);
                glue = false;
            }
        }
    }
}

/// Takes out documentation and whatever follows `#[cfg(test)]`, and returns the lines of the latter.
fn remove_tests(tokens: &mut Vec<Token>) -> usize {
    let starts = |tokens: &[Token], i: usize, wanted: &[&str]| {
        let here = tokens[i..].iter().map(|token| token.text.as_str());
        here.take(wanted.len()).eq(wanted.iter().copied())
    };
    let mut lines = 0;
    let mut i = 0;
    while i < tokens.len() {
        if starts(tokens, i, &["#", "[", "doc", "="]) {
            tokens.drain(i..i + 6);
        } else if starts(tokens, i, &["#", "!", "[", "doc", "="]) {
            tokens.drain(i..i + 7);
        } else if starts(tokens, i, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            let end = end_of_item(tokens, i + 7);
            lines += tokens[end].line - tokens[i].line + 1;
            tokens.drain(i..=end);
        } else {
            i += 1;
        }
    }
    lines
}

/// An item ends with its first block, or with a semicolon.
fn end_of_item(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return i,
            "}" => depth -= 1,
            ";" if depth == 0 => return i,
            _ => {}
        }
    }
    tokens.len() - 1
}
