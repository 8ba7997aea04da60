//! The frame of every page: the bar with the tabs, and the footer with the equivalent command.

use maud::{DOCTYPE, Markup, html};

use crate::view::text::{bytes, escape};
use crate::web::assets;
use crate::web::parts::command::command;
use crate::web::parts::icon::{Icon, icon};
use crate::web::parts::notice::{Kind, notice};
use crate::web::parts::text::line;
use crate::web::state::Shared;
use crate::web::viewer::{Credential, Viewer};

/// The tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Tasks,
    Workers,
    Schedules,
    Doctor,
    Audit,
}

impl Tab {
    const ALL: [Self; 6] = [
        Self::Overview,
        Self::Tasks,
        Self::Workers,
        Self::Schedules,
        Self::Doctor,
        Self::Audit,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Workers => "Workers",
            Self::Schedules => "Schedules",
            Self::Tasks => "Tasks",
            Self::Doctor => "Doctor",
            Self::Audit => "Audit",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Workers => "/workers",
            Self::Schedules => "/schedules",
            Self::Tasks => "/tasks",
            Self::Doctor => "/doctor",
            Self::Audit => "/audit",
        }
    }
}

/// What the frame says about a page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) tab: Option<Tab>,
    /// The `qctl` command that shows the same; empty if there is none.
    pub(super) command: &'a str,
    /// The text in the selection box.
    pub(super) selection: &'a str,
    /// The address of the live updates; empty if there are none.
    pub(super) live: &'a str,
    /// The version of the sample that is shown.
    pub(super) version: Option<i64>,
    /// Seconds after which the browser loads the page again, with or without scripts.
    pub(super) reload: Option<u32>,
}

/// A whole page.
pub(super) fn page(shared: &Shared, viewer: &Viewer, frame: &Frame<'_>, body: &Markup) -> Markup {
    let content = html! {
        a .skip href="#content" { "Skip to content" }
        header .top {
            div {
                (brand(shared))
                nav .tabs aria-label="Pages" {
                    @for tab in Tab::ALL {
                        a href=(shared.link(tab.path(), &[]))
                            aria-current=[(frame.tab == Some(tab)).then_some("page")] { (tab.title()) }
                    }
                }
                (selection_box(shared, frame.selection))
                div .tools {
                    (connection(shared, viewer))
                    @if !frame.live.is_empty() { (live_switch()) }
                    (theme_switch())
                    @if viewer.credential == Credential::Session { (logout(shared)) }
                }
            }
        }
        main #content {
            div #over hidden { (notice(Kind::Warning, &html! { "The session is over. " a href="" { "Log in again" } "." })) }
            (body)
        }
        footer .foot {
            div {
                span { "qctl " (env!("CARGO_PKG_VERSION")) (redis(shared)) }
                @for unknown in shared.inspector().unknowns() { span { (line(&unknown)) } }
                @if !frame.command.is_empty() { (command("command", frame.command)) }
            }
        }
    };
    document(shared, frame, &content)
}

/// A page for someone who is not logged in: without tabs, and without a word about Redis.
pub(super) fn bare(shared: &Shared, title: &str, body: &Markup) -> Markup {
    let content = html! {
        header .top {
            div {
                (brand(shared))
                div .tools.push { (theme_switch()) }
            }
        }
        main #content { (body) }
    };
    let frame = Frame {
        title,
        ..Frame::default()
    };
    document(shared, &frame, &content)
}

fn document(shared: &Shared, frame: &Frame<'_>, content: &Markup) -> Markup {
    let asset = |name| shared.link(&assets::path(name), &[]);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                @if let Some(seconds) = frame.reload { meta http-equiv="refresh" content=(seconds); }
                title { (escape(frame.title)) " · qctl" }
                link rel="icon" type="image/svg+xml" href=(asset("icon.svg"));
                link rel="stylesheet" href=(asset("page.css"));
                script src=(asset("theme.js")) {}
                script type="module" src=(asset("page.js")) {}
            }
            body data-live=[(!frame.live.is_empty()).then_some(frame.live)] data-version=[frame.version] { (content) }
        }
    }
}

fn brand(shared: &Shared) -> Markup {
    html! {
        a .brand href=(shared.link("/", &[])) {
            img src=(shared.link(&assets::path("icon.svg"), &[])) alt="" width="20" height="20";
            "qctl"
        }
    }
}

fn selection_box(shared: &Shared, text: &str) -> Markup {
    html! {
        form .select role="search" action=(shared.link("/tasks", &[])) {
            (icon(Icon::Search))
            input #selection type="search" name="q" value=(text) maxlength="2000" autocomplete="off" spellcheck="false"
                autocapitalize="off" aria-label="Select tasks"
                placeholder="queue:critical state:retry older:1h";
            kbd .scripted aria-hidden="true" { "/" }
        }
    }
}

/// Which Redis it is, and whether it may be changed.
fn connection(shared: &Shared, viewer: &Viewer) -> Markup {
    let redis = &shared.settings().redis;
    html! {
        @let protected = shared.settings().protected.is_some() && viewer.may_change;
        @if !redis.is_empty() || !viewer.may_change {
            span .chip.protected[protected] title={ "Redis " (redis) } {
                span { (redis) }
                @if !viewer.may_change { span .mark { "read-only" } }
                @if protected { span .mark { "protected" } }
            }
        }
    }
}

/// Whether the page is live; pressing it pauses.
fn live_switch() -> Markup {
    html! {
        button #live .button.quiet.short.live.scripted type="button" data-live="connecting" {
            span .live-dot {}
            span .live-word { "connecting" }
        }
    }
}

/// The version and memory of Redis, as they were last read.
fn redis(shared: &Shared) -> Markup {
    let latest = shared.sampler().latest();
    let known = latest
        .overview
        .as_ref()
        .and_then(|overview| overview.redis.as_ref());
    html! {
        @if let Some(redis) = known {
            " · Redis " (redis.version)
            @if let Some(used) = redis.used_memory_bytes {
                " · " (bytes(used))
                @if let Some(limit) = redis.max_memory_bytes { " of " (bytes(limit)) }
                " used"
            }
        }
    }
}

fn logout(shared: &Shared) -> Markup {
    html! {
        form method="post" action=(shared.link("/logout", &[])) {
            button .button.quiet.short { "Log out" }
        }
    }
}

fn theme_switch() -> Markup {
    html! {
        button #theme .button.quiet.scripted type="button" aria-label="Switch between light and dark"
            title="Switch between light and dark" { (icon(Icon::Theme)) }
    }
}
