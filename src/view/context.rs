//! Named connections: the rows of a list.

use super::{Cell, Column, Role, Row};
use crate::document::context::ContextDocument;

impl Row for ContextDocument {
    const PLURAL: &'static str = "contexts";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::key("NAME", |context: &Self| Cell::text(&context.name)),
            Column::whole("CURRENT", |context| {
                if context.current {
                    Cell::text("yes").role(Role::Good)
                } else {
                    Cell::none()
                }
            }),
            Column::text("URL", |context| Cell::maybe(context.url.as_ref())),
            Column::whole("CHANGES", |context| {
                match (context.read_only, context.protected) {
                    (true, _) => Cell::text("refused").role(Role::Warning),
                    (false, true) => Cell::text("protected").role(Role::Warning),
                    (false, false) => Cell::none(),
                }
            }),
        ]
    }

    fn id(&self) -> Option<&str> {
        Some(&self.name)
    }
}
