//! What Python sees of relumine: its values as classes, and functions for long work. The package `relumine` around it (`python/relumine`)
//! has what people call: their arrays, names and documentation. Here is only what Python cannot do.
//!
//! Keywords come as words of a command line, and mean what they mean there ([`relumine_cli::keywords`]).

mod analysis;
mod arrays;
mod engine;
mod failure;
mod look;
mod mask;
mod measure;
mod photo;
mod program;
mod regions;
mod transfer;
mod work;

use pyo3::prelude::*;

/// The module `relumine._native`.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    /// That of the program.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    #[pymodule_export]
    use crate::analysis::Analysis;
    #[pymodule_export]
    use crate::engine::Engine;
    #[pymodule_export]
    use crate::look::Look;
    #[pymodule_export]
    use crate::mask::Mask;
    #[pymodule_export]
    use crate::measure::measure;
    #[pymodule_export]
    use crate::photo::Photo;
    #[pymodule_export]
    use crate::program::{keywords, main, unused, write};
    #[pymodule_export]
    use crate::regions::{matte, segment};
    #[pymodule_export]
    use crate::transfer::{solve, transfer};
}
