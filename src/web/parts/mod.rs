//! Pieces of HTML that several pages use. A piece has its rules in `assets/parts.css`.

pub(super) mod absent;
pub(super) mod action;
pub(super) mod bar;
pub(super) mod cell;
pub(super) mod chart;
pub(super) mod command;
pub(super) mod context_name;
pub(super) mod hex;
pub(super) mod icon;
pub(super) mod json;
pub(super) mod notice;
pub(super) mod number;
pub(super) mod sort;
pub(super) mod state;
pub(super) mod text;
pub(super) mod time;
