//! All queues.

use axum::Extension;
use axum::extract::State;
use maud::{Markup, html};

use super::frame::{Frame, Tab, page};
use crate::inspector::queues::StatsOptions;
use crate::task::State as TaskState;
use crate::web::failure::Failure;
use crate::web::parts::state::state;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

pub(super) async fn overview(
    State(shared): State<Shared>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Markup, Failure> {
    let inspector = shared.inspector();
    let stats = inspector
        .stats(&StatsOptions::default(), inspector.now())
        .await?;
    let body = html! {
        h1 { "Queues" }
        table {
            tr { th { "Queue" } th { (state(TaskState::Pending)) } }
            @for queue in &stats.queues {
                tr {
                    td { (queue.queue.as_deref().unwrap_or_default()) }
                    td { @if let Some(pending) = queue.pending { (pending) } @else { "unknown" } }
                }
            }
        }
    };
    let frame = Frame {
        title: "Overview",
        tab: Some(Tab::Overview),
        command: "qctl stats",
    };
    Ok(page(&shared, &viewer, &frame, &body))
}
