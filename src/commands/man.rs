//! `qctl man`: manual pages.

mod page;

use std::path::{Path, PathBuf};

use self::page::Page;
use super::Context;
use crate::error::{Exit, Failure};
use crate::nearest::nearest;

/// Print the manual page of a command
///
/// Without a command, the page of qctl itself. The page is printed as roff source: pass it to man -l -.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  qctl man enqueue | man -l -\n  qctl man cron add | man -l -\n  qctl man --dir ~/.local/share/man/man1"
)]
pub(crate) struct ManArgs {
    /// Command, such as cron add
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    command: Vec<String>,
    /// Write the pages of all commands into DIR, which is created if it does not exist
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(cx: &Context, args: &ManArgs) -> anyhow::Result<Exit> {
    let mut grammar = (cx.grammar)().disable_help_subcommand(true);
    grammar.build();
    let root = Page::of(&grammar);
    if let Some(folder) = &args.dir {
        let cannot = |error: std::io::Error| {
            let folder = folder.display();
            Failure::new(
                Exit::Failed,
                format!("cannot write manual pages to {folder} ({error})"),
            )
        };
        std::fs::create_dir_all(folder).map_err(cannot)?;
        write_all(&root, folder).map_err(cannot)?;
    } else {
        let words = args
            .command
            .iter()
            .flat_map(|words| words.split_whitespace());
        let page = words
            .into_iter()
            .try_fold(root, |page, word| find(&page, word))?;
        cx.printer.raw(&page.roff()?)?;
    }
    Ok(Exit::Done)
}

/// The page of a command of this command.
fn find<'a>(page: &Page<'a>, word: &str) -> Result<Page<'a>, Failure> {
    let called = |page: &Page<'a>| {
        page.command.get_name() == word || page.command.get_all_aliases().any(|alias| alias == word)
    };
    page.commands().find(called).ok_or_else(|| {
        let names = page.commands().map(|page| page.command.get_name());
        let hint = nearest(word, names).map_or_else(
            || "qctl --help lists the commands".to_owned(),
            |name| format!("did you mean {name}?"),
        );
        Failure::usage(format!("there is no command {word:?}"), hint)
    })
}

/// Writes the page of a command and those of its own commands.
fn write_all(page: &Page<'_>, folder: &Path) -> std::io::Result<()> {
    std::fs::write(folder.join(format!("{}.1", page.name())), page.roff()?)?;
    page.commands()
        .try_for_each(|page| write_all(&page, folder))
}
