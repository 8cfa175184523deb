//! `relumine eval --self`: results on pairs that are made of photos, scored against their known truth.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use relumine::io::{self, Photo, is_named_as_photo};
use relumine::metrics::self_reference::{Kind, Score, SelfReference, Summary, reinhard};
use relumine::watch::{CancelToken, Verdict, Watch};
use relumine::{Engine, Error, TransferOptions};
use serde::Serialize;

use super::make::PairFollower;
use super::table::aligned;
use crate::args::EvalArgs;
use crate::console::{Console, Meter, Unit};
use crate::failure::one_line;
use crate::{files, interrupt};

/// What is scored, beside each other.
const METHODS: [&str; 3] = ["nothing", "reinhard", "result"];

/// The scores of one method on one kind.
#[derive(Serialize)]
struct Line {
    kind: Kind,
    method: &'static str,
    #[serde(flatten)]
    summary: Summary,
}

/// Runs the command.
pub(super) fn run(args: &EvalArgs, console: Console) -> Result<()> {
    let options = super::options(args, console)?;
    let photos = photos(&args.data)?;
    check_outputs(args, &photos)?;
    let token = interrupt::listen(Verdict::Cancel)?;
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let lines = scores(args, &engine, &options, &photos, console, &token)?;
    print!("{}", table(&lines));
    if let Some(path) = &args.json {
        let lines: Vec<_> = lines.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        io::write_file(path, (lines.join("\n") + "\n").as_bytes())?;
    }
    Ok(())
}

/// The photos of a folder, by name.
fn photos(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?;
    let mut photos: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    photos.retain(|path| is_named_as_photo(path));
    photos.sort();
    Ok(photos)
}

/// Scores by kind and method, over as many photos as are asked for or fit.
fn scores(
    args: &EvalArgs,
    engine: &Engine,
    options: &TransferOptions,
    photos: &[PathBuf],
    console: Console,
    token: &CancelToken,
) -> Result<Vec<Line>> {
    let count = usize::from(args.count).min(photos.len());
    let total = count * args.kinds.len();
    let (mut meter, reading) = (Meter::new(console), args.files.reading()?);
    // A row a pair, with the scores of each kind.
    let mut rows: Vec<Vec<[Score; 3]>> = Vec::new();
    for path in photos {
        let number = rows.len();
        if number == count {
            break;
        }
        let photo = match files::open(engine, path, &reading, &mut Watch::with_token(token.clone())) {
            Ok(photo) => photo,
            Err(error) if matches!(error.downcast_ref(), Some(Error::Cancelled)) => return Err(error),
            Err(error) => {
                console.say(&format!("left out: {}", one_line(&error)));
                continue;
            }
        };
        let Some(pair) = engine.install(|| SelfReference::new(&photo, number as u64)) else { continue };
        if number == 0 {
            meter.stage(Unit::Steps, "transfer", total as u64);
        }
        keep(args, number, "truth", &pair.truth())?;
        keep(args, number, "ref", &pair.reference(Kind::Global))?;
        let mut row = Vec::new();
        for (k, kind) in args.kinds.iter().enumerate() {
            let (done, id) = (number * args.kinds.len() + k, format!("{number:02}-{}", kind.name()));
            let mut follower = PairFollower { meter: &mut meter, id: &id, done: done as u64 };
            let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
            let (content, reference) = (pair.content(*kind), pair.reference(*kind));
            let result = engine.transfer(&content, &reference, None, options, &mut watch)?.photo;
            keep(args, number, kind.name(), &content)?;
            keep(args, number, &format!("{}-result", kind.name()), &result)?;
            row.push(engine.install(|| {
                [&content, &reinhard(&content, &reference), &result]
                    .map(|found| Score::of(found, &pair.truth()))
            }));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        bail!("{}: holds no photo that two crops can be taken of", args.data.display());
    }
    meter.at(total as u64, "");
    let cells =
        args.kinds.iter().enumerate().flat_map(|(k, kind)| (0..METHODS.len()).map(move |m| (k, *kind, m)));
    let line = |(k, kind, m): (usize, Kind, usize)| {
        let summary = Summary::of(&rows.iter().map(|row| row[k][m]).collect::<Vec<_>>())?;
        Some(Line { kind, method: METHODS[m], summary })
    };
    Ok(cells.filter_map(line).collect())
}

/// Where a picture of a pair is kept.
fn place(args: &EvalArgs, number: usize, name: &str) -> Option<PathBuf> {
    args.out.as_ref().map(|out| out.path(&format!("{number:02}-{name}")))
}

/// Writes a picture of a pair where pictures are asked for.
fn keep(args: &EvalArgs, number: usize, name: &str, photo: &Photo) -> Result<()> {
    if let Some(path) = place(args, number, name) {
        photo.save(path, &args.files.saving())?;
    }
    Ok(())
}

/// Finds before the long work what cannot be written, or would be written over a photo.
fn check_outputs(args: &EvalArgs, photos: &[PathBuf]) -> Result<()> {
    if let Some(path) = &args.json {
        io::check_writable_file(path)?;
    }
    if let Some(path) = place(args, 0, "truth") {
        io::check_writable(&path)?;
    }
    let mut names = vec!["truth".to_owned(), "ref".to_owned()];
    names.extend(
        args.kinds.iter().flat_map(|kind| [kind.name().to_owned(), format!("{}-result", kind.name())]),
    );
    let pictures =
        (0..usize::from(args.count)).flat_map(|k| names.iter().filter_map(move |name| place(args, k, name)));
    let outputs: Vec<_> = pictures.chain(args.json.clone()).collect();
    Ok(io::check_apart(outputs.iter().map(PathBuf::as_path), photos.iter().map(PathBuf::as_path))?)
}

/// A line a kind and method.
fn table(lines: &[Line]) -> String {
    let heading = ["kind", "method", "psnr", "dE", "worst dE", "pairs"].map(str::to_owned).to_vec();
    let row = |line: &Line| {
        let Summary { psnr, distance, worst, pairs } = line.summary;
        vec![
            line.kind.name().to_owned(),
            line.method.to_owned(),
            format!("{psnr:.2}"),
            format!("{distance:.2}"),
            format!("{worst:.1}"),
            pairs.to_string(),
        ]
    };
    aligned(&std::iter::once(heading).chain(lines.iter().map(row)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_protocol() {
        let summary = Summary { psnr: 21.5, distance: 7.25, worst: 12.5, pairs: 30 };
        let lines = [Line { kind: Kind::Global, method: "result", summary }];
        assert_eq!(
            serde_json::to_string(&lines[0]).unwrap(),
            "{\"kind\":\"global\",\"method\":\"result\",\"psnr\":21.5,\"dE\":7.25,\"worst_dE\":12.5,\"pairs\":30}"
        );
        assert_eq!(
            table(&lines),
            "  kind  method   psnr    dE  worst dE  pairs\nglobal  result  21.50  7.25      12.5     30\n"
        );
    }
}
