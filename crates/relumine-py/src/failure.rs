//! From errors to exceptions: those of `relumine._errors`, which also are what Python has for the like.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyType;
use relumine::{Error, MachineError};

/// The exception of an error. What the program says of options and files, it says.
pub(crate) fn raised(py: Python<'_>, error: &anyhow::Error) -> PyErr {
    let name = match error.downcast_ref::<Error>() {
        // What is wrong with keywords, the program's own parser said.
        None | Some(Error::Options(_)) => "OptionsError",
        Some(Error::Photo { .. }) => "PhotoError",
        Some(Error::Look { .. } | Error::Lut { .. }) => "LookError",
        Some(Error::Weights { .. }) => "WeightsError",
        Some(Error::Machine(problem)) => match problem {
            MachineError::Unwritable { .. }
            | MachineError::OverwritesInput { .. }
            | MachineError::OverwritesOutput { .. } => "WriteError",
            MachineError::TooLittleMemory { .. } => "MemoryLimitError",
            _ => "MachineError",
        },
        Some(Error::Cancelled) => "Cancelled",
        Some(_) => "RelumineError",
    };
    let message = message(error);
    let class = py.import("relumine._errors").and_then(|errors| errors.getattr(name));
    match class.and_then(|class| Ok(class.cast_into::<PyType>()?)) {
        Ok(class) => PyErr::from_type(class, message),
        Err(_) => PyRuntimeError::new_err(message),
    }
}

/// The exception of keywords or images that cannot be used.
pub(crate) fn refused(py: Python<'_>, message: &str) -> PyErr {
    raised(py, &anyhow::anyhow!("{message}"))
}

/// The error and its sources, each said once.
fn message(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

/// What can fail, with its exception.
pub(crate) trait Raised<T> {
    /// The value, or the exception.
    fn raised(self, py: Python<'_>) -> PyResult<T>;
}

impl<T, E: Into<anyhow::Error>> Raised<T> for Result<T, E> {
    fn raised(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raised(py, &error.into()))
    }
}
