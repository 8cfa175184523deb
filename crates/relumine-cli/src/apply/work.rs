//! What is done to each photo.

use std::path::Path;

use anyhow::{Result, bail};
use relumine::io::{ColourSpace, Format, Photo, SaveOptions, dimensions};
use relumine::watch::Watch;
use relumine::{Apply, Engine, Error, Look, OptionsError, PairOptions, Reference, Remark, TransferOptions};

use super::kept::Kept;
use super::sequence::{Keys, Sequence};
use crate::args::ApplyArgs;
use crate::batch::Work;
use crate::console::Console;
use crate::files::{self, Reading};

/// Bytes that a photo takes for each of its pixels, from its file to that of the result, and besides.
const A_PIXEL: u64 = 18;
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
    /// All alike.
    Everywhere(Look),
    /// By what each shows.
    ByGroups { look: Look, options: PairOptions },
    /// By what key frames show.
    InSequence { look: Look, options: PairOptions, sequence: Sequence, keys: Keys },
    /// Solved anew for each.
    Anew { references: Vec<Reference>, options: Box<TransferOptions> },
}

impl Applying {
    /// Finds what can be wrong before any photo is opened.
    pub(super) fn new(
        args: &ApplyArgs,
        kept: Kept,
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
            spaces: [args.input_space, args.output_space],
            console,
        })
    }

    /// The same for the frames of a sequence, in their order. What gives all photos the same stays as it is.
    pub(super) fn in_sequence<'p>(
        self,
        frames: impl Iterator<Item = &'p Path>,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let How::ByGroups { look, options } = self.how else { return Ok(self) };
        let sequence = Sequence::find(frames, &self.engine, &self.reading, self.console, watch)?;
        Ok(Self { how: How::InSequence { look, options, sequence, keys: Keys::default() }, ..self })
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
    fn applied(&self, photo: &Photo, watch: &mut Watch<'_>) -> Result<Photo> {
        if self.apply.strength == 0.0 {
            return Ok(photo.clone());
        }
        let own;
        let look = match &self.how {
            How::Everywhere(look) => look,
            How::ByGroups { look, options } => {
                own = self.engine.regrade(look, &self.engine.analyse_once(photo), options, watch)?;
                &own
            }
            How::InSequence { look, options, sequence, keys } => {
                let find = |frame: &Path, watch: &mut Watch<'_>| {
                    let photo = self.engine.analyse_once(&self.open(frame, watch)?);
                    Ok(self.engine.regrade(look, &photo, options, watch)?)
                };
                own = sequence.look(photo.path(), keys, &find, watch)?;
                &own
            }
            How::Anew { references, options } => {
                let content = self.engine.analyse_once(photo);
                let found = self.engine.find(&content, references, None, options, watch)?;
                own = found.1.expect("there is one above strength 0");
                &own
            }
        };
        files::applied(look, photo, &self.apply, watch)
    }
}

impl How {
    fn of(args: &ApplyArgs, kept: Kept, apply: &Apply, engine: &Engine) -> Result<Self> {
        let path = args.look.display();
        let look = match kept {
            Kept::Look(look) => look,
            Kept::Table(_) if args.how.resolve => {
                bail!("{path}: --resolve needs a .look file with its references; this is a lookup table")
            }
            Kept::Table(table) => return Self::everywhere(engine.table(table), apply),
        };
        let everywhere = look.look(engine);
        if !args.how.resolve {
            let options = look.options().map(|options| options.pairing.clone());
            // Where nothing was recognised there are no groups to go by.
            let named = look.regions().any(|region| region.name.is_some());
            let Some(options) = options.filter(|_| named && !args.how.one) else {
                return Self::everywhere(everywhere, apply);
            };
            let known = everywhere.region_names();
            if let Some(name) = apply.named.keys().find(|name| !known.contains(name)) {
                return Err(Error::from(OptionsError::NoSuchRegion { name: name.clone(), known }).into());
            }
            return Ok(Self::ByGroups { look: everywhere, options });
        }
        let Some(options) = look.options().filter(|_| !look.references().is_empty()) else {
            bail!(
                "{path}: --resolve needs its references, and it holds none; learn it from a reference without --no-references"
            );
        };
        // References are looked at once, and what was seen in them is kept.
        let references = look.references().iter().map(|photo| engine.analyse(photo).into()).collect();
        let mut options = options.clone();
        // The engine finds at full strength; how much of it there is, is said when it is applied.
        options.apply = Apply::default();
        Ok(Self::Anew { references, options: Box::new(options) })
    }

    fn everywhere(look: Look, apply: &Apply) -> Result<Self> {
        match apply.named.is_empty() {
            true => Ok(Self::Everywhere(look)),
            false => Err(Error::from(OptionsError::NoPlaces).into()),
        }
    }
}

impl Work for Applying {
    fn apply(&self, source: &Path, output: &Path, watch: &mut Watch<'_>) -> Result<Vec<Remark>> {
        let format = files::format(output, &self.saving)?;
        let photo = self.open(source, watch)?;
        photo.check_fits(format)?;
        let result = self.applied(&photo, watch)?;
        let result = files::in_space(&self.engine, result, self.spaces[1], watch)?;
        files::save(&self.engine, &result, output, &self.saving, watch)?;
        let losses =
            result.losses(format, &self.saving).into_iter().map(|notice| Remark::new(output, notice));
        Ok(photo.remarks().chain(losses).collect())
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
