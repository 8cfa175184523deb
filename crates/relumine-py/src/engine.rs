//! Threads, device and networks.

use pyo3::prelude::*;
use relumine::Device;

use crate::failure::{self, Raised};

/// Threads, device, and networks, each of which is loaded once.
#[pyclass(frozen, module = "relumine._native")]
pub(crate) struct Engine(relumine::Engine);

impl Engine {
    pub(crate) fn inner(&self) -> &relumine::Engine {
        &self.0
    }
}

#[pymethods]
impl Engine {
    /// Starts the threads; as many as there are cores where no number is given.
    #[new]
    #[pyo3(signature = (threads=None, device="auto"))]
    fn new(py: Python<'_>, threads: Option<usize>, device: &str) -> PyResult<Self> {
        let device = match device {
            "auto" => Device::Auto,
            "cpu" => Device::Cpu,
            "gpu" => Device::Gpu,
            _ => {
                return Err(failure::refused(
                    py,
                    &format!("device is {device:?}, but must be \"auto\", \"cpu\" or \"gpu\""),
                ));
            }
        };
        relumine::Engine::new(device, threads.filter(|threads| *threads > 0)).raised(py).map(Self)
    }

    /// Lets it be, for good: its threads ended with the process that this one was forked from, and cannot be waited for.
    fn abandon(&self) {
        std::mem::forget(self.0.clone());
    }
}
