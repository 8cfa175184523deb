//! What is known of a photo, and kept for every pair that it is in.

use pyo3::prelude::*;

use crate::engine::Engine;
use crate::photo::Photo;

/// What is known of a photo: found out when it is first needed, and then kept.
#[pyclass(frozen, module = "relumine._native")]
pub(crate) struct Analysis(relumine::Analysis);

#[pymethods]
impl Analysis {
    /// Begins to know a photo; for one that is solved for but once, what a feature network sees is let go.
    #[new]
    #[pyo3(signature = (engine, photo, once=false))]
    fn new(engine: &Engine, photo: &Photo, once: bool) -> Self {
        let engine = engine.inner();
        Self(if once { engine.analyse_once(photo.inner()) } else { engine.analyse(photo.inner()) })
    }

    /// The photo.
    #[getter]
    fn photo(&self) -> Photo {
        Photo::plain(self.0.photo().clone())
    }
}

impl Analysis {
    pub(crate) fn inner(&self) -> &relumine::Analysis {
        &self.0
    }
}
