//! `--columns`: the columns of a table.

use super::Context;
use crate::error::Failure;
use crate::view::Column;

/// The columns that were asked for, in that order; without any, all of them.
pub(super) fn chosen<R>(
    cx: &Context,
    names: &[String],
    columns: Vec<Column<R>>,
) -> Result<Vec<Column<R>>, Failure> {
    if !names.is_empty() && !cx.printer.for_people() {
        let hint = "JSON and CSV have every key: select some with jq, or with cut";
        return Err(Failure::usage("--columns applies to tables only", hint));
    }
    let known: Vec<String> = columns.iter().map(Column::name).collect();
    Column::chosen(columns, names).map_err(|unknown| {
        let unknown: Vec<String> = unknown.iter().map(|name| format!("{name:?}")).collect();
        let what = format!("there is no column {}", unknown.join(" or "));
        Failure::usage(what, format!("use some of {}", known.join(",")))
    })
}
