//! What keywords there are, for those who document and test theirs by it.

use clap::{Arg, Command, CommandFactory};
use serde::Serialize;

use super::{ApplyKeywords, MatteKeywords, SegmentKeywords, TransferKeywords};

/// One keyword.
#[derive(Clone, Debug, Serialize)]
pub struct Keyword {
    /// Its name.
    pub name: String,
    /// What it is, as the help of its flag says.
    pub help: String,
    /// What it is where it is not given; `None`: the method's own, or nothing.
    pub default: Option<String>,
    /// Its values, where they are so many.
    pub choices: Vec<String>,
}

/// The keywords of a call: `transfer`, `apply`, `segment` or `matte`.
pub fn keywords(call: &str) -> Option<Vec<Keyword>> {
    let command = match call {
        "transfer" => TransferKeywords::command(),
        "apply" => ApplyKeywords::command(),
        "segment" => SegmentKeywords::command(),
        "matte" => MatteKeywords::command(),
        _ => return None,
    };
    Some(of(&command))
}

fn of(command: &Command) -> Vec<Keyword> {
    let keyword = |arg: &Arg| {
        let name = arg.get_long()?.replace('-', "_");
        let choices = arg.get_possible_values();
        let defaults = arg.get_default_values();
        let default = defaults.first().map(|value| value.to_string_lossy().into_owned());
        let takes_values = arg.get_action().takes_values();
        Some(Keyword {
            name,
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            default: default.filter(|_| takes_values),
            choices: choices
                .iter()
                .filter(|_| takes_values)
                .map(|value| value.get_name().to_owned())
                .collect(),
        })
    };
    command.get_arguments().filter_map(keyword).collect()
}

/// A message about flags as one about keywords: `--style-weight` is `style_weight`.
pub(super) fn in_keywords(message: &str) -> String {
    let mut parts = message.split("--");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(part.len());
        told += &part[..end].replace('-', "_");
        told += &part[end..];
    }
    told
}
