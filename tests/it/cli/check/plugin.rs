//! Reads the output of a Nagios plugin, as strictly as the guidelines for plugin developers say.

use std::collections::BTreeMap;

/// What a monitoring system takes from a plugin.
#[derive(Debug)]
pub(super) struct Plugin {
    pub(super) status: String,
    pub(super) summary: String,
    /// Further lines.
    pub(super) more: Vec<String>,
    pub(super) data: BTreeMap<String, Datum>,
}

/// `'label'=value[UOM];[warn];[crit];[min];[max]`
#[derive(Debug, PartialEq)]
pub(super) struct Datum {
    /// `None` for `U`.
    pub(super) value: Option<f64>,
    pub(super) unit: String,
    pub(super) warning: Option<Range>,
    pub(super) critical: Option<Range>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
}

/// The values that are no cause for an alert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Range {
    fn read(text: &str) -> Self {
        match text.split_once(':') {
            None => Self {
                from: 0.0,
                to: number(text),
            },
            Some((from, "")) => Self {
                from: number(from),
                to: f64::INFINITY,
            },
            Some((from, to)) => Self {
                from: number(from),
                to: number(to),
            },
        }
    }

    pub(super) fn allows(self, value: f64) -> bool {
        (self.from..=self.to).contains(&value)
    }
}

fn number(text: &str) -> f64 {
    let plain = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    assert!(text.chars().all(plain), "{text:?} is not a number");
    text.parse().unwrap()
}

impl Plugin {
    #[track_caller]
    pub(super) fn read(output: &str) -> Self {
        assert!(output.ends_with('\n'), "{output:?}");
        let mut lines = output.trim_end_matches('\n').split('\n');
        let first = lines.next().unwrap();
        let control = |c: char| c.is_control() && c != '\n';
        assert!(!output.contains(control), "{output:?}");
        let (text, data) = first.split_once('|').unwrap_or((first, ""));
        let (status, summary) = text.split_once(" - ").unwrap();
        let more: Vec<String> = lines.map(str::to_owned).collect();
        // Nagios would take what follows for more performance data.
        assert!(!data.contains('|') && !more.iter().any(|line| line.contains('|')));
        Self {
            status: status.to_owned(),
            summary: summary.trim_end().to_owned(),
            more,
            data: data_of(data.trim()),
        }
    }
}

fn data_of(mut rest: &str) -> BTreeMap<String, Datum> {
    let mut data = BTreeMap::new();
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('\'').unwrap();
        let (label, after) = quoted.split_once('\'').unwrap();
        assert!(!label.is_empty() && !label.contains('='), "{label:?}");
        let (text, next) = after.split_once(' ').unwrap_or((after, ""));
        let before = data.insert(label.to_owned(), datum(text.strip_prefix('=').unwrap()));
        assert!(before.is_none(), "{label:?} twice");
        rest = next;
    }
    data
}

fn datum(text: &str) -> Datum {
    let fields: Vec<&str> = text.split(';').collect();
    assert!(fields.len() <= 5, "{text:?}");
    let field = |index: usize| fields.get(index).copied().filter(|field| !field.is_empty());
    let end = fields[0].find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
    let (value, unit) = fields[0].split_at(end.unwrap_or(fields[0].len()));
    let known = ["", "s", "%", "B", "U"];
    assert!(known.contains(&unit), "{text:?}");
    Datum {
        value: (unit != "U").then(|| number(value)),
        unit: unit.to_owned(),
        warning: field(1).map(Range::read),
        critical: field(2).map(Range::read),
        min: field(3).map(number),
        max: field(4).map(number),
    }
}
