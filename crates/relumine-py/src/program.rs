//! The program, as its package carries it, and what its keywords are.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

use crate::failure::{self, Raised};

/// Runs the program by the words of a command line, its name first; returns its exit code. Ctrl-C is the program's from then on.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| relumine_cli::main(words))
}

/// The keywords of `transfer`, `apply`, `segment` or `matte`, as JSON.
#[pyfunction]
pub(crate) fn keywords(py: Python<'_>, call: &str) -> PyResult<String> {
    let keywords = relumine_cli::keywords::keywords(call);
    let keywords = keywords.ok_or_else(|| failure::refused(py, &format!("{call} has no keywords")))?;
    serde_json::to_string(&keywords).raised(py)
}

/// Which of the words of a transfer its method has no use for.
#[pyfunction]
pub(crate) fn unused(py: Python<'_>, words: Vec<String>) -> PyResult<Vec<String>> {
    relumine_cli::keywords::transferring(&words).map(|asked| asked.unused).raised(py)
}

/// Writes a whole file, or none.
#[pyfunction]
pub(crate) fn write(py: Python<'_>, path: PathBuf, data: &[u8]) -> PyResult<()> {
    py.detach(|| relumine::io::write_file(&path, data)).raised(py)
}
