//! The page: what `qctl serve` shows in a browser, and the JSON API beside it. An application may mount the router.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `state` | what all requests share: the inspector, the settings |
//! | `viewer` | who sent a request |
//! | `routes`, `root_path` | all routes in one place, and the path below which they are |
//! | `safety` | who may use the page: settings and logins |
//! | `guard` | what every request passes through |
//! | `clock` | Redis's clock |
//! | `health` | whether the page and Redis answer |
//! | `pages` | a file for each page, and the frame around them |
//! | `live` | pages as streams of what has changed |
//! | `renderings` | pages as their fragments, rendered once for all viewers |
//! | `kept_log` | the log of a task that somebody looks at, read again when it changes |
//! | `links` | the addresses of pages that several places link to |
//! | `names` | names of queues, ids of tasks and places in lists, in addresses and forms |
//! | `changes` | changes of many tasks: preview, progress, pause, stop |
//! | `examiner` | looks for what is wrong in Redis, in the background |
//! | `parts` | pieces of HTML that several pages use |
//! | `api` | the documents of the program as JSON |
//! | `assets` | the stylesheet and the scripts |
//! | `edits` | edits of one task |
//! | `download` | payloads and results as they are stored |
//! | `remarks` | what a list of tasks leaves out, in words |
//! | `received` | what requests carry, or why it cannot be read |
//! | `failure` | errors as responses |
//! | `metrics` | figures for Prometheus |
//! | `running` | the running tasks, read once for all viewers |
//! | `seen` | types and groups that pages have listed |
//! | `serve` | the listener |
//! | `mount` | the page in an application that uses axum |
//!
//! Invariant: text from Redis reaches HTML only through maud, which escapes it. Scripts and styles are files of
//! `assets`; nothing is inline, so that the content security policy needs no exception.
#![warn(clippy::wildcard_enum_match_arm)]

mod api;
mod assets;
mod changes;
mod clock;
mod download;
mod edits;
mod examiner;
mod failure;
mod guard;
mod health;
mod kept_log;
mod links;
mod live;
mod metrics;
mod mount;
mod names;
mod pages;
mod parts;
#[cfg(test)]
mod properties;
mod received;
mod remarks;
mod renderings;
mod root_path;
mod routes;
mod running;
mod safety;
mod seen;
#[cfg(feature = "cli")]
mod serve;
mod state;
mod viewer;

pub use mount::{Page, PageAuth, PageBuilder, PageError};
#[cfg(feature = "cli")]
pub(crate) use root_path::RootPath;
#[cfg(feature = "cli")]
pub(crate) use safety::{Auth, Cookie, Hosts, Peers, Safety, Secret, Users};
#[cfg(feature = "cli")]
pub(crate) use serve::{Listener, TlsAcceptor, acceptor, serve, serve_routes};
#[cfg(feature = "cli")]
pub(crate) use state::{Settings, Shared};
