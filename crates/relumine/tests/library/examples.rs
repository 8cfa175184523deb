//! The example photos, made small.

use std::path::Path;

use relumine::Planes;
use relumine::io::{Limits, Photo};

/// One of the example photos, every `step`th pixel of it.
pub(crate) fn example(name: &str, step: usize) -> Photo {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos").join(name);
    let photo = Photo::open(path, &Limits::default()).unwrap();
    let (height, width) = (photo.height() / step, photo.width() / step);
    let every = |plane: &[f32]| -> Vec<f32> {
        (0..height * width).map(|i| plane[(i / width * photo.width() + i % width) * step]).collect()
    };
    let planes = photo.colours().rgb().map(every).concat();
    Photo::from_planes(Planes::from_vec(3, height, width, planes))
}
