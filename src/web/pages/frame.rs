//! The frame of every page: the bar with the tabs, and the footer with the equivalent command.

use maud::{DOCTYPE, Markup, html};

use crate::web::assets;
use crate::web::state::Shared;
use crate::web::viewer::Viewer;

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
}

impl Tab {
    const ALL: [Self; 1] = [Self::Overview];

    const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
        }
    }
}

/// What the frame says about a page.
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) tab: Option<Tab>,
    /// The `qctl` command that shows the same.
    pub(super) command: &'a str,
}

/// A whole page.
pub(super) fn page(shared: &Shared, viewer: &Viewer, frame: &Frame<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (frame.title) " · qctl" }
                link rel="stylesheet" href=(shared.link(&assets::path("page.css"), &[]));
                script type="module" src=(shared.link(&assets::path("page.js"), &[])) {}
            }
            body {
                header {
                    a href=(shared.link("/", &[])) { "qctl" }
                    nav {
                        @for tab in Tab::ALL {
                            a href=(shared.link(tab.path(), &[]))
                                aria-current=[(frame.tab == Some(tab)).then_some("page")] { (tab.title()) }
                        }
                    }
                    span { (shared.settings().redis) @if !viewer.may_change { " · read-only" } }
                }
                main { (body) }
                footer { code { (frame.command) } }
            }
        }
    }
}
