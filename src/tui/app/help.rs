//! All keys of a place.

use super::Settings;
use super::binding::{Binding, Purpose};
use super::keys::bindings;
use crate::tui::place::{Kind, Sheet};
use crate::tui::target::Target;
use crate::view::{Cell, Column, Page, Role, Table};

pub(super) fn sheet(kind: Kind, settings: &Settings) -> Sheet {
    let mut page = Page::new();
    let warning = |text: &str| Cell::text(text).role(Role::Warning);
    if settings.read_only {
        page = page.sentence(warning("Read-only: the keys that change data are off."));
    } else if let Some(name) = &settings.protected {
        let asks = format!("Protected: each change asks for the name of the context, {name}.");
        page = page.sentence(warning(&asks));
    }
    let sections = [
        ("Change", Purpose::Change),
        ("Look", Purpose::Look),
        ("Tabs", Purpose::Tab),
    ];
    for (title, purpose) in sections {
        let bindings =
            bindings(kind, settings.read_only).filter(|binding| binding.purpose == purpose);
        let bindings: Vec<&Binding> = bindings.collect();
        if !bindings.is_empty() {
            let title = Cell::text(title).role(Role::Strong);
            page = page.sentence(title).table(table(&bindings));
        }
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
