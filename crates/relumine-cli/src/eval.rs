//! `relumine eval`: results over a folder of pairs of photos: made, measured, compared, shown.
//!
//! The way of a run: pairs (`data`) → results that are not there are made (`make`) → each is measured (`measure`) → the
//! numbers are told as a table (`table`), as JSON lines (`lines`) and as a page (`page`). With `--self` the pairs are made of
//! photos, and results are scored against the truth (`self_reference`).

mod data;
mod lines;
mod make;
mod measure;
mod page;
mod self_reference;
mod table;
#[cfg(test)]
mod testing;

use std::path::PathBuf;

use anyhow::{Result, bail};
use relumine::io;
use relumine::metrics::{self, Metric, Metrics};
use relumine::watch::{Verdict, Watch};
use relumine::{Engine, Tap, TransferOptions, Weights};

use crate::args::EvalArgs;
use crate::console::Console;
use crate::{interrupt, report, weights};
use data::Folder;

/// All that was measured.
struct Evaluation {
    /// What the results are called, and the others where there are any.
    names: Vec<String>,
    rows: Vec<Row>,
    /// Pairs that could not be measured, each with the reason.
    missing: Vec<Missing>,
}

/// What was measured of one pair.
struct Row {
    id: String,
    result: Metrics,
    /// The result of the others.
    other: Option<Metrics>,
    /// JPEGs of content, reference, result and the others' result, where a page is wanted.
    pictures: Vec<Vec<u8>>,
}

struct Missing {
    id: String,
    reason: String,
}

impl Evaluation {
    /// Means of the results and, where there are any, of the others.
    fn means(&self) -> (Metrics, Option<Metrics>) {
        let results: Vec<_> = self.rows.iter().map(|row| row.result).collect();
        let others: Vec<_> = self.rows.iter().filter_map(|row| row.other).collect();
        (Metrics::mean(&results).expect("rows are not empty"), Metrics::mean(&others))
    }

    /// On how many pairs the results are better than the others by all of these metrics.
    fn wins(&self, metrics: &[Metric]) -> usize {
        let wins = |row: &&Row| {
            row.other.is_some_and(|other| metrics.iter().all(|metric| metric.is_better(&row.result, &other)))
        };
        self.rows.iter().filter(wins).count()
    }
}

/// Runs the command.
pub(crate) fn run(args: &EvalArgs, console: Console) -> Result<()> {
    if args.self_reference {
        return self_reference::run(args, console);
    }
    metrics::check_size(args.measure_size).map_err(relumine::Error::from)?;
    let judge = judge(args)?;
    let options = args.run.then(|| options(args, console)).transpose()?;
    if options.is_none() && args.method.asks_for_anything() {
        console.say("notice: without --run nothing is transferred: options of look, solver and objective are not used");
    }
    for path in [&args.html, &args.json].into_iter().flatten() {
        io::check_writable_file(path)?;
    }
    let folder = Folder::open(&args.data)?;
    let ids = match &args.ids {
        Some(ids) => ids.clone(),
        None => folder.ids()?,
    };
    check_outputs(args, &folder, &ids)?;
    // A picture as it stands is no result to be measured: the first Ctrl-C stops.
    let token = interrupt::listen(Verdict::Cancel)?;
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let network = match judge {
        Some(path) => {
            let mut watch = Watch::with_token(token.clone());
            let network = engine.feature_network(&Weights::File(path), &Tap::STYLE, &mut watch)?;
            if !network.name().starts_with("VGG-19") {
                console.say(&format!(
                    "notice: style is measured by {}, not by VGG-19: the numbers compare with no others",
                    network.name()
                ));
            }
            Some(network)
        }
        None => {
            console.say("notice: style is not measured without a network; name VGG-19 with --network or --measure-network");
            None
        }
    };

    let mut missing = Vec::new();
    if let Some(options) = &options {
        missing = make::results(args, &engine, options, &folder, &ids, console, &token)?;
    }
    let evaluation =
        measure::results(args, &engine, network.as_deref(), &folder, &ids, missing, console, &token)?;
    if let (Some(first), []) = (evaluation.missing.first(), evaluation.rows.as_slice()) {
        bail!("none of {} pairs could be measured, beginning with {}: {}", ids.len(), first.id, first.reason);
    }

    print!("{}", table::render(&evaluation));
    if let Some(path) = &args.json {
        io::write_file(path, lines::render(&evaluation)?.as_bytes())?;
    }
    if let Some(path) = &args.html {
        io::write_file(path, page::render(&evaluation).as_bytes())?;
    }
    for missing in &evaluation.missing {
        console.say(&format!("not measured: {}: {}", missing.id, missing.reason));
    }
    Ok(())
}

/// The options of the transfers, checked.
fn options(args: &EvalArgs, console: Console) -> Result<TransferOptions> {
    let (mut options, unused) = args.method.options(weights::resolve)?;
    options.check().map_err(relumine::Error::from)?;
    options.pairing.segment.merging = args.method.regions.recognise.merging(&args.files.limits())?;
    report::tell_unused(console, &options, &unused);
    Ok(options)
}

/// The file of the network that measures the style.
fn judge(args: &EvalArgs) -> Result<Option<PathBuf>> {
    let named = args.measure_network.as_ref().or(args.method.solver.network.as_ref());
    named.map(|path| weights::resolve(path)).transpose()
}

/// Finds before the long work what cannot be written, or would be written over what is needed.
fn check_outputs(args: &EvalArgs, folder: &Folder, ids: &[String]) -> Result<()> {
    let written = [&args.html, &args.json].into_iter().flatten().cloned();
    let results = || ids.iter().filter(|_| args.run).map(|id| args.result(id));
    if let Some(first) = results().next() {
        io::check_writable(&first)?;
    }
    let others = |id: &String| args.against.as_ref().map(|against| against.path(id));
    let needed: Vec<PathBuf> =
        ids.iter().flat_map(|id| folder.files(id).into_iter().chain(others(id))).collect();
    let outputs: Vec<PathBuf> = written.chain(results()).collect();
    Ok(io::check_apart(outputs.iter().map(PathBuf::as_path), needed.iter().map(PathBuf::as_path))?)
}
