//! Frames that replace each other.

use super::*;

/// A view of a few lines.
#[derive(serde::Serialize)]
struct Lines {
    lines: Vec<String>,
}

impl View for Lines {
    fn page(&self) -> Page {
        let page = Page::new().sentence("Head");
        self.lines
            .iter()
            .fold(page, |page, line| page.sentence(line.as_str()))
            .note("a note")
    }

    fn ids(&self) -> Vec<&str> {
        Vec::new()
    }
}

fn lines(count: usize) -> Lines {
    Lines {
        lines: (0..count).map(|line| format!("line {line}")).collect(),
    }
}

#[test]
fn watching_on_a_terminal_redraws_in_place() {
    let never = Settings {
        color: ColorChoice::Never,
        ..Settings::default()
    };
    let bench = Bench::new(never, true);
    let mut watch = bench.printer.watch();
    watch.frame(&lines(1), now()).unwrap();
    assert_eq!(
        bench.out.text(),
        "\u{1b}[2J\u{1b}[HHead\u{1b}[K\nline 0\u{1b}[K\na note\u{1b}[K\n\u{1b}[J"
    );
    bench.out.0.lock().unwrap().clear();
    // The terminal has six rows.
    watch.frame(&lines(20), now()).unwrap();
    watch.trouble("redis\u{7} is away").unwrap();
    let printed = bench.out.text();
    let (_, second) = printed.split_once("\u{1b}[J").unwrap();
    assert_eq!(
        second,
        "\u{1b}[HHead\u{1b}[K\nline 0\u{1b}[K\nline 1\u{1b}[K\nline 2\u{1b}[K\n\
         redis\\u{7} is away\u{1b}[K\n\u{1b}[J"
    );
    assert_eq!(bench.err.text(), "");
}

#[test]
fn a_dumb_terminal_gets_no_escape_sequences() {
    let dumb = Settings {
        dumb_terminal: true,
        ..Settings::default()
    };
    let bench = Bench::new(dumb, true);
    let mut watch = bench.printer.watch();
    watch.frame(&lines(1), now()).unwrap();
    watch.trouble("redis is away").unwrap();
    assert_eq!(bench.out.text(), "Head\nline 0\n");
    assert_eq!(bench.err.text(), "a note\nwarning: redis is away\n");
}

#[test]
fn watching_elsewhere_prints_frames() {
    let watched = |format| {
        let bench = Bench::new(settings(format), false);
        let mut watch = bench.printer.watch();
        watch.frame(&lines(1), now()).unwrap();
        watch.trouble("redis is away").unwrap();
        watch.frame(&lines(0), now()).unwrap();
        (bench.out.text(), bench.err.text())
    };
    let (out, err) = watched(Format::Table);
    assert_eq!(out, "Head\nline 0\n\nHead\n");
    assert_eq!(err, "a note\nwarning: redis is away\na note\n");
    let (out, err) = watched(Format::Json);
    assert_eq!(out, "{\"lines\":[\"line 0\"]}\n{\"lines\":[]}\n");
    assert_eq!(err, "warning: redis is away\n");
    assert_eq!(watched(Format::Csv).0, "lines\n\"[\"\"line 0\"\"]\"\n[]\n");
}
