//! Arrays of numpy to samples, and back. They come in C order: `relumine._images` sees to that.

use numpy::{
    Element, PyArray, PyArray1, PyArrayDescrMethods, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods, dtype,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use relumine::Planes;
use relumine::io::Samples;

use crate::failure;

/// An array of numpy.
pub(crate) type Array<'py> = Bound<'py, PyAny>;

/// An array H×W, or H×W×C, of `uint8`, `uint16` or `float32`: its samples, and height, width and channels.
pub(crate) fn samples(array: &Bound<'_, PyUntypedArray>) -> PyResult<(Samples, [usize; 3])> {
    let py = array.py();
    let shape = match *array.shape() {
        [height, width] => [height, width, 1],
        [height, width, channels] => [height, width, channels],
        _ => {
            return Err(failure::refused(
                py,
                &format!("an array of {} dimensions is no image; it must be H×W or H×W×C", array.ndim()),
            ));
        }
    };
    let own = array.dtype();
    let samples = if own.is_equiv_to(&dtype::<u8>(py)) {
        Samples::Eight(copied(array)?)
    } else if own.is_equiv_to(&dtype::<u16>(py)) {
        Samples::Sixteen(copied(array)?)
    } else if own.is_equiv_to(&dtype::<f32>(py)) {
        Samples::Float(copied(array)?)
    } else {
        return Err(PyTypeError::new_err(format!(
            "an array of {own} is no image; it must be uint8, uint16 or float32"
        )));
    };
    Ok((samples, shape))
}

/// The numbers of an array, row by row.
pub(crate) fn copied<T: Element + Clone>(array: &Bound<'_, PyUntypedArray>) -> PyResult<Vec<T>> {
    let array: PyReadonlyArrayDyn<'_, T> = array.as_any().extract()?;
    let view = array.as_array();
    Ok(view.as_slice().map_or_else(|| view.iter().cloned().collect(), <[T]>::to_vec))
}

/// An array of numbers, row by row, which it takes over.
pub(crate) fn array<'py, T: Element>(
    py: Python<'py>,
    numbers: Vec<T>,
    shape: &[usize],
) -> PyResult<Array<'py>> {
    let flat = PyArray1::from_vec(py, numbers);
    let shaped: Bound<'py, PyArray<T, numpy::IxDyn>> = numpy::PyArrayMethods::reshape(&flat, shape.to_vec())?;
    Ok(shaped.into_any())
}

/// Planes C×H×W as an array H×W×C, or H×W of one.
pub(crate) fn interleaved<'py>(py: Python<'py>, planes: &Planes) -> PyResult<Array<'py>> {
    let (channels, area) = (planes.channels(), planes.area());
    let shape = [planes.height(), planes.width(), channels];
    let numbers = (0..area).flat_map(|at| (0..channels).map(move |c| planes.plane(c)[at])).collect();
    array(py, numbers, if channels == 1 { &shape[..2] } else { &shape })
}
