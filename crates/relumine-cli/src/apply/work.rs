//! What is done to each photo.

use std::path::Path;

use anyhow::{Result, bail};
use relumine::io::{ColourSpace, Format, Photo, SaveOptions, dimensions};
use relumine::watch::Watch;
use relumine::{
    Apply, Engine, Error, Look, LookFile, Masks, OptionsError, PairOptions, Placing, Reference, Remark,
    TransferOptions,
};

use super::sequence::Sequence;
use crate::args::ApplyArgs;
use crate::batch::Work;
use crate::console::Console;
use crate::files::{self, Reading};

/// Bytes that a photo takes for each of its pixels, from its file to that of the result, and besides: those of a PNG of 16 bits, the most.
const A_PIXEL: u64 = 24;
/// The same of formats that are read as floating-point numbers.
const A_PIXEL_OF_LIGHT: u64 = 52;
const BESIDES: u64 = 64 << 20;
/// What a solution takes besides.
const SOLVING: u64 = 384 << 20;
/// Pixels for each byte of a file that does not say its size at a glance.
const A_BYTE: u64 = 2;

/// A look, ready for photos.
pub(super) struct Applying {
    how: How,
    apply: Apply,
    engine: Engine,
    saving: SaveOptions,
    reading: Reading,
    /// Of photos that do not say, and of the results.
    spaces: [Option<ColourSpace>; 2],
    console: Console,
}

/// How a photo gets the look.
enum How {
    /// Without a solve, each photo for itself.
    Placed(Placing),
    /// By what key frames show.
    InSequence { look: Look, options: Box<PairOptions>, sequence: Box<Sequence> },
    /// Solved anew for each.
    Anew { references: Vec<Reference>, options: Box<TransferOptions> },
}

impl Applying {
    /// Finds what can be wrong before any photo is opened.
    pub(super) fn new(
        args: &ApplyArgs,
        kept: LookFile,
        apply: Apply,
        saving: SaveOptions,
        engine: Engine,
        console: Console,
    ) -> Result<Self> {
        apply.check().map_err(Error::from)?;
        saving.check().map_err(Error::from)?;
        Ok(Self {
            how: How::of(args, kept, &apply, &engine)?,
            apply,
            engine,
            saving,
            reading: args.files.reading()?,
            spaces: [args.results.input_space, args.results.output_space],
            console,
        })
    }

    /// The same for the frames of a sequence, in their order, with keys so many frames apart. What gives all photos the same stays as it is.
    pub(super) fn in_sequence<'p>(
        self,
        frames: impl Iterator<Item = &'p Path>,
        between: usize,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let How::Placed(Placing::ByGroups(look, options)) = self.how else { return Ok(self) };
        let reader = (&self.engine, &self.reading);
        let sequence = Sequence::find(frames, between, reader, self.console, watch)?;
        Ok(Self { how: How::InSequence { look, options, sequence: sequence.into() }, ..self })
    }

    fn open(&self, source: &Path, watch: &mut Watch<'_>) -> Result<Photo> {
        let photo = files::open(&self.engine, source, &self.reading, watch)?;
        Ok(files::assumed(self.console, photo, self.spaces[0]))
    }

    /// How results are written.
    pub(super) fn saving(&self) -> &SaveOptions {
        &self.saving
    }

    /// The photo in the look.
    fn applied(&self, photo: Photo, watch: &mut Watch<'_>) -> Result<Photo> {
        if self.apply.strength == 0.0 {
            return Ok(photo);
        }
        let own;
        let look = match &self.how {
            How::Placed(placing) => {
                own = placing.look(&self.engine, &self.engine.analyse_once(&photo), watch)?;
                &own
            }
            How::InSequence { look, options, sequence } => {
                let find = |frame: &Path, watch: &mut Watch<'_>| {
                    let photo = self.engine.analyse_once(&self.open(frame, watch)?);
                    Ok(self.engine.regrade(look, &photo, options, watch)?)
                };
                own = sequence.look(photo.path(), &find, watch)?;
                &own
            }
            How::Anew { references, options } => {
                own = self.anew(&photo, references, options, watch)?;
                let apply = self.of_shown(&own, photo.path());
                return Ok(own.apply_to_samples(photo, &apply, watch)?);
            }
        };
        Ok(look.apply_to_samples(photo, &self.apply, watch)?)
    }

    /// How a look that was solved anew is applied to its photo, which need not show all that something is asked for.
    fn of_shown(&self, look: &Look, file: &Path) -> Apply {
        let mut apply = self.apply.clone();
        apply.named.retain(|name, _| {
            let shown = look.has_region(name);
            if !shown {
                let file = file.display();
                self.console
                    .say(&format!("notice: {file}: it shows no `{name}`, for which there is a strength"));
            }
            shown
        });
        apply
    }

    /// The look solved anew for a photo. What was left as it is by hand, or paired, is of the photo that it was learnt from; others need not
    /// show it.
    fn anew(
        &self,
        photo: &Photo,
        references: &[Reference],
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Look> {
        let mut options = options.clone();
        loop {
            let content = self.engine.analyse_once(photo);
            let found = self.engine.find(&content, references, None, &options, watch);
            let hand = &mut options.pairing;
            match found {
                Err(Error::Options(OptionsError::NotShown { name, .. }))
                    if hand.leave.remove(&name) || hand.pairs.remove(&name).is_some() =>
                {
                    let file = photo.path().display();
                    self.console.say(&format!(
                        "notice: {file}: it shows no `{name}`, for which the look has something by hand"
                    ));
                }
                found => return Ok(found?.1.expect("there is one above strength 0")),
            }
        }
    }
}

