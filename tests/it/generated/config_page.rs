//! The manual page qctl.toml(5) is made of `docs/config.md`.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use roff::{Inline, Roff, bold, roman};

use super::root;
use crate::harness::setting;

const NAME: &str = "qctl.toml - the configuration of qctl";

/// A page under construction.
#[derive(Default)]
struct Page {
    roff: Roff,
    /// The paragraph, cell or heading that is being read.
    line: Vec<Inline>,
    cells: Vec<Vec<Inline>>,
    /// The number of the next point of a list; `None` for a list without numbers.
    number: Option<u64>,
    in_point: bool,
    /// Nothing stands under the last heading yet: a paragraph needs no distance from it.
    after_heading: bool,
    strong: bool,
    /// The lines of a code block.
    code: Option<String>,
}

impl Page {
    fn of(markdown: &str) -> String {
        let mut page = Self {
            after_heading: true,
            ..Self::default()
        };
        page.roff
            .control("SH", ["NAME"])
            .text([roman(NAME)])
            .control("SH", ["DESCRIPTION"]);
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            page.take(event);
        }
        page.roff.control("SH", ["SEE ALSO"]).text([
            bold("qctl"),
            roman("(1), "),
            bold("qctl-work"),
            roman("(1), "),
            bold("qctl-serve"),
            roman("(1)"),
        ]);
        let text = page.roff.render();
        let preamble = Roff::new().render();
        // `Roff` would leave out the empty date.
        let title = concat!(
            ".TH QCTL.TOML 5 \"\" \"qctl ",
            env!("CARGO_PKG_VERSION"),
            "\" \"qctl manual\"\n"
        );
        format!("{preamble}{title}{}", &text[preamble.len()..])
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text),
            },
            Event::Code(text) => self.line.push(bold(text.to_string())),
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            other => panic!("docs/config.md has something that this page cannot show: {other:?}"),
        }
    }

    fn push(&mut self, text: &str) {
        self.line
            .push(if self.strong { bold(text) } else { roman(text) });
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph if !self.in_point => self.paragraph(),
            Tag::Strong => self.strong = true,
            Tag::List(first) => self.number = *first,
            Tag::Item => {
                let number = self.number.map(|number| format!("{number}."));
                self.number = self.number.map(|number| number + 1);
                self.roff
                    .control("IP", [number.as_deref().unwrap_or("\\(bu"), "4"]);
                self.in_point = true;
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => self.code = Some(String::new()),
            Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::Link { .. }
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell => {}
            other => panic!("docs/config.md has something that this page cannot show: {other:?}"),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph => self.text(),
            TagEnd::Strong => self.strong = false,
            TagEnd::Item => {
                self.text();
                self.in_point = false;
            }
            TagEnd::CodeBlock => self.block(),
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.line)),
            TagEnd::TableHead => self.cells.clear(),
            TagEnd::TableRow => self.row(),
            _ => {}
        }
    }

    fn paragraph(&mut self) {
        if !std::mem::take(&mut self.after_heading) {
            self.roff.control("PP", []);
        }
    }

    fn text(&mut self) {
        if !self.line.is_empty() {
            self.roff.text(std::mem::take(&mut self.line));
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let text = std::mem::take(&mut self.line);
        let text: String = text.iter().map(plain).collect();
        self.after_heading = true;
        match level {
            // The page has a name instead.
            HeadingLevel::H1 => {}
            HeadingLevel::H2 => drop(self.roff.control("SH", [text.as_str()])),
            _ => drop(self.roff.control("SS", [text.as_str()])),
        }
    }

    fn block(&mut self) {
        let code = self.code.take().unwrap_or_default();
        self.paragraph();
        self.roff.control("RS", ["4"]).control("nf", []);
        for line in code.lines() {
            self.roff.text([roman(line)]);
        }
        self.roff.control("fi", []).control("RE", []);
    }

    /// The first cell of a row names what the last one describes; those between are other names.
    fn row(&mut self) {
        let mut cells = std::mem::take(&mut self.cells);
        let described = cells.pop().unwrap_or_default();
        let mut names = Vec::new();
        for cell in cells.into_iter().filter(|cell| !cell.is_empty()) {
            if !names.is_empty() {
                names.push(roman(", "));
            }
            names.extend(cell);
        }
        self.after_heading = false;
        self.roff.control("TP", []).text(names).text(described);
    }
}

fn plain(inline: &Inline) -> &str {
    match inline {
        Inline::Roman(text) | Inline::Italic(text) | Inline::Bold(text) => text,
        Inline::LineBreak => " ",
    }
}

#[test]
fn the_manual_page_of_the_configuration_is_fresh() {
    let markdown = std::fs::read_to_string(root().join("docs/config.md")).unwrap();
    let wanted = Page::of(&markdown);
    let path = root().join("packaging/man/qctl.toml.5");
    if setting("QCTL_UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).ok() == Some(wanted),
        "packaging/man/qctl.toml.5 is not made of docs/config.md as it is; \
         run the tests once with QCTL_UPDATE_GENERATED=1"
    );
}
