//! `relumine segment`: a photo in, a picture of its regions out.

use std::path::PathBuf;

use anyhow::Result;
use relumine::io::{self, Photo};
use relumine::mask::Mask;
use relumine::segment::{self, Segmentation, Segmenter};
use relumine::watch::{Stage, Verdict, Watch};
use relumine::{Engine, Planes, Weights};
use serde_json::{Value, json};

use crate::args::SegmentArgs;
use crate::console::Console;
use crate::progress::Follower;
use crate::{files, interrupt, report, weights};

/// How much of the regions' colour an overlay shows.
const OVERLAY: f32 = 0.45;

/// Runs the command.
pub(crate) fn run(args: &SegmentArgs, console: Console) -> Result<()> {
    check_outputs(args)?;
    let reading = args.files.reading()?;
    let options = args.recognise.options(&reading.limits)?;
    let path = args.recognise.segmenter.as_deref().map(weights::resolve).transpose()?;
    let token = interrupt::listen(Verdict::Cancel)?;
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let mut follower = Follower::new(console, token.clone(), None);
    let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
    let segmenter = engine.segmenter(&path.map_or(Weights::Embedded, Weights::File), &mut watch)?;
    let photo = files::open(&engine, &args.photo, &reading, &mut watch)?;
    let (found, mask) = watch.stage(Stage::Regions, |_| {
        engine.install(|| {
            let found = segment::segment(photo.colours(), segmenter.as_ref(), &options, &token)?;
            let mask = found.mask(photo.colours(), &token)?;
            Ok((found, mask))
        })
    })?;

    let (colours, saving) = (colours(&mask), args.files.saving());
    if let Some(path) = &args.overlay {
        let overlay = Photo::from_planes(overlay(photo.colours(), &colours));
        engine.save(&overlay, path, &saving, &mut watch)?;
    }
    if let Some(path) = &args.json {
        report::write(path, &regions(segmenter.as_ref(), &found, &mask))?;
    }
    engine.save(&Photo::from_planes(colours), &args.output, &saving, &mut watch)?;
    drop(watch);
    drop(follower);
    for remark in photo.remarks() {
        console.say(&format!("notice: {remark}"));
    }
    console.say(&format!("{}: {}", args.output.display(), summary(&found, &mask)));
    Ok(())
}

/// Checks that everything can be written that is going to be, and that nothing is written over something needed.
fn check_outputs(args: &SegmentArgs) -> Result<()> {
    io::check_writable(&args.output)?;
    args.overlay.as_ref().map(io::check_writable).transpose()?;
    args.json.as_deref().map(io::check_writable_file).transpose()?;
    let inputs = [Some(&args.photo), args.recognise.merge.as_ref(), args.recognise.segmenter.as_ref()];
    let outputs = [Some(&args.output), args.overlay.as_ref(), args.json.as_ref()];
    let [inputs, outputs] = [inputs, outputs].map(|paths| paths.into_iter().flatten().map(PathBuf::as_path));
    Ok(io::check_apart(outputs, inputs)?)
}

/// Each pixel in the colour of its region, 3×H×W.
fn colours(mask: &Mask) -> Planes {
    let channel = |c: usize| -> Vec<f32> {
        let of: Vec<f32> = mask.palette().iter().map(|colour| f32::from(colour[c]) / 255.0).collect();
        mask.labels().iter().map(|label| of[usize::from(*label)]).collect()
    };
    let samples = [channel(0), channel(1), channel(2)].concat();
    Planes::from_vec(3, mask.height(), mask.width(), samples)
}

fn overlay(photo: &Planes, colours: &Planes) -> Planes {
    let mut out = photo.clone();
    out.data_mut().iter_mut().zip(colours.data()).for_each(|(out, colour)| *out += OVERLAY * (colour - *out));
    out
}

/// Share of the photo's pixels of each group.
fn shares(mask: &Mask) -> Vec<f64> {
    let pixels = mask.labels().len() as f64;
    mask.areas().into_iter().map(|area| area as f64 / pixels).collect()
}

/// What was recognised.
fn regions(segmenter: &dyn Segmenter, found: &Segmentation, mask: &Mask) -> Value {
    let groups = found.groups().iter().zip(shares(mask));
    let regions: Vec<_> = groups
        .map(|(group, share)| {
            let [r, g, b] = group.colour;
            let known = group.classes.iter().filter(|class| segmenter.classes().contains(class));
            json!({
                "name": group.name,
                "colour": format!("#{r:02x}{g:02x}{b:02x}"),
                "share": share,
                "classes": known.collect::<Vec<_>>(),
            })
        })
        .collect();
    let size = [mask.width(), mask.height()];
    json!({ "segmenter": segmenter.name(), "size": size, "regions": regions })
}

/// The regions by their size, those below one percent left out.
fn summary(found: &Segmentation, mask: &Mask) -> String {
    let mut shares: Vec<_> = found.groups().iter().map(|group| &group.name).zip(shares(mask)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let large = shares.iter().filter(|(_, share)| *share >= 0.01);
    large.map(|(name, share)| format!("{name} {:.0} %", 100.0 * share)).collect::<Vec<_>>().join(", ")
}