impl How {
    fn of(args: &ApplyArgs, kept: LookFile, apply: &Apply, engine: &Engine) -> Result<Self> {
        if !args.how.resolve {
            return Ok(Self::Placed(kept.placing(engine, apply, args.how.one).map_err(Error::from)?));
        }
        let path = args.look.display();
        let LookFile::Look(look) = kept else {
            bail!("{path}: --resolve needs a .look file with its references; this is a lookup table")
        };
        let Some(options) = look.options().filter(|_| !look.references().is_empty()) else {
            bail!(
                "{path}: --resolve needs its references, and it holds none; learn it from a reference without --no-references"
            );
        };
        if options.pairing.masks == Masks::None && !apply.named.is_empty() {
            return Err(Error::from(OptionsError::NoPlaces).into());
        }
        // What photos may show, whatever the look was learnt from shows.
        let groups = options.pairing.segment.merging.groups();
        let unknown = |name: &&String| !look.shows(name) && groups.iter().all(|group| group.name != **name);
        if let Some(name) = apply.named.keys().find(unknown) {
            let known = groups.iter().map(|group| group.name.clone()).collect();
            return Err(Error::from(OptionsError::NoSuchRegion { name: name.clone(), known }).into());
        }
        // References are looked at once, and what was seen in them is kept.
        let references = look.references().iter().map(|photo| engine.analyse(photo).into()).collect();
        let mut options = options.clone();
        // The engine finds at full strength; how much of it there is, is said when it is applied.
        options.apply = Apply::default();
        Ok(Self::Anew { references, options: Box::new(options) })
    }
}

impl Work for Applying {
    fn apply(&self, source: &Path, output: &Path, watch: &mut Watch<'_>) -> Result<Vec<Remark>> {
        let format = files::format(output, &self.saving)?;
        let photo = self.open(source, watch)?;
        photo.check_fits(format)?;
        let remarks: Vec<Remark> = photo.remarks().collect();
        let result = self.applied(photo, watch)?;
        let result = files::in_space(&self.engine, result, self.spaces[1], watch)?;
        files::save(&self.engine, &result, output, &self.saving, watch)?;
        let losses =
            result.losses(format, &self.saving).into_iter().map(|notice| Remark::new(output, notice));
        Ok(remarks.into_iter().chain(losses).collect())
    }

    fn memory(&self, source: &Path) -> u64 {
        let bytes = || source.metadata().map_or(0, |file| file.len());
        // As a header says, which may say anything.
        let area = |[width, height]: [usize; 2]| (width as u64).saturating_mul(height as u64);
        let pixels = dimensions(source).map_or_else(|| A_BYTE.saturating_mul(bytes()), area);
        let solving = if matches!(self.how, How::Anew { .. }) { SOLVING } else { 0 };
        let is_named = |format: Format| {
            source.extension().is_some_and(|own| own.eq_ignore_ascii_case(format.extension()))
        };
        let is_light = is_named(Format::OPENEXR) || is_named(Format::JPEG_XL);
        let a_pixel = if is_light { A_PIXEL_OF_LIGHT } else { A_PIXEL };
        a_pixel.saturating_mul(pixels).saturating_add(BESIDES + solving)
    }
}
