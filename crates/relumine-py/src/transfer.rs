//! From a photo and its references to a look, and to the photo in that look.

use pyo3::prelude::*;
use relumine::watch::Watch;
use relumine::{Engine as Threads, Reference, TransferOptions};
use relumine_cli::keywords;

use crate::analysis::Analysis;
use crate::engine::Engine;
use crate::failure::Raised;
use crate::look::{Look, Solved};
use crate::mask::Mask;
use crate::photo::Photo;
use crate::work;

/// A reference: what is known of it, its weight, and the region whose look it is.
type Given<'py> = (PyRef<'py, Analysis>, f64, Option<String>);
/// Masks of content and reference.
type Masks<'py> = Option<(PyRef<'py, Mask>, PyRef<'py, Mask>)>;

/// A photo with its references, for work without the interpreter.
struct Pair {
    content: relumine::Analysis,
    references: Vec<Reference>,
    masks: Option<[relumine::mask::Mask; 2]>,
}

impl Pair {
    fn new(content: &Analysis, references: Vec<Given<'_>>, masks: Masks<'_>) -> Self {
        let reference = |(analysis, weight, region): Given<'_>| Reference {
            analysis: analysis.inner().clone(),
            weight,
            region,
        };
        Self {
            content: content.inner().clone(),
            references: references.into_iter().map(reference).collect(),
            masks: masks.map(|(ours, theirs)| [ours.inner().clone(), theirs.inner().clone()]),
        }
    }

    /// Finds everything that can be wrong, then the look; there is none at strength 0.
    fn solved(
        &self,
        engine: &Threads,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> relumine::Result<Option<Solved>> {
        let masks = self.masks.as_ref().map(|[ours, theirs]| (ours, theirs));
        engine.check(&self.content, &self.references, masks, options, watch)?;
        let (pairing, look) = engine.find(&self.content, &self.references, masks, options, watch)?;
        let report = engine.report(&pairing, look.as_ref(), options, masks, watch);
        Ok(look.map(|look| Solved::new(look, pairing, options.clone(), report)))
    }
}

/// The photo in the look of references, and the look; none at strength 0, at which the photo is as it was.
#[pyfunction]
#[pyo3(signature = (engine, content, references, masks, words, progress=None))]
pub(crate) fn transfer(
    py: Python<'_>,
    engine: &Engine,
    content: &Analysis,
    references: Vec<Given<'_>>,
    masks: Masks<'_>,
    words: Vec<String>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Photo, Option<Look>)> {
    let asked = keywords::transferring(&words).raised(py)?;
    let (pair, engine, own) = (Pair::new(content, references, masks), engine.inner(), &asked);
    let (photo, solved) = work::run(py, progress, move |watch| {
        let solved = pair.solved(engine, &own.options, watch)?;
        let content = pair.content.photo();
        let photo = match &solved {
            Some(solved) => solved.look().apply_to_samples(content.clone(), &own.options.apply, watch)?,
            None => content.clone(),
        };
        Ok((own.files.in_space(engine, photo, watch)?, solved))
    })?;
    Ok((Photo::result(photo, &asked.files), solved.map(Look::solved)))
}

/// The look of references for a photo.
#[pyfunction]
#[pyo3(signature = (engine, content, references, masks, words, progress=None))]
pub(crate) fn solve(
    py: Python<'_>,
    engine: &Engine,
    content: &Analysis,
    references: Vec<Given<'_>>,
    masks: Masks<'_>,
    words: Vec<String>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Look> {
    let asked = keywords::transferring(&words).raised(py)?;
    let (pair, engine) = (Pair::new(content, references, masks), engine.inner());
    let solved = work::run(py, progress, move |watch| {
        let solved = pair.solved(engine, &asked.options, watch)?;
        solved.ok_or_else(|| anyhow::anyhow!("strength is 0, at which there is no look; it must be above 0"))
    })?;
    Ok(Look::solved(solved))
}
