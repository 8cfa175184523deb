//! What was done: as JSON for programs, in lines for people.

use std::path::Path;

use anyhow::Result;
use indicatif::HumanBytes;
use relumine::report::{StageSeconds, Term};
use relumine::{Remark, TransferOptions};
use serde::Serialize;

use crate::args::flag_of;
use crate::console::Console;
use crate::files;
use crate::progress::stage_name;

/// Writes it as JSON.
pub(crate) fn write(path: &Path, report: &impl Serialize) -> Result<()> {
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    files::write(path, &json)
}

/// Names the options, by their fields, that were given to no effect.
pub(crate) fn tell_unused(console: Console, options: &TransferOptions, unused: &[String]) {
    let flags: Vec<String> = unused.iter().map(|field| flag_of(field).unwrap_or(field.clone())).collect();
    if !flags.is_empty() {
        console.say(&format!("notice: the method {} makes no use of {}", options.method, flags.join(", ")));
    }
}

/// Tells notices, and on request times, losses and the peak of memory.
pub(crate) fn tell(
    console: Console,
    notices: &[Remark],
    seconds: &[StageSeconds],
    losses: &[Term],
    peak: Option<u64>,
) {
    for notice in notices {
        console.say(&format!("notice: {notice}"));
    }
    if console.verbose > 0 {
        for stage in seconds {
            console.say(&format!("{}: {:.2} s", stage_name(stage.stage), stage.seconds));
        }
        for term in losses {
            console.say(&format!("{}: {:.4e} -> {:.4e}", term.term, term.start, term.end));
        }
        if let Some(peak) = peak {
            console.say(&format!("peak memory: {}", HumanBytes(peak)));
        }
    }
}
