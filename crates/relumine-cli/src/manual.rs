//! `relumine completions` and `relumine man`: what shells and `man` want to know of the command line.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Command;
use clap_mangen::Man;

use crate::args::{self, CompletionsArgs, ManArgs};
use crate::console::Console;
use crate::files;

const STANDARD_OUTPUT: &str = "-";

/// Writes a shell's completions to standard output.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "relumine", &mut script);
    files::write(Path::new(STANDARD_OUTPUT), &script)
}

/// Writes the main page to standard output, or one for each command to a folder.
pub(crate) fn man(args: &ManArgs, console: Console) -> Result<()> {
    let mut whole = args::command().disable_help_subcommand(true);
    whole.build();
    let Some(folder) = &args.folder else {
        return files::write(Path::new(STANDARD_OUTPUT), &page(&whole)?.1);
    };
    if folder.exists() && !folder.is_dir() {
        bail!("{}: is a file; name a folder", folder.display());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let count = write(&whole, folder)?;
    console.say(&format!("{}: {count} pages", folder.display()));
    Ok(())
}

/// Writes the pages of a command and of those below it; returns how many.
fn write(command: &Command, folder: &Path) -> Result<usize> {
    let (name, text) = page(command)?;
    files::write(&folder.join(name), &text)?;
    let below = command.get_subcommands().filter(|command| !command.is_hide_set());
    below.map(|command| write(command, folder)).try_fold(1, |sum, count| Ok(sum + count?))
}

/// A page's file name, and its text.
fn page(command: &Command) -> Result<(String, Vec<u8>)> {
    let page = Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text)?;
    Ok((page.get_filename(), text))
}
