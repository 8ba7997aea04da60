//! The groups of a queue, and the servers that process it.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::document::queue::QueueDetails;
use crate::web::parts::absent::absent;
use crate::web::parts::number::count;
use crate::web::parts::text::short;
use crate::web::parts::time::ago;

pub(super) fn groups(details: &QueueDetails) -> Markup {
    let groups = &details.group_sizes;
    html! {
        @if !groups.is_empty() {
            section aria-labelledby="groups" {
                div .row {
                    h2 #groups { "Groups" }
                    @if details.queue.groups > Some(groups.len() as u64) {
                        span .dim { (groups.len()) " of " (count(details.queue.groups)) }
                    }
                }
                div .panel.scroll {
                    table .plain {
                        thead { tr { th scope="col" { "Group" } th .number scope="col" { "Tasks" } } }
                        tbody {
                            @for group in groups {
                                tr { td { (short(&group.group, 80)) } td .number { (count(group.size)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn servers(details: &QueueDetails, now: DateTime<Utc>) -> Markup {
    let name = details.queue.queue.as_deref().unwrap_or_default();
    html! {
        section aria-labelledby="servers" {
            h2 #servers { "Workers" }
            @if details.servers.is_empty() {
                (absent("No worker serves this queue", &html! { p { "Start one with " code { "qctl work" } "." } }))
            } @else {
                div .panel.scroll {
                    table .plain {
                        thead {
                            tr {
                                th scope="col" { "Host" }
                                th .number scope="col" { "PID" }
                                th scope="col" { "Status" }
                                th .number scope="col" { "Busy" }
                                th .number scope="col" { "Weight" }
                                th scope="col" { "Started" }
                            }
                        }
                        tbody {
                            @for server in &details.servers {
                                tr {
                                    td { (short(&server.host, 60)) }
                                    td .number { (server.pid) }
                                    td { (short(&server.status, 20)) }
                                    td .number { (server.active_workers) "/" (server.concurrency) }
                                    td .number { @if let Some(weight) = server.queues.get(name) { (weight) } }
                                    td { (ago(server.started_at, now)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
