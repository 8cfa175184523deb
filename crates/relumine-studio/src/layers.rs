//! What a page renders a look of, as a safetensors file: matrices, shares and patches at the size of a preview (`openapi.json`).

use std::collections::HashMap;

use half::f16;
use relumine::{Body, Layers, Pairing, Planes, Side};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use crate::Failure;

/// Long side of what regions are shown by.
const LONG: usize = 640;
/// The label of what is of no region, and what a region has to have of a pixel to be shown there.
const NONE: u8 = 255;
const SHOWN: f32 = 0.5;

/// A tensor: its name, kind, shape and bytes.
type Tensor = (&'static str, Dtype, Vec<usize>, Vec<u8>);

fn written<'t>(tensors: &'t [Tensor], told: HashMap<String, String>) -> Result<Vec<u8>, Failure> {
    let view = |tensor: &'t Tensor| -> Result<_, SafeTensorError> {
        let (name, dtype, shape, bytes) = tensor;
        Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?))
    };
    let views: Result<Vec<_>, _> = tensors.iter().map(view).collect();
    let bytes = views.and_then(|views| safetensors::serialize(views, Some(told)));
    bytes.map_err(|error| Failure::internal(error.to_string()))
}

/// The layers of a look for a preview of this width and height.
pub(crate) fn of_look(layers: &Layers, [width, height]: [usize; 2]) -> Result<Vec<u8>, Failure> {
    let mut tensors: Vec<Tensor> = Vec::new();
    match &layers.body {
        Body::Grid(grid) => {
            let shape = grid.shape();
            let bytes = grid.coefficients().iter().flat_map(|v| v.to_le_bytes()).collect();
            tensors.push(("grid", Dtype::F32, vec![shape.height, shape.width, shape.depth, 12], bytes));
        }
        Body::Picture(planes) => {
            let [r, g, b] = planes.rgb();
            let level = |v: &f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
            let bytes =
                r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [level(r), level(g), level(b)]).collect();
            tensors.push(("full", Dtype::U8, vec![planes.height(), planes.width(), 3], bytes));
        }
    }
    let halves = |planes: &Planes| -> Vec<u8> {
        planes.data().iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
    };
    let shape = |count: usize| vec![count, layers.frame.height, layers.frame.width];
    if let Some(shares) = &layers.shares {
        tensors.push(("shares", Dtype::F16, shape(shares.channels()), halves(shares)));
    }
    if !layers.patches.is_empty() {
        let bytes = layers.patches.iter().flat_map(|(_, plane)| halves(plane)).collect();
        tensors.push(("patches", Dtype::F16, shape(layers.patches.len()), bytes));
    }
    let regions: Vec<Option<usize>> = layers.patches.iter().map(|(region, _)| *region).collect();
    let told = [
        ("frame".into(), json!(layers.frame).to_string()),
        ("size".into(), json!([width, height]).to_string()),
        ("patch_regions".into(), json!(regions).to_string()),
    ];
    written(&tensors, told.into())
}

/// Which region is largest at each pixel of both photos.
pub(crate) fn of_regions(pairing: &Pairing) -> Result<Vec<u8>, Failure> {
    let labels = |name: &'static str, side: Side| {
        let photo = match side {
            Side::Content => pairing.content(),
            Side::Reference => pairing.reference(),
        };
        let (width, height) = (photo.photo().width(), photo.photo().height());
        let scale = (LONG as f64 / width.max(height) as f64).min(1.0);
        let small = |side: usize| ((side as f64 * scale).round() as usize).max(1);
        let frame = photo.frame();
        let (h, w) = (small(frame.height), small(frame.width));
        let planes = pairing.planes(side, h, w);
        let (all_h, all_w) = (small(height).max(h), small(width).max(w));
        let (top, left) = (small(frame.top + 1) - 1, small(frame.left + 1) - 1);
        let mut out = vec![NONE; all_h * all_w];
        for y in 0..h {
            for x in 0..w {
                let share = |region: &usize| planes.plane(*region)[y * w + x];
                let rest = |region: &usize| side == Side::Reference && pairing.regions()[*region].rest;
                let regions = (0..planes.channels()).filter(|region| !rest(region));
                let largest = regions.max_by(|a, b| share(a).total_cmp(&share(b)));
                let shown = largest.filter(|region| side == Side::Content || share(region) > SHOWN);
                let (y, x) = ((top + y).min(all_h - 1), (left + x).min(all_w - 1));
                out[y * all_w + x] = shown.and_then(|region| u8::try_from(region).ok()).unwrap_or(NONE);
            }
        }
        (name, Dtype::U8, vec![all_h, all_w], out)
    };
    written(&[labels("content", Side::Content), labels("reference", Side::Reference)], HashMap::new())
}
