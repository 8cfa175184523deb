//! From an error to the line and the exit code that the user gets.
//!
//! The library names options by their fields and knows no commands; here they get their flags, and what to do about it.

use relumine::{Error, MachineError, OptionsError, PhotoError, WeightsError};

use crate::args::flag_of;
use crate::developer::Kind;
use crate::{interrupt, preset};

const FAILED: u8 = 1;
const WRONG_USAGE: u8 = 2;

const DEVELOPED: &str = ", or have a program of yours do it with --developer auto";

/// Prints the error as one line and returns the exit code that it deserves.
pub(crate) fn report(error: &anyhow::Error) -> u8 {
    eprintln!("error: {}", one_line(error));
    if error.is::<interrupt::Stopped>() {
        return interrupt::EXIT_CODE;
    }
    if error.is::<preset::Misuse>() {
        return WRONG_USAGE;
    }
    match error.downcast_ref() {
        Some(Error::Cancelled) => interrupt::EXIT_CODE,
        Some(Error::Options(_)) => WRONG_USAGE,
        _ => FAILED,
    }
}

/// An error of the library in the program's words.
fn told(error: &Error) -> String {
    let advice: String = match error {
        Error::Options(OptionsError::OutOfRange { field, .. } | OptionsError::Unknown { field, .. }) => {
            return match flag_of(field) {
                None if *field == "reference_weight" => {
                    error.to_string().replacen(field, "a weight of --reference", 1)
                }
                Some(flag) => error.to_string().replacen(field, &flag, 1),
                None => error.to_string(),
            };
        }
        Error::Options(OptionsError::MappedTwice { .. }) => " (--map)".into(),
        Error::Options(OptionsError::UnknownOutputFormat { .. }) => {
            ", or, of a transfer, be told by --format".into()
        }
        Error::Options(OptionsError::NoNetwork { .. }) => {
            ": name a file with --network, or get one with `relumine weights fetch vgg19`".into()
        }
        Error::Options(OptionsError::NoGpuSupport)
        | Error::Machine(MachineError::NoGpu { .. } | MachineError::GpuFailed { .. }) => {
            " (--device cpu)".into()
        }
        Error::Machine(MachineError::GpuTooSmall { .. }) => " (--size, --device cpu)".into(),
        Error::Machine(MachineError::TooLittleMemory { .. }) => " (--size)".into(),
        Error::Machine(MachineError::Threads { .. }) => " (--threads)".into(),
        Error::Photo { problem: PhotoError::TooManyPixels { .. }, .. } => {
            "; raise it with --max-megapixels if you trust the file".into()
        }
        Error::Photo { problem: PhotoError::TooManyBytes { .. }, .. } => {
            "; raise it with --max-bytes if you trust the file".into()
        }
        Error::Photo { problem: PhotoError::RawWithoutPreview { .. }, .. } => DEVELOPED.into(),
        Error::Photo { problem: PhotoError::NotSupported { format, .. }, .. }
            if Kind::of(format).is_some() =>
        {
            DEVELOPED.into()
        }
        Error::Weights { problem: WeightsError::Unreadable(_), .. } => {
            ", or get weights with `relumine weights fetch vgg19` (others: `relumine weights list`)".into()
        }
        Error::NotFinite { term, .. } => {
            let term = if *term == "total-variation" { "tv" } else { term };
            flag_of(&format!("{term}_weight")).map_or(String::new(), |flag| format!(" ({flag})"))
        }
        _ => String::new(),
    };
    format!("{error}{advice}")
}

/// Prints what is wrong with the command line or its preset as one line, or the help that was asked for.
pub(crate) fn report_parsing(error: &anyhow::Error) -> u8 {
    error.downcast_ref().map_or_else(|| report(error), report_usage)
}

fn report_usage(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        // Help and version; where standard output is closed there is nobody to tell.
        let _ = error.print();
        return 0;
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
    } else {
        eprintln!("{}", usage_line(&error.render().to_string()));
    }
    WRONG_USAGE
}

/// The error and its sources, each said once: messages of libraries often quote their source already.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let cause = cause.downcast_ref().map_or_else(|| cause.to_string(), told);
        let cause = cause.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// What clap finds wrong with an option, wherever it is from.
pub(crate) fn usage_message(error: &clap::Error) -> String {
    let message = split_usage(&error.render().to_string()).0;
    message.strip_prefix("error: ").map_or(message.clone(), str::to_owned)
}

/// Folds clap's paragraphs into one: the message, its hints, and where to read on.
fn usage_line(rendered: &str) -> String {
    let (message, usage) = split_usage(rendered);
    let command: Vec<_> =
        usage.split_whitespace().take_while(|word| word.chars().all(|c| c.is_ascii_lowercase())).collect();
    let command = if command.is_empty() { "relumine".to_owned() } else { command.join(" ") };
    format!("{message}; see `{command} --help`")
}

/// The message with its hints as one line, and the usage as it is.
fn split_usage(rendered: &str) -> (String, &str) {
    let (message, usage) = rendered.split_once("Usage: ").unwrap_or((rendered, ""));
    let paragraphs = message.split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "));
    let paragraphs: Vec<_> = paragraphs.filter(|p| !p.is_empty() && !p.starts_with("For more")).collect();
    (paragraphs.join("; "), usage)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_chain_becomes_one_line_that_repeats_nothing() {
        let error = anyhow!("no such\nfile").context("a.png: cannot be read (no such file)").context("outer");
        assert_eq!(one_line(&error), "outer: a.png: cannot be read (no such file)");
    }

    #[test]
    fn fields_become_flags_and_advice_names_them() {
        let told = |error: relumine::Result<()>| one_line(&error.unwrap_err().into());
        let mut options = relumine::TransferOptions::default();
        options.apply.strength = 2.0;
        let line = told(options.check().map_err(Into::into));
        assert_eq!(line, "--strength is 2, but must be between 0 and 1");
        let line = told(Err(Error::NotFinite { method: "look", term: "photorealism" }));
        assert!(line.ends_with("(--photorealism-weight)"), "{line}");
        let too_many = PhotoError::TooManyPixels { width: 9, height: 9, limit: 1 };
        let line = told(Err(Error::Photo { path: "a.png".into(), problem: too_many }));
        assert!(line.starts_with("a.png: ") && line.contains("--max-megapixels"), "{line}");
        assert_eq!(line.matches("above the limit").count(), 1, "{line}");
    }

    #[test]
    fn paragraphs_of_usage_become_one_line() {
        let rendered = "error: unexpected argument '--sizes' found\n\n  tip: a similar argument exists: '--size'\n\n\
                        Usage: relumine transfer --output <OUTPUT> <CONTENT>\n\nFor more information, try '--help'.\n";
        assert_eq!(
            usage_line(rendered),
            "error: unexpected argument '--sizes' found; tip: a similar argument exists: '--size'; \
             see `relumine transfer --help`"
        );
        let bare = "error: a value is required\n\nFor more information, try '--help'.\n";
        assert_eq!(usage_line(bare), "error: a value is required; see `relumine --help`");
    }
}
