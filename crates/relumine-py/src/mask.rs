//! Regions by hand.

use std::path::PathBuf;

use numpy::PyUntypedArray;
use pyo3::prelude::*;
use relumine::io::Samples;
use relumine::mask::MAX_REGIONS;
use relumine::watch::CancelToken;
use relumine_cli::keywords;

use crate::arrays;
use crate::engine::Engine;
use crate::failure::{self, Raised};
use crate::work;

/// Which region each pixel of a photo belongs to.
#[pyclass(frozen, module = "relumine._native")]
pub(crate) struct Mask(relumine::mask::Mask);

impl Mask {
    pub(crate) fn inner(&self) -> &relumine::mask::Mask {
        &self.0
    }
}

#[pymethods]
impl Mask {
    /// Reads a picture of flat colours.
    #[staticmethod]
    fn open(py: Python<'_>, engine: &Engine, path: PathBuf, words: Vec<String>) -> PyResult<Self> {
        let files = keywords::applying(&words).raised(py)?.files;
        let engine = engine.inner();
        work::run(py, None, move |watch| Ok(engine.open_mask(path, files.limits(), watch)?)).map(Self)
    }

    /// A picture of flat colours, H×W×3 of `uint8`.
    #[staticmethod]
    fn of_picture(
        py: Python<'_>,
        engine: &Engine,
        picture: &Bound<'_, PyUntypedArray>,
        name: PathBuf,
    ) -> PyResult<Self> {
        let (Samples::Eight(samples), [height, width, 3]) = arrays::samples(picture)? else {
            return Err(failure::refused(py, "a mask of colours is an array H×W×3 of uint8"));
        };
        let (engine, token) = (engine.inner(), CancelToken::new());
        let colours = samples.as_chunks::<3>().0;
        let made = py.detach(|| {
            engine.install(|| relumine::mask::Mask::from_colours(&name, (height, width), colours, &token))
        });
        made.raised(py).map(Self)
    }

    /// Labels, H×W of `uint16`: places in a palette of at most 64 colours.
    #[staticmethod]
    fn of_labels(
        py: Python<'_>,
        labels: &Bound<'_, PyUntypedArray>,
        palette: Vec<[u8; 3]>,
    ) -> PyResult<Self> {
        let (Samples::Sixteen(labels), [height, width, 1]) = arrays::samples(labels)? else {
            return Err(failure::refused(py, "a mask of labels is an array H×W of uint16"));
        };
        if palette.len() > MAX_REGIONS {
            return Err(failure::refused(
                py,
                &format!("a mask has at most {MAX_REGIONS} regions, not {}", palette.len()),
            ));
        }
        if labels.iter().any(|label| usize::from(*label) >= palette.len()) {
            return Err(failure::refused(py, "a label is no place in the palette"));
        }
        Ok(Self(relumine::mask::Mask::from_labels(height, width, labels, palette)))
    }
}
