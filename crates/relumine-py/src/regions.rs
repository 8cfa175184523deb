//! What a photo shows where, and how much of each pixel is foreground.

use numpy::PyUntypedArray;
use pyo3::prelude::*;
use relumine::Planes;
use relumine::io::Samples;
use relumine::matting::Trimap;
use relumine::watch::Stage;
use relumine_cli::keywords;

use crate::arrays::{self, Array};
use crate::engine::Engine;
use crate::failure::{self, Raised};
use crate::photo::Photo;
use crate::work;

/// The name of a group, and its colour in masks.
type Group = (String, [u8; 3]);

/// What is recognised: labels H×W of `uint8`, and the name and colour of each label.
#[pyfunction]
#[pyo3(signature = (engine, photo, words, progress=None))]
pub(crate) fn segment<'py>(
    py: Python<'py>,
    engine: &Engine,
    photo: &Photo,
    words: Vec<String>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Array<'py>, Vec<Group>)> {
    let asked = keywords::recognising(&words).raised(py)?;
    let (engine, photo) = (engine.inner(), photo.inner());
    let (mask, groups) = work::run(py, progress, move |watch| {
        let segmenter = engine.segmenter(&asked.segmenter, watch)?;
        watch
            .stage(Stage::Regions, |watch| {
                let token = &watch.token().clone();
                engine.install(|| {
                    let found = relumine::segment::segment(
                        photo.colours(),
                        segmenter.as_ref(),
                        &asked.options,
                        token,
                    )?;
                    let groups: Vec<_> =
                        found.groups().iter().map(|group| (group.name.clone(), group.colour)).collect();
                    Ok((found.mask(photo.colours(), token)?, groups))
                })
            })
            .map_err(Into::into)
    })?;
    let labels = mask.labels().iter().map(|label| *label as u8).collect();
    Ok((arrays::array(py, labels, &[mask.height(), mask.width()])?, groups))
}

/// A matte, H×W of `float32`, and the foreground's colours, H×W×3, where they are asked for. The trimap is a photo, or an array H×W of levels
/// in 0..1: 0 background, 1 foreground, others unknown.
#[pyfunction]
#[pyo3(signature = (engine, photo, trimap, foreground, words, progress=None))]
pub(crate) fn matte<'py>(
    py: Python<'py>,
    engine: &Engine,
    photo: &Photo,
    trimap: &Bound<'py, PyUntypedArray>,
    foreground: bool,
    words: Vec<String>,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Array<'py>, Option<Array<'py>>)> {
    let asked = keywords::matting(&words, foreground).raised(py)?;
    let (Samples::Float(levels), [height, width, 1]) = arrays::samples(trimap)? else {
        return Err(failure::refused(py, "a trimap is an array H×W of float32"));
    };
    if height == 0 || width == 0 {
        return Err(failure::refused(py, "the trimap has no pixels"));
    }
    let trimap = Trimap::from_levels(height, width, &levels);
    let (engine, photo) = (engine.inner(), photo.inner());
    let matte =
        work::run(py, progress, move |watch| Ok(engine.matte(photo, &trimap, &asked.options, watch)?))?;
    let array = |planes: &Planes| arrays::interleaved(py, planes);
    Ok((array(&matte.alpha)?, matte.foreground.as_ref().map(array).transpose()?))
}
