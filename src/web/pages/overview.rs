//! All queues: first what is wrong, then the figures of each.

mod order;
mod rows;
mod trouble;

use axum::Extension;
use axum::extract::State;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use self::order::{Key, Order};
use super::frame::{Frame, Tab, page};
use super::status;
use crate::document::overview::{Overview, QueueRow};
use crate::document::queue::QueueDocument;
use crate::inspector::overview::Sample;
use crate::web::failure::Failure;
use crate::web::live::{self, LivePage};
use crate::web::parts::absent::absent;
use crate::web::parts::command::command;
use crate::web::parts::number::{count, plural};
use crate::web::parts::sort::head;
use crate::web::received::Parameters;
use crate::web::renderings::{Fragment, Subject};
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// Rows that are rendered without a pause.
const ROWS_AT_ONCE: usize = 100;

/// The parameters of the address.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    sort: String,
    #[serde(default)]
    dir: String,
    /// Parts of the names of queues.
    #[serde(default)]
    name: String,
}

pub(super) async fn overview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
    Parameters(parameters): Parameters<Asked>,
) -> Result<Markup, Failure> {
    let sample = shared.sampler().fresh().await;
    let overview = match (&sample.overview, &sample.outage) {
        (Some(overview), _) => overview,
        (None, Some(outage)) => return Err((*outage.error).clone().into()),
        (None, None) => &std::sync::Arc::default(),
    };
    let now = shared.inspector().now();
    let order = Order::new(&parameters.sort, &parameters.dir);
    let mut queues: Vec<_> = overview.queues.iter().collect();
    queues.retain(|row| matches(row.name.as_str(), &parameters.name));
    order.sort(&mut queues);
    let body = html! {
        (status::status(&sample, now))
        (trouble::trouble(&shared, viewer.may_change, &overview.trouble))
        section aria-labelledby="queues-title" {
            div .row {
                h1 #queues-title { "Queues" }
                @if !overview.queues.is_empty() {
                    span .dim { (plural(overview.queues.len() as u64, "queue")) }
                }
                form .push {
                    (order.fields())
                    input type="search" name="name" value=(parameters.name) data-narrow="queues" autocomplete="off"
                        aria-label="Narrow the queues by name" placeholder="Narrow by name";
                }
            }
            (first_task(overview.queues.is_empty()))
            (figures(overview))
            (table(&shared, order, &parameters.name, &queues, overview.sampled_at))
            p #queues-none .absent hidden[!queues.is_empty() || overview.queues.is_empty()] { "No queue has this name." }
        }
    };
    let frame = Frame {
        title: "Overview",
        tab: Some(Tab::Overview),
        command: "qctl stats",
        live: &shared.link("/live/overview", &[]),
        version: live::version(&sample),
        ..Frame::default()
    };
    Ok(page(&shared, &viewer, &frame, &body))
}

/// Whether a name has all of these words, as in `narrow.js`.
fn matches(name: &str, words: &str) -> bool {
    let name = name.to_lowercase();
    let words = words.to_lowercase();
    words.split_whitespace().all(|word| name.contains(word))
}

/// What changes on it while it is open.
pub(super) struct Live;

impl LivePage for Live {
    const PAGE: &'static str = "overview";

    async fn fragments(shared: &Shared, subject: &Subject, sample: &Sample) -> Vec<Fragment> {
        let now = shared.inspector().now();
        let mut fragments = vec![status::fragment(sample, now)];
        let Some(overview) = &sample.overview else {
            return fragments;
        };
        let trouble = trouble::trouble(shared, subject.may_change, &overview.trouble);
        fragments.push(Fragment::new("trouble", trouble));
        let first = first_task(overview.queues.is_empty());
        fragments.push(Fragment::new("queues-first", first));
        fragments.push(Fragment::new("figures", figures(overview)));
        for rows in overview.queues.chunks(ROWS_AT_ONCE) {
            let row =
                |row| Fragment::new(rows::id(row), rows::row(shared, row, overview.sampled_at));
            fragments.extend(rows.iter().map(row));
            // Others have their turn, since one thread does everything.
            tokio::task::yield_now().await;
        }
        fragments
    }
}

/// What to do while there are no queues, in place of what follows it.
fn first_task(empty: bool) -> Markup {
    let first = absent(
        "No queues yet",
        &html! {
            p { "A queue is created by its first task. This command enqueues one:" }
            (command("first-task", "qctl enqueue email:welcome --payload '{\"user\": 42}'"))
        },
    );
    html! { div #queues-first data-empty[empty] { (first) } }
}

/// The sum of all queues.
fn figures(overview: &Overview) -> Markup {
    let total: &QueueDocument = &overview.total;
    let servers = overview
        .servers
        .as_ref()
        .map(|servers| servers.len() as u64);
    let figures = [
        ("Active", total.active),
        ("Pending", total.pending),
        ("Scheduled", total.scheduled),
        ("Retry", total.retry),
        ("Archived", total.archived),
        ("Completed", total.completed),
        ("Processed today", total.processed_today),
        ("Failed today", total.failed_today),
        ("Workers", servers),
    ];
    html! {
        div #figures .figures {
            @for (label, figure) in figures {
                div {
                    span .label { (label) }
                    span .figure { (count(figure)) }
                }
            }
        }
    }
}

fn table(
    shared: &Shared,
    order: Order,
    name: &str,
    queues: &[&QueueRow],
    at: DateTime<Utc>,
) -> Markup {
    html! {
        table #queues .rows.queues role="table" aria-label="Queues" {
            thead role="rowgroup" {
                tr role="row" {
                    @for key in Key::ALL {
                        (head(key.title(), key.is_number(), order.direction_of(key), &order.link(shared, key, name)))
                        @if key == Key::Name { th role="columnheader" scope="col" .queue-bar { "Tasks" } }
                        @if key == Key::Latency {
                            th role="columnheader" scope="col" .queue-spark { "14 days" }
                            th role="columnheader" scope="col" .queue-spark { "Last hour" }
                        }
                    }
                }
            }
            tbody #queues-rows role="rowgroup" {
                @for row in queues { (rows::row(shared, row, at)) }
            }
        }
    }
}
