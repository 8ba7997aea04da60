//! The table of layers (`CONTRIBUTING.md` shows it for people), from the ground up: a layer may use what
//! stands above its own row here, and of that only what its row names.

/// A folder or file of `src`, and what it may name.
pub(super) struct Layer {
    /// A module path. A row for a part of a layer names what that part may use beyond the rest.
    pub(super) name: &'static str,
    /// Modules of ours: `worker::event` means that part alone.
    pub(super) uses: &'static [&'static str],
    /// Crates that belong to another layer.
    pub(super) refuses: &'static [&'static str],
}

const fn layer(
    name: &'static str,
    uses: &'static [&'static str],
    refuses: &'static [&'static str],
) -> Layer {
    Layer {
        name,
        uses,
        refuses,
    }
}

pub(super) const LAYERS: &[Layer] = &[
    // The ground floor.
    layer("clock", &[], &["redis", "tokio", "clap"]),
    layer("backoff", &[], &["redis", "clap"]),
    layer("figures", &[], &["redis", "tokio", "clap"]),
    layer("file_change", &[], &["redis", "clap"]),
    layer("nearest", &[], &["redis", "tokio", "clap"]),
    layer("tls", &[], &["redis", "clap"]),
    layer("text_file", &["nearest"], &["redis", "tokio", "clap"]),
    // What tasks are, and what Redis is told.
    layer(
        "task",
        &[],
        &[
            "tokio",
            "redis",
            "clap",
            "anyhow",
            "tracing",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    // Records of the broker are not `Serialize`: the JSON contract is in `document`.
    layer(
        "broker",
        &["task", "clock", "tls"],
        &[
            "clap",
            "anyhow",
            "serde",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer(
        "schedule",
        &[
            "task",
            "broker",
            "clock",
            "backoff",
            "file_change",
            "nearest",
        ],
        &[
            "redis",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer(
        "document",
        &[
            "task",
            "broker::records",
            "broker::SchedulerEntry",
            "broker::EnqueueEvent",
            "broker::Enqueued",
            "schedule",
            "nearest",
        ],
        &[
            "redis",
            "tokio",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer(
        "worker",
        &["task", "broker", "clock", "backoff", "tls", "document"],
        &[
            "redis",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer(
        "inspector",
        &[
            "task", "broker", "schedule", "document", "clock", "backoff", "nearest", "figures",
        ],
        &[
            "redis",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer(
        "library",
        &[
            "task",
            "broker",
            "schedule",
            "document",
            "worker",
            "inspector",
            "text_file",
            "clock",
            "backoff",
        ],
        &[
            "redis",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer(
        "failure",
        &[
            "task",
            "broker",
            "schedule",
            "document",
            "inspector",
            "nearest",
        ],
        &[
            "redis",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    // What people see.
    layer(
        "view",
        &[
            "task",
            "document",
            "inspector",
            "figures",
            "worker::event",
            "schedule::event",
        ],
        &[
            "redis",
            "tokio",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "owo_colors",
        ],
    ),
    layer("output", &["task", "document", "view"], &["redis", "clap"]),
    layer(
        "config",
        // Of the view only the words that users choose from: formats, colors, levels.
        &[
            "task",
            "schedule",
            "broker",
            "worker",
            "tls",
            "inspector::check",
            "inspector::trouble",
            "document::check",
            "view",
            "nearest",
            "text_file",
        ],
        &["redis", "comfy_table", "indicatif", "owo_colors"],
    ),
    layer(
        "error",
        &[
            "failure",
            "task",
            "broker",
            "schedule",
            "inspector",
            "output",
            "config",
            "nearest",
        ],
        &["redis", "comfy_table", "indicatif", "owo_colors"],
    ),
    layer("interrupt", &["error"], &["redis", "clap"]),
    layer(
        "editor",
        &["inspector", "failure"],
        &["redis", "clap", "anyhow"],
    ),
    layer(
        "tui",
        &[
            "task",
            "inspector",
            "document",
            "view",
            "clock",
            "editor",
            "failure",
            "output::style",
        ],
        &["redis", "clap"],
    ),
    layer(
        "web",
        &[
            "failure",
            "task",
            "inspector",
            "document",
            "library::Client",
            "view",
            "clock",
            "output::style",
        ],
        &["redis", "clap"],
    ),
    layer(
        "commands",
        &[
            "task",
            "document",
            "inspector",
            "view",
            "output",
            "config",
            "error",
            "clock",
            "editor",
            "interrupt",
            "nearest",
        ],
        &["redis", "comfy_table", "indicatif", "owo_colors"],
    ),
    layer(
        "commands::work",
        &["worker", "schedule", "web", "file_change"],
        &[],
    ),
    layer("commands::dev", &["worker"], &[]),
    layer("commands::try", &["worker"], &[]),
    layer("commands::handlers", &["worker"], &[]),
    layer("commands::serve", &["web"], &[]),
    layer("commands::dash", &["tui"], &[]),
    layer("commands::guardian", &["worker"], &[]),
    layer("commands::run_schedules", &["schedule"], &[]),
    layer("commands::cron::run_scheduler", &["schedule"], &[]),
    layer(
        "cli",
        &["commands", "config", "error", "output"],
        &["redis"],
    ),
    layer("lib", &["library", "web", "cli"], &["redis"]),
    layer("main", &[], &["redis", "clap", "tokio"]),
];

fn within(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The rows for a module; none if no layer has its name.
pub(super) fn rows(module: &str) -> impl Iterator<Item = &'static Layer> {
    LAYERS
        .iter()
        .filter(move |layer| within(module, layer.name))
}

/// Whether a module may use what the path of another names.
pub(super) fn may_use(module: &str, path: &str) -> bool {
    let folder = |path: &str| path.split("::").next().map(str::to_owned);
    folder(module) == folder(path)
        || rows(module).any(|row| row.uses.iter().any(|used| within(path, used)))
}

#[test]
fn arrows_point_down() {
    for (row, layer) in LAYERS.iter().enumerate() {
        for used in layer.uses {
            let place = LAYERS.iter().position(|lower| within(used, lower.name));
            assert!(
                place.is_some_and(|place| place < row),
                "`{}` stands above `{used}`, or that is no layer",
                layer.name
            );
        }
    }
}
