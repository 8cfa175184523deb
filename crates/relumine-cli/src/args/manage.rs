//! The whole command line as clap knows it, and arguments of what manages the program itself: presets, completions, pages of the manual.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::Cli;

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
    relumine completions bash > ~/.local/share/bash-completion/completions/relumine
    relumine completions zsh > ~/.zfunc/_relumine        # with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
    relumine completions fish > ~/.config/fish/completions/relumine.fish
    relumine completions powershell >> $PROFILE";

pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  One page:
    relumine man | man -l -
  One for each command, where `man relumine-transfer` finds them:
    relumine man ~/.local/share/man/man1";

/// Options that are kept in files.
#[derive(Debug, Args)]
#[command(next_help_heading = "General")]
pub(crate) struct PresetArgs {
    /// Take options from a file, such as `strength = 0.7`: the names of long flags; what is given beside it wins
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) preset: Option<PathBuf>,
    /// Write the options that are used, so that --preset can take them; not the names of photos
    #[arg(long, value_name = "FILE.toml", hide_short_help = true)]
    pub(crate) write_preset: Option<PathBuf>,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder to write a page for each command to [default: the main page, to standard output]
    pub(crate) folder: Option<PathBuf>,
}

/// The whole command line. Where `-h` of a command leaves something out, its last line says so.
pub(crate) fn command() -> Command {
    Cli::command().mut_subcommands(|command| {
        let leaves_out = command.get_arguments().any(|arg| arg.is_hide_short_help_set())
            || command.get_after_long_help().is_some();
        if !leaves_out || command.has_subcommands() {
            return command;
        }
        let more = format!("`relumine {} --help` shows all options, and examples.", command.get_name());
        command.after_help(more)
    })
}
