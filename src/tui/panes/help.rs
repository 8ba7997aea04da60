//! All keys of a place.

use crate::tui::keys::{Act, Binding, bindings};
use crate::tui::place::{Kind, Sheet, Target};
use crate::view::{Cell, Column, Page, Role, Table};

pub(in crate::tui) fn sheet(kind: Kind, read_only: bool) -> Sheet {
    let (mut changes, mut tabs, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for binding in bindings(kind, read_only) {
        let switches = matches!(binding.act, Act::Go(_) | Act::NextTab | Act::PreviousTab);
        if binding.changes() {
            changes.push(binding);
        } else if switches {
            tabs.push(binding);
        } else {
            others.push(binding);
        }
    }
    let mut page = Page::new();
    let sections = [("Change", changes), ("Look", others), ("Tabs", tabs)];
    for (title, bindings) in sections {
        if !bindings.is_empty() {
            let title = Cell::text(title).role(Role::Strong);
            page = page.sentence(title).table(table(&bindings));
        }
    }
    if read_only {
        page = page.note("Read-only: keys that change data are not there.");
    }
    Sheet {
        page,
        target: Target::Nothing,
    }
}

fn table(bindings: &[&Binding]) -> Table {
    let columns: Vec<Column<&Binding>> = vec![
        Column::whole("KEY", |binding: &&Binding| Cell::text(binding.label())).reserve(14),
        Column::text("", |binding: &&Binding| Cell::text(binding.about)),
    ];
    Table::of(&columns, bindings)
}
