//! Measures each result, one pair after another.

use anyhow::Result;
use relumine::Engine;
use relumine::features::Network;
use relumine::io::Photo;
use relumine::metrics::Pair;
use relumine::watch::{CancelToken, Watch};

use super::data::Folder;
use super::page::thumbnail;
use super::{Evaluation, Missing, Row};
use crate::args::EvalArgs;
use crate::console::{Console, Meter, Unit};
use crate::failure::one_line;
use crate::interrupt::Stopped;

/// Measures what is there. Pairs for which anything is missing go to those that are `missing` already.
///
/// # Errors
/// [`Stopped`] by Ctrl-C.
#[expect(clippy::too_many_arguments, reason = "each is a thing of its own, and this is called once")]
pub(super) fn results(
    args: &EvalArgs,
    engine: &Engine,
    network: Option<&Network>,
    folder: &Folder,
    ids: &[String],
    mut missing: Vec<Missing>,
    console: Console,
    token: &CancelToken,
) -> Result<Evaluation> {
    let templates = args.out.iter().chain(&args.against);
    let names = templates.map(|template| template.as_path().display().to_string()).collect();
    let mut rows = Vec::new();
    let mut meter = Meter::new(console);
    meter.stage(Unit::Steps, "measure", ids.len() as u64);
    let stopped = |done| Stopped { done, total: ids.len(), again: "the same command" };
    for (done, id) in ids.iter().enumerate() {
        if token.is_cancelled() {
            return Err(stopped(done).into());
        }
        meter.at(done as u64, &format!("pair {id}"));
        if missing.iter().any(|pair| pair.id == *id) {
            continue;
        }
        match engine.install(|| row(args, engine, network, folder, id, token)) {
            Ok(row) => rows.push(row),
            Err(_) if token.is_cancelled() => return Err(stopped(done).into()),
            Err(error) => missing.push(Missing { id: id.clone(), reason: one_line(&error) }),
        }
    }
    meter.at(ids.len() as u64, "");
    Ok(Evaluation { names, rows, missing })
}

fn row(
    args: &EvalArgs,
    engine: &Engine,
    network: Option<&Network>,
    folder: &Folder,
    id: &str,
    token: &CancelToken,
) -> Result<Row> {
    let (reading, mut watch) = (args.files.reading()?, Watch::with_token(token.clone()));
    let limits = reading.limits;
    // The results first: they are what is most often not there.
    let result = Photo::open(args.result(id), &limits)?;
    let other = args.against.as_ref().map(|against| Photo::open(against.path(id), &limits)).transpose()?;
    let [content, reference] = folder.photos(id, engine, &reading, &mut watch)?;
    let open = |[ours, theirs]: [_; 2]| {
        Ok::<_, anyhow::Error>((Photo::open(ours, &limits)?, Photo::open(theirs, &limits)?))
    };
    let masks = folder.masks(id).map(open).transpose()?;
    let masks = masks.as_ref().map(|(ours, theirs)| (ours, theirs));
    let pair = Pair::new(&content, &reference, masks, network, args.measure_size)?;
    let photos = [&content, &reference, &result].into_iter().chain(&other);
    let pictures =
        if args.html.is_some() { photos.map(thumbnail).collect::<Result<_>>()? } else { Vec::new() };
    Ok(Row {
        id: id.to_owned(),
        result: pair.measure(&result),
        other: other.as_ref().map(|other| pair.measure(other)),
        pictures,
    })
}
