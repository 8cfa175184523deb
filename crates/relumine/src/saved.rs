//! A look that outlives its photos: what a `.look` file holds.
//!
//! Of what was solved for a pair, that which applies to any photo: the grade of each region by the group that it shows, one overall grade,
//! and how the colours of the photo came out ([`Samples`]), by which lookup tables are judged. The references are kept small, so that the
//! look can be solved anew for another photo. What differed from place to place within a region stays with the photo.

mod archive;
mod document;
mod edit;
mod file;
mod lut;
mod overall;
mod regression;
mod samples;
mod shaped;

use std::path::Path;

use crate::grid::Grade;
use crate::io::{Format, Limits, Photo, SaveOptions, write_file};
use crate::look::{Inner, Look, PatchOfLook, Places, RegionsOfLook};
use crate::lut::Lut;
use crate::method::{Course, Solution};
use crate::pairing::{Pairing, RegionId, is_called};
use crate::ranges::require;
use crate::resample::{Filter, fit, resize};
use crate::watch::CancelToken;
use crate::{Apply, Engine, LookError, OptionsError, Planes, Result, TransferOptions};

use document::Document;
use overall::overall;
use samples::Samples;

pub use file::{LookFile, Placing};
pub use lut::{Honesty, LutOptions};

/// Long side of the references, at most; of the thumbnail.
const REFERENCE: usize = 640;
const THUMBNAIL: usize = 320;

/// A look that applies to any photo, and can be saved.
#[derive(Clone, Debug)]
pub struct SavedLook {
    document: Document,
    samples: Samples,
    /// What was done to one photo; `None` of a look that was solved for a reference.
    table: Option<Lut>,
    references: Vec<Photo>,
    /// A JPEG of the photo in the look.
    thumbnail: Option<Vec<u8>>,
}

/// A region of a saved look.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRegion<'l> {
    /// The groups that it shows, such as `sky` or `building, ground`; `None` where nothing was recognised.
    pub name: Option<&'l str>,
    /// Its share of the photo that the look was solved for.
    pub share: f64,
    /// Its grade.
    pub grade: &'l Grade,
}

impl SavedLook {
    /// Finds out before any work whether a look of these options can be kept.
    ///
    /// # Errors
    /// [`OptionsError::NotSaved`] for a method whose looks are bound to their photo, [`OptionsError::OutOfRange`] for strength 0, at which there
    /// is no look, and [`OptionsError::Malformed`] for options that do not serialise.
    pub fn check(options: &TransferOptions) -> Result<(), OptionsError> {
        if !options.method.has_grades() {
            return Err(OptionsError::NotSaved { method: options.method.name() });
        }
        let strength = options.apply.strength;
        require(strength > 0.0, "strength", strength, "above 0 for a look to be saved")?;
        options.without_folders().map(drop)
    }

