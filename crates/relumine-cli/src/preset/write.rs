//! From options that were given to TOML.

use clap::{Arg, ArgMatches, Command};
use toml::{Table, Value};

use super::keys;

/// The text of a preset with the options that were given to a command, be it by words or by a preset.
pub(super) fn text(command: &Command, given: &ArgMatches) -> String {
    let of =
        |(key, arg): (&str, &Arg)| keys::is_given(given, arg).then(|| (key.to_owned(), value(arg, given)));
    let table: Table = keys::of(command).filter_map(of).collect();
    format!(
        "# Options of `relumine {}`, version {}. What is not here is as it is by default.\n{table}",
        command.get_name(),
        env!("CARGO_PKG_VERSION")
    )
}

fn value(arg: &Arg, given: &ArgMatches) -> Value {
    if !arg.get_action().takes_values() {
        return Value::Boolean(given.get_flag(arg.get_id().as_str()));
    }
    let raw = given.get_raw(arg.get_id().as_str()).into_iter().flatten();
    let mut values: Vec<_> = raw.map(|word| scalar(&word.to_string_lossy())).collect();
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}

/// A number or truth where it is written as TOML writes it, else the text.
fn scalar(text: &str) -> Value {
    let number = text.parse().map(Value::Integer).ok().or_else(|| text.parse().map(Value::Float).ok());
    let known = number.or_else(|| text.parse().map(Value::Boolean).ok());
    known.filter(|number| number.to_string() == text).unwrap_or_else(|| Value::String(text.into()))
}
