//! A look: as it was solved for a photo, or as a file holds it.

use std::path::PathBuf;
use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use relumine::io::{Format, Limits};
use relumine::lut::{Lattice, Lut};
use relumine::report::Report;
use relumine::watch::CancelToken;
use relumine::{Engine as Threads, LookFile, LutOptions, Pairing, SavedLook, TransferOptions};
use relumine_cli::keywords;

use crate::arrays::{self, Array};
use crate::engine::Engine;
use crate::failure::{self, Raised};
use crate::photo::{self, Photo};
use crate::work;

/// What a region shows, its share of the photo, and its grade.
type Region<'py> = (Option<String>, f64, Array<'py>);

/// A look, to be given to photos.
#[pyclass(frozen, module = "relumine._native")]
pub(crate) struct Look(Kind);

enum Kind {
    Solved(Box<Solved>),
    Kept(Box<SavedLook>),
    /// A lookup table, and its file: what it is sent as.
    Table(Lut, Vec<u8>),
}

/// A look that was solved for a photo, and what is needed to keep it.
pub(crate) struct Solved {
    look: relumine::Look,
    pairing: Pairing,
    options: TransferOptions,
    report: Report,
    /// Made when it is first asked for.
    saved: OnceLock<SavedLook>,
}

impl Solved {
    pub(crate) fn new(
        look: relumine::Look,
        pairing: Pairing,
        options: TransferOptions,
        report: Report,
    ) -> Self {
        Self { look, pairing, options, report, saved: OnceLock::new() }
    }

    pub(crate) fn look(&self) -> &relumine::Look {
        &self.look
    }

    /// What of it can be kept.
    fn saved(&self, engine: &Threads, token: &CancelToken) -> relumine::Result<&SavedLook> {
        if let Some(saved) = self.saved.get() {
            return Ok(saved);
        }
        SavedLook::check(&self.options)?;
        let saved = SavedLook::of(&self.look.on(engine), &self.pairing, &self.options, token)?;
        Ok(self.saved.get_or_init(|| saved))
    }
}

impl Look {
    pub(crate) fn solved(solved: Solved) -> Self {
        Self(Kind::Solved(Box::new(solved)))
    }

    /// What of it can be kept; `None` of a lookup table.
    fn saved(&self, engine: &Threads, token: &CancelToken) -> relumine::Result<Option<&SavedLook>> {
        match &self.0 {
            Kind::Solved(solved) => solved.saved(engine, token).map(Some),
            Kind::Kept(saved) => Ok(Some(saved)),
            Kind::Table(..) => Ok(None),
        }
    }

    /// What goes to any photo.
    fn file(&self, engine: &Threads, token: &CancelToken) -> relumine::Result<LookFile> {
        match &self.0 {
            Kind::Solved(solved) => Ok(LookFile::Look(solved.saved(engine, token)?.clone().into())),
            Kind::Kept(saved) => Ok(LookFile::Look(saved.clone())),
            Kind::Table(table, _) => Ok(LookFile::Table(table.clone())),
        }
    }
}

#[pymethods]
impl Look {
    /// The bytes of a `.look` file or a lookup table; `name` stands for it in messages.
    #[staticmethod]
    fn decode(py: Python<'_>, data: &[u8], name: PathBuf) -> PyResult<Self> {
        let kept = py.detach(|| LookFile::decode(data, &name, &Limits::default()));
        Ok(Self(match kept.raised(py)? {
            LookFile::Look(saved) => Kind::Kept(saved),
            LookFile::Table(table) => Kind::Table(table, data.to_vec()),
        }))
    }

