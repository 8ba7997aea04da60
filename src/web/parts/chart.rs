//! Attempts over time as SVG: a small chart for a row, and a large one with a table behind it.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::number::{self, plural, spaced};
use crate::document::queue::rate;
use crate::view::text::percent;

/// The attempts of a day or of another span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    /// The day, or whatever says when.
    pub(crate) label: String,
    /// Attempts that ended, failures included.
    pub(crate) processed: Option<u64>,
    pub(crate) failed: Option<u64>,
}

impl Point {
    /// If more failed than ended, one of the counters was reset.
    fn failed(&self) -> u64 {
        self.failed.unwrap_or(0)
    }

    fn total(&self) -> u64 {
        self.processed.unwrap_or(0).max(self.failed())
    }

    fn sentence(&self) -> String {
        match (self.processed, self.failed) {
            (None, None) => format!("{}: unknown", self.label),
            (processed, failed) => {
                let known = |count: Option<u64>| count.map_or("unknown".to_owned(), spaced);
                let (processed, failed) = (known(processed), known(failed));
                format!("{}: {processed} processed, {failed} failed", self.label)
            }
        }
    }
}

/// The height of the charts, in units of their own.
const HEIGHT: u64 = 100;

/// A small chart of points, oldest first: what succeeded, with failures at the top.
pub(crate) fn spark(points: &[Point], span: &str) -> Markup {
    let highest = points.iter().map(Point::total).max().unwrap_or(0);
    let processed: u64 = points.iter().map(Point::total).fold(0, u64::saturating_add);
    let failed: u64 = points
        .iter()
        .map(Point::failed)
        .fold(0, u64::saturating_add);
    let label = format!(
        "{span}: {} processed, {} failed",
        spaced(processed),
        spaced(failed)
    );
    let (mut good, mut bad) = (String::new(), String::new());
    for (place, point) in points.iter().enumerate() {
        let left = place * 10;
        let total = height(point.total(), highest);
        let failed = height(point.failed(), highest);
        // Writing to a string cannot fail.
        if total > failed {
            write!(
                good,
                "M{left} {HEIGHT}v-{}h8v{}z",
                total - failed,
                total - failed
            )
            .ok();
        }
        if failed > 0 {
            let base = HEIGHT - (total - failed);
            write!(bad, "M{left} {base}v-{failed}h8v{failed}z").ok();
        }
    }
    let width = (points.len() * 10).saturating_sub(2).max(1);
    html! {
        svg .spark viewBox={ "0 0 " (width) " " (HEIGHT + 4) } preserveAspectRatio="none" role="img"
            aria-label=(label) {
            title { (label) }
            rect .fill-none y=(HEIGHT) width=(width) height="4" {}
            @if !good.is_empty() { path .fill-chart d=(good) {} }
            @if !bad.is_empty() { path .fill-archived d=(bad) {} }
        }
    }
}

/// A large chart of points, oldest first, with the same as a table.
pub(crate) fn chart(points: &[Point], title: &str) -> Markup {
    let highest = points.iter().map(Point::total).max().unwrap_or(0);
    let width = points.len() * 10;
    let middle = points.get(points.len() / 2);
    html! {
        figure .chart aria-label=(title) {
            div .chart-axis { span { (plural(highest, "attempt")) } }
            svg viewBox={ "0 0 " (width.max(1)) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                aria-label={ (title) "; the table below has the figures" } {
                @for line in [0, HEIGHT / 2, HEIGHT] {
                    line .chart-grid x1="0" x2=(width) y1=(line) y2=(line) {}
                }
                @for (place, point) in points.iter().enumerate() {
                    (column(place, point, highest))
                }
            }
            div .chart-axis {
                @for point in points.first().into_iter().chain(middle).chain(points.last()) {
                    span { (point.label) }
                }
            }
        }
        details {
            summary .dim { "Figures as a table" }
            div .scroll { (table(points)) }
        }
    }
}

/// The whole height is sensitive to the pointer, so that days with few attempts can be read too.
fn column(place: usize, point: &Point, highest: u64) -> Markup {
    let left = place * 10 + 1;
    let total = height(point.total(), highest);
    let failed = height(point.failed(), highest);
    html! {
        g {
            title { (point.sentence()) }
            rect x=(place * 10) width="10" height=(HEIGHT) fill="transparent" {}
            @if total > failed {
                rect .fill-chart x=(left) width="8" y=(HEIGHT - (total - failed)) height=(total - failed) {}
            }
            @if failed > 0 {
                rect .fill-archived x=(left) width="8" y=(HEIGHT - total) height=(failed) {}
            }
        }
    }
}

/// The newest first, as people read it.
fn table(points: &[Point]) -> Markup {
    html! {
        table .plain {
            thead {
                tr {
                    th scope="col" { "Day" }
                    th .number scope="col" { "Processed" }
                    th .number scope="col" { "Failed" }
                    th .number scope="col" { "Error rate" }
                }
            }
            tbody {
                @for point in points.iter().rev() {
                    tr {
                        td { (point.label) }
                        td .number { (number::count(point.processed)) }
                        td .number { (number::count(point.failed)) }
                        td .number {
                            @match rate(point.failed, point.processed) {
                                Some(rate) => { (percent(rate)) }
                                None => { (number::none()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What is above zero is visible.
fn height(count: u64, highest: u64) -> u64 {
    if count == 0 {
        return 0;
    }
    let height = u128::from(count) * u128::from(HEIGHT) / u128::from(highest.max(1));
    u64::try_from(height).unwrap_or(HEIGHT).clamp(3, HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(processed: u64, failed: u64) -> Point {
        Point {
            label: "2026-11-27".to_owned(),
            processed: Some(processed),
            failed: Some(failed),
        }
    }

    #[test]
    fn a_spark_says_what_it_draws() {
        let drawn = spark(&[point(0, 0), point(1_000, 10)], "14 days").0;
        assert!(
            drawn.contains("14 days: 1\u{202f}000 processed, 10 failed"),
            "{drawn}"
        );
        assert!(drawn.contains("M10 100v-97h8v97z"), "{drawn}");
        assert!(drawn.contains("M10 3v-3h8v3z"), "{drawn}");
        assert!(spark(&[], "last hour").0.contains("0 processed"));
    }

    /// Counters of other programs, and counters that were reset.
    #[test]
    fn no_figure_leaves_the_chart() {
        let points = [point(u64::MAX, u64::MAX), point(0, 7), point(1, 0)];
        let drawn = chart(&points, "x").0;
        assert!(!drawn.contains("NaN") && !drawn.contains("--"), "{drawn}");
        let unknown = Point {
            processed: None,
            failed: None,
            ..point(0, 0)
        };
        assert!(chart(&[unknown], "x").0.contains("2026-11-27: unknown"));
        assert!(chart(&[], "x").0.contains("<svg"));
    }

    #[test]
    fn the_table_has_every_figure() {
        let drawn = chart(&[point(200, 3)], "Attempts per day").0;
        assert!(drawn.contains("<td class=\"number\">200</td>"), "{drawn}");
        assert!(drawn.contains("1.5%"), "{drawn}");
    }
}
