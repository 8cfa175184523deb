//! How good a result is.

use std::path::PathBuf;

use pyo3::prelude::*;
use relumine::Tap;
use relumine::metrics::{Metric, Pair};
use relumine_cli::keywords;

use crate::engine::Engine;
use crate::photo::Photo;
use crate::work;

/// The metrics of a result by name, in the order of [`Metric::ALL`]; style alone needs a network.
#[pyfunction]
#[pyo3(signature = (engine, result, content, reference, masks, network, size, progress=None))]
#[expect(clippy::too_many_arguments, reason = "Python gives each by its name")]
pub(crate) fn measure(
    py: Python<'_>,
    engine: &Engine,
    result: &Photo,
    content: &Photo,
    reference: &Photo,
    masks: Option<(PyRef<'_, Photo>, PyRef<'_, Photo>)>,
    network: Option<PathBuf>,
    size: usize,
    progress: Option<Py<PyAny>>,
) -> PyResult<Vec<(&'static str, f64)>> {
    let engine = engine.inner();
    let [result, content, reference] = [result, content, reference].map(Photo::inner);
    let masks = masks.map(|(ours, theirs)| [ours.inner().clone(), theirs.inner().clone()]);
    let metrics = work::run(py, progress, move |watch| {
        let network = network.map(|name| keywords::network(&name)).transpose()?;
        let network =
            network.map(|weights| engine.feature_network(&weights, &Tap::STYLE, watch)).transpose()?;
        let token = watch.token().clone();
        engine.install(|| {
            let masks = masks.as_ref().map(|[ours, theirs]| (ours, theirs));
            let pair = Pair::new(content, reference, masks, network.as_deref(), size)?;
            token.check()?;
            Ok(pair.measure(result))
        })
    })?;
    Ok(Metric::ALL.iter().filter_map(|metric| Some((metric.name(), metric.of(&metrics)?))).collect())
}
