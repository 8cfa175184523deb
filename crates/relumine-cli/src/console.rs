//! What people read on the way: notices and progress, all on standard error.

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressFinish, ProgressState, ProgressStyle};

/// How much is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    /// Nothing but errors.
    pub(crate) quiet: bool,
    /// 0 for what everyone wants to know, more for details.
    pub(crate) verbose: u8,
}

impl Console {
    /// Prints a line, unless quiet.
    pub(crate) fn say(self, line: &str) {
        if !self.quiet {
            eprintln!("{line}");
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    Bytes,
    Steps,
}

/// Progress through stages: a bar on a terminal, lines elsewhere, nothing when quiet.
pub(crate) struct Meter {
    console: Console,
    /// Whether bars can be drawn; details on the same terminal would break them.
    bars: bool,
    stage: Option<Running>,
}

struct Running {
    name: String,
    unit: Unit,
    total: u64,
    /// Where this run began, for the estimate of what is left.
    first: u64,
    since: Instant,
    bar: Option<ProgressBar>,
    pace: Pace,
}

impl Meter {
    /// A meter that shows nothing yet.
    pub(crate) fn new(console: Console) -> Self {
        let bars = stderr().is_terminal() && !console.quiet && console.verbose == 0;
        Self { console, bars, stage: None }
    }

    /// Whether progress moves on its line, rather than adding lines to a log.
    pub(crate) fn draws_bars(&self) -> bool {
        self.bars
    }

    /// Ends the stage; what follows is not worth showing.
    pub(crate) fn silence(&mut self) {
        self.stage = None;
    }

    /// Begins a stage of `total` units; the one before is over.
    pub(crate) fn stage(&mut self, unit: Unit, name: &str, total: u64) {
        self.stage = None;
        let bar = self.bars.then(|| {
            ProgressBar::new(total)
                .with_style(style(unit))
                .with_prefix(name.to_owned())
                .with_finish(ProgressFinish::AndClear)
        });
        let (since, pace) = (Instant::now(), Pace::default());
        self.stage = Some(Running { name: name.to_owned(), unit, total, first: 0, since, bar, pace });
    }

    /// Counts `done` units of the stage as done before it began.
    pub(crate) fn skip_to(&mut self, done: u64) {
        if let Some(stage) = &mut self.stage {
            stage.first = done;
            if let Some(bar) = &stage.bar {
                bar.set_position(done);
                bar.reset_eta();
            }
        }
    }

    /// Shows that `done` units of the stage are done.
    pub(crate) fn at(&mut self, done: u64, detail: &str) {
        let Some(stage) = &mut self.stage else { return };
        if let Some(bar) = &stage.bar {
            bar.set_message(detail.to_owned());
            bar.set_position(done);
        } else if !self.console.quiet && stage.pace.is_due(Instant::now(), done, stage.total) {
            eprintln!("{}", stage.line(done, detail));
        }
    }

    /// Prints a line without disturbing the bar, unless quiet.
    pub(crate) fn say(&self, line: &str) {
        match self.stage.as_ref().and_then(|stage| stage.bar.as_ref()) {
            Some(bar) => bar.suspend(|| self.console.say(line)),
            None => self.console.say(line),
        }
    }
}

impl Running {
    fn line(&self, done: u64, detail: &str) -> String {
        if self.unit == Unit::Steps && self.total <= 1 {
            return self.name.clone();
        }
        let count = match self.unit {
            Unit::Bytes => format!("{} of {}", HumanBytes(done), HumanBytes(self.total)),
            Unit::Steps => format!("{done} of {}", self.total),
        };
        let mut line = format!("{}: {count}", self.name);
        if !detail.is_empty() {
            line = format!("{line}, {detail}");
        }
        let (progress, missing) = (done.saturating_sub(self.first), self.total.saturating_sub(done));
        if progress > 0 && missing > 0 {
            let left = self.since.elapsed().mul_f64(missing as f64 / progress as f64);
            line = format!("{line}, {} left", HumanDuration(left));
        }
        line
    }
}

fn style(unit: Unit) -> ProgressStyle {
    let template = match unit {
        Unit::Bytes => "{prefix:>9} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} ETA {eta}",
        Unit::Steps => "{prefix:>9} [{bar:30}] {pos}/{len} {wide_msg} ETA {eta}",
    };
    // Before the first unit is done there is nothing to estimate from.
    let eta = |state: &ProgressState, out: &mut dyn Write| {
        let _ = if state.pos() == 0 {
            write!(out, "…")
        } else {
            write!(out, "{:#}", HumanDuration(state.eta()))
        };
    };
    let style = ProgressStyle::with_template(template).expect("a fixed template is well-formed");
    style.with_key("eta", eta).progress_chars("=> ")
}

/// When the next line is due where there is no bar: at the first and last unit, and in between every few seconds or, of
/// quick work, every tenth.
#[derive(Debug, Default)]
struct Pace {
    last: Option<(Instant, u64)>,
}

impl Pace {
    const SOON: Duration = Duration::from_millis(500);
    const LATE: Duration = Duration::from_secs(5);

    fn is_due(&mut self, now: Instant, done: u64, total: u64) -> bool {
        let tenth = done.saturating_mul(10).checked_div(total).unwrap_or(0);
        let due = match self.last {
            None => true,
            Some((at, before)) => {
                let waited = now.saturating_duration_since(at);
                waited >= Self::LATE || (tenth > before && (waited >= Self::SOON || done >= total))
            }
        };
        if due {
            self.last = Some((now, tenth));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_at_tenths_but_not_in_floods_and_not_too_late() {
        let (mut pace, t) = (Pace::default(), Instant::now());
        let mut is_due = |ms, done| pace.is_due(t + Duration::from_millis(ms), done, 1000);
        assert!(is_due(0, 1), "the first");
        assert!(!is_due(10, 100), "a tenth, but too soon");
        assert!(is_due(600, 150), "a tenth after half a second");
        assert!(!is_due(2000, 160), "neither a tenth nor five seconds");
        assert!(is_due(5700, 170), "five seconds");
        assert!(is_due(5710, 1000), "the last");
        assert!(!is_due(5720, 1000), "the last only once");
        assert!(Pace::default().is_due(t, 0, 0), "no division by a total of zero");
    }

    #[test]
    fn lines_name_stage_count_detail_and_what_is_left() {
        let since = Instant::now() - Duration::from_secs(60);
        let (name, pace) = ("solve".to_owned(), Pace::default());
        let stage = Running { name, unit: Unit::Steps, total: 300, first: 0, since, bar: None, pace };
        assert_eq!(stage.line(100, "loss 1.5e3"), "solve: 100 of 300, loss 1.5e3, 2 minutes left");
        assert_eq!(stage.line(300, ""), "solve: 300 of 300");
    }
}
