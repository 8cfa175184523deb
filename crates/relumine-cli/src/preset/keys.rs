//! Which options a preset can hold.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, ValueHint};

/// Options of one run, whatever it is of: which photos, what becomes of files that are there, how much is said.
const OF_A_RUN: [&str; 11] = [
    "preset",
    "write-preset",
    "help",
    "version",
    "quiet",
    "verbose",
    "reference",
    "from-edit",
    "no-references",
    "overwrite",
    "skip-existing",
];

/// Files that say how something is done; others are what it is done to.
const MEANS: [&str; 3] = ["network", "segmenter", "merge"];

/// Whether the option can stand in a preset.
pub(super) fn is_key(arg: &Arg) -> bool {
    let names_a_file = arg.get_value_hint() != ValueHint::Unknown;
    arg.get_long().is_some_and(|long| !OF_A_RUN.contains(&long) && (!names_a_file || MEANS.contains(&long)))
}

/// The options of a command that can stand in a preset, by the names of their flags.
pub(super) fn of(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    command.get_arguments().filter(|arg| is_key(arg)).filter_map(|arg| Some((arg.get_long()?, arg)))
}

/// Whether the command has this option.
pub(super) fn is_of(command: &Command, key: &str) -> bool {
    of(command).any(|(long, _)| long == key)
}

/// The option of any command that takes presets.
pub(super) fn anywhere<'c>(whole: &'c Command, key: &str) -> Option<&'c Arg> {
    all(whole).find(|(long, _)| *long == key).map(|(_, arg)| arg)
}

/// The most similar name, where one is similar at all.
pub(super) fn nearest<'c>(whole: &'c Command, key: &str) -> Option<&'c str> {
    let similar = |long: &str| strsim::jaro_winkler(long, &key.replace('_', "-"));
    let best = all(whole).max_by(|(a, _), (b, _)| similar(a).total_cmp(&similar(b)));
    best.map(|(long, _)| long).filter(|long| similar(long) > 0.8)
}

fn all(whole: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let takes_presets = |command: &&Command| command.get_arguments().any(|arg| arg.get_id() == "preset");
    whole.get_subcommands().filter(takes_presets).flat_map(of)
}

/// Whether what was given on the command line says this option, or excludes it.
pub(super) fn is_settled(command: &Command, given: &ArgMatches, key: &str) -> bool {
    let Some((_, own)) = of(command).find(|(long, _)| *long == key) else { return false };
    let excluded = command.get_arg_conflicts_with(own);
    command.get_arguments().any(|arg| {
        is_given(given, arg)
            && (arg == own
                || excluded.contains(&arg)
                || (is_key(arg) && command.get_arg_conflicts_with(arg).contains(&own)))
    })
}

/// Whether the option is among the words.
pub(super) fn is_given(given: &ArgMatches, arg: &Arg) -> bool {
    given.try_contains_id(arg.get_id().as_str()).is_ok()
        && given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}