    /// What can be kept of a look that was solved for a pairing by these options, with small pictures of the reference and the result. Of a
    /// look that is mixed for several references, these are left out, so that it cannot be solved anew.
    ///
    /// # Errors
    /// [`OptionsError::NotSaved`] for a look that is bound to its photo, [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn of(
        look: &Look,
        pairing: &Pairing,
        options: &TransferOptions,
        token: &CancelToken,
    ) -> Result<Self> {
        let Inner { method, pool, .. } = look.inner();
        let first = match &look.inner().solution {
            Solution::Mixed(mixture) => mixture.parts[0].look.inner(),
            _ => look.inner(),
        };
        let regions = &first.regions;
        let (Solution::Grid { grades, .. }, RegionsOfLook { places: Some(places), .. }) =
            (&first.solution, regions)
        else {
            return Err(OptionsError::NotSaved { method }.into());
        };
        if grades.is_empty() {
            return Err(OptionsError::NotSaved { method }.into());
        }
        let is_mixed = matches!(look.inner().solution, Solution::Mixed(_));
        let content = &*places.content;
        let after = look.apply(&Photo::from_planes(content.clone()), &Apply::default())?;
        let samples =
            pool.install(|| Samples::of(content, after.colours(), regions_of_pixels(places, content)));
        // What gets less of the look has less of a grade.
        let kept = |(grade, strength): (&Grade, &f32)| {
            Grade::identity().resampled(grade.levels().len()).toward(grade, *strength)
        };
        let grades: Vec<Grade> = grades.iter().zip(&regions.strengths).map(kept).collect();
        // What several references made of a region is told by what became of its colours.
        let fitted = |(region, given): (usize, &Grade)| {
            Grade::fitted(content, after.colours(), places.masks.plane(region), given)
        };
        let grades =
            if is_mixed { pool.install(|| grades.iter().enumerate().map(fitted).collect()) } else { grades };
        let overall = overall(&grades, &regions.shares, &samples);
        let document = Document::of_transfer(options, regions, grades, overall)?;
        let references = if is_mixed { Vec::new() } else { vec![small_reference(pairing, token)?] };
        Ok(Self { document, samples, table: None, references, thumbnail: Some(thumbnail(after.colours())?) })
    }

    /// The look without pictures: nobody sees in it which photos it was made of.
    pub fn without_pictures(self) -> Self {
        Self { references: Vec::new(), thumbnail: None, ..self }
    }

    /// Reads a `.look` file.
    ///
    /// # Errors
    /// [`Error::Look`](crate::Error::Look) for what cannot be read, is not a look, is damaged, or of another version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let told = |problem| crate::Error::Look { path: path.into(), problem };
        let bytes = archive::read_file(path).map_err(told)?;
        Self::decode(&bytes).map_err(told)
    }

    /// Reads the bytes of a `.look` file.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decode(bytes: &[u8]) -> Result<Self, LookError> {
        archive::decode(bytes)
    }

    /// The bytes of a `.look` file: the same for the same look, wherever and whenever.
    ///
    /// # Errors
    /// [`Error::Photo`](crate::Error::Photo) where a picture cannot be encoded.
    pub fn encode(&self) -> Result<Vec<u8>> {
        archive::encode(self)
    }

    /// Writes a `.look` file: whole, or not at all.
    ///
    /// # Errors
    /// [`MachineError::Unwritable`](crate::MachineError::Unwritable).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_file(path, &self.encode()?)
    }

    /// The version of relumine that made it.
    pub fn software(&self) -> &str {
        &self.document.software
    }

    /// What it was solved by; `None` of a look that was learnt from an edit.
    pub fn options(&self) -> Option<&TransferOptions> {
        self.document.options.as_ref()
    }

    /// The regions, as they were solved.
    pub fn regions(&self) -> impl Iterator<Item = SavedRegion<'_>> {
        self.document.regions.iter().map(|document::Region { name, share, grade }| SavedRegion {
            name: name.as_deref(),
            share: *share,
            grade,
        })
    }

    /// Whether a region shows a group of this name, among others or alone.
    pub fn shows(&self, name: &str) -> bool {
        self.regions().any(|region| is_called(name, [region.name, None]))
    }

    /// One grade for all of a photo: the only one, or that which comes nearest to all.
    pub fn overall(&self) -> &Grade {
        &self.document.overall
    }

    /// The lookup table that an edit was learnt as.
    pub fn table(&self) -> Option<&Lut> {
        self.table.as_ref()
    }

    /// The references, small; none where they were left out, or there never was one.
    pub fn references(&self) -> &[Photo] {
        &self.references
    }

    /// A JPEG of the photo that it was learnt from, in the look.
    pub fn thumbnail(&self) -> Option<&[u8]> {
        self.thumbnail.as_deref()
    }

    /// The look as one that applies to any photo alike: by the overall grade, or the table of an edit. Its grades go to what a photo
    /// shows by [`Engine::regrade`].
    pub fn look(&self, engine: &Engine) -> Look {
        let regions = &self.document.regions;
        let known = RegionsOfLook {
            ids: (0..).map(RegionId).take(regions.len()).collect(),
            names: regions.iter().map(|region| region.name.clone()).collect(),
            colours: vec![None; regions.len()],
            shares: regions.iter().map(|region| region.share).collect(),
            strengths: vec![1.0; regions.len()],
            places: None,
        };
        let solution = match &self.table {
            Some(table) => Solution::Table(table.clone()),
            None => Solution::Grid {
                grid: self.overall().grid(),
                grades: regions.iter().map(|region| region.grade.clone()).collect(),
            },
        };
        let method = self.options().map_or("edit", |options| options.method.name());
        engine.everywhere(method, solution, known)
    }
}

impl Engine {
    /// The look of a lookup table.
    pub fn table(&self, table: Lut) -> Look {
        self.everywhere("lut", Solution::Table(table), RegionsOfLook::default())
    }

    /// A look that is of no photo, and the same everywhere.
    fn everywhere(&self, method: &'static str, solution: Solution, regions: RegionsOfLook) -> Look {
        Look::new(Inner {
            method,
            solution,
            course: Course::default(),
            solved: [0, 0],
            regions,
            network: None,
            device: String::new(),
            remarks: Vec::new(),
            pool: self.pool(),
        })
    }
}

/// The region that most of each pixel of the content is of; none where a patch keeps its colours.
fn regions_of_pixels<'p>(places: &'p Places, content: &Planes) -> impl Fn(usize) -> Option<usize> + 'p {
    let mut kept = vec![0.0_f32; content.area()];
    for PatchOfLook { patch, .. } in &places.patches {
        kept.iter_mut().zip(patch.shares(content).data()).for_each(|(kept, share)| *kept = kept.max(*share));
    }
    move |pixel| {
        let masks = &places.masks;
        let regions = 0..masks.channels();
        let most = regions.max_by(|a, b| masks.plane(*a)[pixel].total_cmp(&masks.plane(*b)[pixel]));
        most.filter(|_| kept[pixel] < 0.5)
    }
}

/// What counts of the reference, small; what is transparent in it stays so.
fn small_reference(pairing: &Pairing, token: &CancelToken) -> Result<Photo> {
    let reference = pairing.reference();
    let small = reference.at(crate::analysis::Scale::of(REFERENCE), token)?;
    let photo = Photo::from_planes(small.as_ref().clone());
    Ok(match reference.weights(&small, token)? {
        Some(weights) => photo.cut_out(&small, &weights),
        None => photo,
    })
}

/// A JPEG of a picture, small.
fn thumbnail(picture: &Planes) -> Result<Vec<u8>> {
    let (height, width) = fit(picture.height(), picture.width(), THUMBNAIL);
    let small = resize(picture, height, width, Filter::Area);
    Photo::from_planes(small).encode(Format::JPEG, &SaveOptions { quality: 85, ..SaveOptions::default() })
}

/// How large the pictures in a look may be.
fn picture_limits() -> Limits {
    Limits { max_pixels: 4_000_000, max_bytes: 64 << 20 }
}
