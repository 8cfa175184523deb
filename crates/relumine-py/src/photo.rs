//! A photo, from a file or an array, to a file or an array.

use std::path::{Path, PathBuf};

use numpy::PyUntypedArray;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use relumine::Notice;
use relumine::io::{Format, Samples, SaveOptions};
use relumine::watch::CancelToken;
use relumine_cli::keywords::{self, Files};

use crate::arrays::{self, Array};
use crate::engine::Engine;
use crate::failure::{self, Raised};
use crate::work;

/// A photo with all that is needed to write it as the file it came from. A result also knows what its file is to tell of it.
#[pyclass(frozen, module = "relumine._native")]
pub(crate) struct Photo {
    photo: relumine::io::Photo,
    saving: SaveOptions,
}

impl Photo {
    pub(crate) fn plain(photo: relumine::io::Photo) -> Self {
        Self { photo, saving: SaveOptions::default() }
    }

    /// A result, to be written as the keywords of its making say.
    pub(crate) fn result(photo: relumine::io::Photo, files: &Files) -> Self {
        Self { photo, saving: files.saving().clone() }
    }

    pub(crate) fn inner(&self) -> &relumine::io::Photo {
        &self.photo
    }

    /// How it is written, where words say anything as they say.
    fn saving(&self, words: &[String]) -> anyhow::Result<SaveOptions> {
        if words.is_empty() {
            return Ok(self.saving.clone());
        }
        let asked = keywords::applying(words)?;
        let format = asked.files.saving().format.or(self.saving.format);
        Ok(SaveOptions { format, edit: self.saving.edit.clone(), ..asked.files.saving().clone() })
    }
}

/// A small file of a photo, its long side at most so long, in sRGB and without metadata.
pub(crate) fn small(
    photo: &relumine::io::Photo,
    long: usize,
    format: Format,
    token: &CancelToken,
) -> relumine::Result<Vec<u8>> {
    let small = relumine::io::Photo::from_planes(photo.small(long, token)?);
    small.encode(format, &SaveOptions::default())
}

/// A format by its name, such as `jpg`.
fn named(py: Python<'_>, name: &str) -> PyResult<Format> {
    let formats = "\"jpg\", \"png\", \"tif\", \"webp\" or \"exr\"";
    Format::named(name)
        .ok_or_else(|| failure::refused(py, &format!("format is {name:?}, but must be {formats}")))
}

#[pymethods]
impl Photo {
    /// Reads a file.
    #[staticmethod]
    #[pyo3(signature = (engine, path, words, progress=None))]
    fn open(
        py: Python<'_>,
        engine: &Engine,
        path: PathBuf,
        words: Vec<String>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let files = keywords::applying(&words).raised(py)?.files;
        let engine = engine.inner();
        work::run(py, progress, move |watch| files.open(engine, &path, watch)).map(Self::plain)
    }

    /// Decodes the bytes of a file; `name` stands for it in messages.
    #[staticmethod]
    fn decode(
        py: Python<'_>,
        engine: &Engine,
        data: &[u8],
        name: PathBuf,
        words: Vec<String>,
    ) -> PyResult<Self> {
        let files = keywords::applying(&words).raised(py)?.files;
        let engine = engine.inner();
        let decode = || relumine::io::Photo::decode(data, &name, files.limits());
        work::run(py, None, |_| Ok(files.assumed(engine.install(decode)?))).map(Self::plain)
    }

    /// A photo of an array H×W or H×W×C of `uint8`, `uint16` or `float32`.
    #[staticmethod]
    fn of_array(
        py: Python<'_>,
        engine: &Engine,
        array: &Bound<'_, PyUntypedArray>,
        name: PathBuf,
        words: Vec<String>,
    ) -> PyResult<Self> {
        let files = keywords::applying(&words).raised(py)?.files;
        let (samples, shape) = arrays::samples(array)?;
        let engine = engine.inner();
        let made = py.detach(|| {
            engine.install(|| Ok(files.assumed(relumine::io::Photo::from_samples(samples, shape, &name)?)))
        });
        made.map_err(|error: anyhow::Error| failure::raised(py, &error)).map(Self::plain)
    }

    /// Its samples, H×W×C, or H×W of grey, as a file without loss would hold them.
    fn array<'py>(&self, py: Python<'py>, engine: &Engine) -> PyResult<Array<'py>> {
        let engine = engine.inner();
        let (samples, channels) = py.detach(|| engine.install(|| self.photo.samples()));
        let shape = [self.photo.height(), self.photo.width(), channels];
        let shape = if channels == 1 { &shape[..2] } else { &shape };
        match samples {
            Samples::Eight(samples) => arrays::array(py, samples, shape),
            Samples::Sixteen(samples) => arrays::array(py, samples, shape),
            Samples::Float(samples) => arrays::array(py, samples, shape),
        }
    }

    /// Writes it; tells what the file could not keep.
    #[pyo3(signature = (engine, path, words, progress=None))]
    fn save(
        &self,
        py: Python<'_>,
        engine: &Engine,
        path: PathBuf,
        words: Vec<String>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Vec<String>> {
        let saving = self.saving(&words).raised(py)?;
        let format = saving.format_of(&path).map_err(relumine::Error::from).raised(py)?;
        let engine = engine.inner();
        work::run(py, progress, |watch| {
            self.photo.check_fits(format)?;
            engine.save(&self.photo, &path, &saving, watch)?;
            Ok(told(&self.photo.losses(format, &saving)))
        })
    }

    /// The bytes of a file of this format, or of the one that was asked for when it was made, or its own.
    #[pyo3(signature = (engine, format, words, progress=None))]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        engine: &Engine,
        format: Option<&str>,
        words: Vec<String>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
        let saving = self.saving(&words).raised(py)?;
        let named = format.map(|name| named(py, name)).transpose()?;
        let format = named.or(saving.format).unwrap_or_else(|| self.own_format());
        let engine = engine.inner();
        let bytes = work::run(py, progress, |watch| {
            self.photo.check_fits(format)?;
            Ok(engine.install(|| self.photo.encode_watched(format, &saving, watch))?)
        })?;
        Ok((PyBytes::new(py, &bytes), told(&self.photo.losses(format, &saving))))
    }

    /// A small file of it, its long side at most so long, for people to look at: in sRGB, without metadata.
    fn small<'py>(
        &self,
        py: Python<'py>,
        engine: &Engine,
        long: usize,
        format: &str,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (engine, format) = (engine.inner(), named(py, format)?);
        let bytes = work::run(py, None, |watch| {
            let token = watch.token().clone();
            Ok(engine.install(|| small(&self.photo, long, format, &token))?)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// What its file is, as JSON.
    fn describe(&self, py: Python<'_>) -> PyResult<String> {
        serde_json::to_string(&self.photo.describe()).raised(py)
    }

    /// What its owner should know.
    #[getter]
    fn notices(&self) -> Vec<String> {
        told(self.photo.notices())
    }

    #[getter]
    fn width(&self) -> usize {
        self.photo.width()
    }

    #[getter]
    fn height(&self) -> usize {
        self.photo.height()
    }

    #[getter]
    fn path(&self) -> &Path {
        self.photo.path()
    }
}

impl Photo {
    /// The format that it came in; JPEG where that is read alone, and PNG for what came from no file.
    fn own_format(&self) -> Format {
        let own = self.photo.describe().format;
        own.map_or(Format::PNG, |own| Format::named(&own.to_string()).unwrap_or(Format::JPEG))
    }
}

fn told(notices: &[Notice]) -> Vec<String> {
    notices.iter().map(ToString::to_string).collect()
}