    /// What it is sent as, for `decode`: small, and without pictures.
    fn packed<'py>(&self, py: Python<'py>, engine: &Engine) -> PyResult<Bound<'py, PyBytes>> {
        match &self.0 {
            Kind::Table(_, bytes) => Ok(PyBytes::new(py, bytes)),
            _ => self.encode(py, engine, false),
        }
    }

    /// The bytes of a `.look` file, with small pictures of reference and result or without.
    fn encode<'py>(&self, py: Python<'py>, engine: &Engine, pictures: bool) -> PyResult<Bound<'py, PyBytes>> {
        let engine = engine.inner();
        let bytes = work::run(py, None, |watch| {
            let Some(saved) = self.saved(engine, watch.token())? else { return Ok(None) };
            let saved = if pictures { saved.clone() } else { saved.clone().without_pictures() };
            Ok(Some(engine.install(|| saved.encode())?))
        })?;
        match bytes {
            Some(bytes) => Ok(PyBytes::new(py, &bytes)),
            None => {
                Err(failure::refused(py, "a lookup table is no .look file; keep the file that it came from"))
            }
        }
    }

    /// The photo in this look. The one that it was solved for gets all of it, any other its grades by what it shows, or one for all of it.
    /// `name` is what the file of the result tells of a look that came from a file.
    #[pyo3(signature = (engine, photo, name, words, progress=None))]
    fn apply(
        &self,
        py: Python<'_>,
        engine: &Engine,
        photo: &Photo,
        name: &str,
        words: Vec<String>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Photo> {
        let asked = keywords::applying(&words).raised(py)?;
        let (engine, photo) = (engine.inner(), photo.inner());
        let (result, files) = work::run(py, progress, move |watch| {
            let solved = match &self.0 {
                Kind::Solved(solved) if !asked.one => Some((solved, solved.look.on(engine))),
                _ => None,
            };
            if let Some((solved, look)) = solved
                && look.is_of(photo, watch.token())?
            {
                let (apply, files) = asked.as_solved(&solved.options)?;
                let result = look.apply_to_samples(photo.clone(), &apply, watch)?;
                return Ok((files.in_space(engine, result, watch)?, files));
            }
            let file = self.file(engine, watch.token())?;
            let one = asked.one;
            let (apply, files) = asked.of(&file, name)?;
            let result = if apply.strength == 0.0 {
                photo.clone()
            } else {
                let placing = file.placing(engine, &apply, one).map_err(relumine::Error::from)?;
                let look = placing.look(engine, &engine.analyse_once(photo), watch)?;
                look.apply_to_samples(photo.clone(), &apply, watch)?
            };
            Ok((files.in_space(engine, result, watch)?, files))
        })?;
        Ok(Photo::result(result, &files))
    }

    /// As a lookup table: an array size×size×size×3, by red, green and blue; and how far that is from the look on its photo, as the mean
    /// CIEDE2000 and its 95th percentile.
    #[pyo3(signature = (engine, size, region=None, strength=1.0))]
    fn lut<'py>(
        &self,
        py: Python<'py>,
        engine: &Engine,
        size: usize,
        region: Option<String>,
        strength: f32,
    ) -> PyResult<(Array<'py>, Option<(f64, f64)>)> {
        let engine = engine.inner();
        let options = LutOptions { size, region, strength, ..LutOptions::default() };
        let (values, honesty) = work::run(py, None, |watch| match &self.0 {
            Kind::Table(table, _) => {
                if !(2..=144).contains(&size) {
                    anyhow::bail!("size is {size}, but must be between 2 and 144");
                }
                if !(0.0..=1.0).contains(&strength) {
                    anyhow::bail!("strength is {strength}, but must be between 0 and 1");
                }
                let blend = |from: [f32; 3]| {
                    let to = table.apply(from);
                    std::array::from_fn(|c| from[c] + strength * (to[c] - from[c]))
                };
                Ok((Lattice::from_fn(size, blend).values().to_vec(), None))
            }
            _ => {
                let saved = self.saved(engine, watch.token())?.expect("it is no lookup table");
                let (table, honesty) = engine.install(|| saved.lut(&options))?;
                let lattice = table.lattice().expect("a look is tabulated in three dimensions");
                Ok((lattice.values().to_vec(), Some((honesty.mean, honesty.p95))))
            }
        })?;
        // Red runs fastest in a table.
        let index = |at: usize| (at % size) * size * size + (at / size % size) * size + at / (size * size);
        let numbers = (0..values.len()).flat_map(|at| values[index(at)]).collect();
        Ok((arrays::array(py, numbers, &[size, size, size, 3])?, honesty))
    }

    /// Its regions, each with what it shows, its share of the photo, and its grade: an array levels×3×4 of affine matrices, luma 0 first.
    fn grades<'py>(&self, py: Python<'py>, engine: &Engine) -> PyResult<Vec<Region<'py>>> {
        let engine = engine.inner();
        let grades = work::run(py, None, |watch| {
            let saved = self.saved(engine, watch.token())?;
            let regions = saved.iter().flat_map(|saved| saved.regions());
            let region = |region: relumine::SavedRegion<'_>| {
                (region.name.map(str::to_owned), region.share, region.grade.levels().to_vec())
            };
            Ok(regions.map(region).collect::<Vec<_>>())
        })?;
        let array = |(name, share, levels): (_, _, Vec<[f32; 12]>)| {
            let shape = [levels.len(), 3, 4];
            Ok((name, share, arrays::array(py, levels.into_flattened(), &shape)?))
        };
        grades.into_iter().map(array).collect()
    }

    /// A JPEG of its photo in the look, where there is one; and of that photo before, and of its reference.
    fn pictures<'py>(&self, py: Python<'py>, engine: &Engine) -> PyResult<[Option<Bound<'py, PyBytes>>; 3]> {
        let engine = engine.inner();
        let pictures = work::run(py, None, |watch| {
            let token = watch.token().clone();
            let small = |photo| engine.install(|| photo::small(photo, SMALL, Format::JPEG, &token));
            let saved = self.saved(engine, watch.token())?;
            let after = saved.and_then(|saved| saved.thumbnail().map(<[u8]>::to_vec));
            let (before, reference) = match &self.0 {
                Kind::Solved(solved) => (
                    Some(small(solved.pairing.content().photo())?),
                    Some(small(solved.pairing.reference().photo())?),
                ),
                Kind::Kept(_) | Kind::Table(..) => {
                    let reference = saved.and_then(|saved| saved.references().first());
                    (None, reference.map(small).transpose()?)
                }
            };
            Ok([after, before, reference])
        })?;
        Ok(pictures.map(|picture| picture.map(|bytes| PyBytes::new(py, &bytes))))
    }

    /// The method that found it: `lut` of a lookup table, `edit` of what was learnt from one.
    #[getter]
    fn method(&self) -> String {
        match &self.0 {
            Kind::Solved(solved) => solved.look.method().into(),
            Kind::Kept(saved) => saved.options().map_or("edit", |options| options.method.name()).into(),
            Kind::Table(..) => "lut".into(),
        }
    }

    /// What its regions show, of those of which that was recognised.
    fn names(&self) -> Vec<&str> {
        match &self.0 {
            Kind::Solved(solved) => solved.look.regions().filter_map(|(name, _)| name).collect(),
            Kind::Kept(saved) => saved.regions().filter_map(|region| region.name).collect(),
            Kind::Table(..) => Vec::new(),
        }
    }

    /// What was done to find it, as JSON; `None` of a look from a file.
    fn report(&self, py: Python<'_>) -> PyResult<Option<String>> {
        match &self.0 {
            Kind::Solved(solved) => serde_json::to_string(&solved.report).raised(py).map(Some),
            Kind::Kept(_) | Kind::Table(..) => Ok(None),
        }
    }

    /// What it was solved by, as JSON.
    fn options(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let options = match &self.0 {
            Kind::Solved(solved) => Some(&solved.options),
            Kind::Kept(saved) => saved.options(),
            Kind::Table(..) => None,
        };
        options.map(serde_json::to_string).transpose().raised(py)
    }

    /// What was noticed on the way, in words.
    fn notices(&self) -> Vec<String> {
        match &self.0 {
            Kind::Solved(solved) => solved.report.notices.iter().map(ToString::to_string).collect(),
            Kind::Kept(_) | Kind::Table(..) => Vec::new(),
        }
    }
}

/// Long side of small pictures, in pixels: that of the thumbnail in a file.
const SMALL: usize = 320;
