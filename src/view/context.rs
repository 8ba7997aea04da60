//! Named connections: the rows of a list, and the page of one.

use super::{Cell, Column, Page, Role, Row, View, text};
use crate::document::context::ContextDocument;

impl ContextDocument {
    fn changes(&self) -> Cell {
        match (self.read_only, self.protected) {
            (true, _) => Cell::text("refused").role(Role::Warning),
            (false, true) => Cell::text("protected").role(Role::Warning),
            (false, false) => Cell::none(),
        }
    }

    fn current_cell(&self) -> Cell {
        if self.current {
            Cell::text("yes").role(Role::Good)
        } else {
            Cell::none()
        }
    }

    /// The URL, or the Sentinels that stand for it.
    fn address(&self) -> Cell {
        let sentinels = self.sentinels.as_ref();
        let sentinels = sentinels.map(|each| format!("redis-sentinel://{}", each.join(",")));
        Cell::maybe(self.url.clone().or(sentinels))
    }
}

impl Row for ContextDocument {
    const PLURAL: &'static str = "contexts";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("NAME", |context: &Self| Cell::text(&context.name)),
            Column::whole("CURRENT", Self::current_cell),
            Column::text("URL", Self::address),
            Column::whole("CHANGES", Self::changes),
            Column::text("PASSWORD FILE", |context: &Self| {
                Cell::maybe(context.password_file.as_ref())
            })
            .wide(),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl View for ContextDocument {
    /// What is not written in the file is not shown.
    fn page(&self) -> Page {
        let word = |on: bool| Cell::text(if on { "yes" } else { "no" });
        let switch = |on: Option<bool>| on.map_or_else(Cell::none, word);
        let seconds = self.timeout_seconds;
        let facts = [
            ("Name", Cell::text(&self.name)),
            ("Current", self.current_cell()),
            ("Changes", self.changes()),
            ("URL", Cell::maybe(self.url.as_ref())),
            ("Password file", Cell::maybe(self.password_file.as_ref())),
            (
                "Sentinels",
                Cell::maybe(self.sentinels.as_ref().map(|each| each.join(", "))),
            ),
            ("Primary", Cell::maybe(self.master.as_ref())),
            ("User", Cell::maybe(self.user.as_ref())),
            ("Database", Cell::maybe(self.db.map(|db| db.to_string()))),
            ("TLS", switch(self.tls)),
            ("Sentinel TLS", switch(self.sentinel_tls)),
            ("Sentinel user", Cell::maybe(self.sentinel_user.as_ref())),
            ("Sentinel password", Cell::maybe(self.sentinel_password)),
            (
                "Sentinel password file",
                Cell::maybe(self.sentinel_password_file.as_ref()),
            ),
            ("CA certificates", Cell::maybe(self.tls_ca.as_ref())),
            ("Client certificate", Cell::maybe(self.tls_cert.as_ref())),
            ("Client key", Cell::maybe(self.tls_key.as_ref())),
            ("Server name", Cell::maybe(self.tls_server_name.as_ref())),
            (
                "Any certificate",
                if self.insecure {
                    Cell::text("accepted").role(Role::Warning)
                } else {
                    Cell::none()
                },
            ),
            ("Timeout", Cell::maybe(seconds.map(text::duration))),
        ];
        let none = Cell::none();
        Page::new().facts(facts.into_iter().filter(|(_, cell)| *cell != none))
    }

    fn ids(&self) -> Vec<&str> {
        vec![&self.name]
    }
}
