//! What became of a photo's colours, without where in the photo they are: enough to tell how well a lookup table does, and which colours
//! it knows nothing of.
//!
//! Colours are gathered by cells of the colour cube, and of each cell one pixel stands for all, with their share of the photo. Where a look
//! differs from place to place, that pixel is one of them by chance (a hash of its place), so that means over the samples are those
//! over the photo but for noise.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::Planes;

/// Cells along each side of the colour cube; where there are more samples than [`MOST`], half as many, and half as many again.
const CELLS: usize = 32;
const MOST: usize = 8192;
/// Region of what is of none.
const NONE: u8 = u8::MAX;
/// How far beyond 0..1 a colour may lie: any that a file can hold.
const RANGE: f32 = 64.0;

/// One colour of a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// sRGB-encoded.
    pub(crate) before: [f32; 3],
    pub(crate) after: [f32; 3],
    /// Share of the photo that it stands for.
    pub(crate) weight: f32,
    /// The place of its region among those of the look.
    pub(crate) region: Option<usize>,
}

/// Colours of a photo, before and after.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// Of two pictures of one size, 3×H×W, and the region of each pixel.
    pub(crate) fn of(before: &Planes, after: &Planes, region: impl Fn(usize) -> Option<usize>) -> Self {
        let mut cells = CELLS;
        loop {
            let found = gathered(before, after, &region, cells);
            // Of one cell there are no more than there are regions.
            if found.0.len() <= MOST || cells == 1 {
                return found;
            }
            cells /= 2;
        }
    }

    pub(crate) fn all(&self) -> &[Sample] {
        &self.0
    }

    /// Those of a region.
    pub(crate) fn of_region(&self, region: usize) -> Self {
        Self(self.0.iter().filter(|sample| sample.region == Some(region)).copied().collect())
    }

    /// The colours before, after, and the weights, as a picture of one row each.
    pub(crate) fn as_rows(&self) -> (Planes, Planes, Vec<f32>) {
        let row = |colour: fn(&Sample) -> [f32; 3]| {
            let data = (0..3).flat_map(|c| self.0.iter().map(move |sample| colour(sample)[c])).collect();
            Planes::from_vec(3, 1, self.0.len(), data)
        };
        let weights = self.0.iter().map(|sample| sample.weight).collect();
        (row(|sample| sample.before), row(|sample| sample.after), weights)
    }

    /// As a safetensors file: `before` and `after`, N×3, `weight`, N, and `region`, N, of which 255 is none.
    pub(super) fn encode(&self) -> Vec<u8> {
        let bytes = |values: Vec<f32>| bytemuck::cast_slice::<f32, u8>(&values).to_vec();
        let before = bytes(self.0.iter().flat_map(|sample| sample.before).collect());
        let after = bytes(self.0.iter().flat_map(|sample| sample.after).collect());
        let weight = bytes(self.0.iter().map(|sample| sample.weight).collect());
        let number = |region: usize| u8::try_from(region).unwrap_or(NONE);
        let region: Vec<u8> = self.0.iter().map(|sample| sample.region.map_or(NONE, number)).collect();
        let count = self.0.len();
        let tensor =
            |kind, shape, data| TensorView::new(kind, shape, data).expect("as many bytes as it says");
        let tensors = [
            ("after", tensor(Dtype::F32, vec![count, 3], &after[..])),
            ("before", tensor(Dtype::F32, vec![count, 3], &before)),
            ("region", tensor(Dtype::U8, vec![count], &region)),
            ("weight", tensor(Dtype::F32, vec![count], &weight)),
        ];
        safetensors::serialize(tensors, None).expect("names and shapes alone")
    }

    /// What [`encode`](Self::encode) makes, of a look of so many regions.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn decode(bytes: &[u8], regions: usize) -> Result<Self, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        if let Some(name) =
            file.names().iter().find(|name| !matches!(&***name, "after" | "before" | "region" | "weight"))
        {
            return Err(format!("`{name}` is not known"));
        }
        let tensor = |name: &str, kind: Dtype, inner: &[usize]| -> Result<(usize, Vec<u8>), String> {
            let tensor = file.tensor(name).map_err(|_| format!("it has no `{name}`"))?;
            match tensor.shape() {
                [count, rest @ ..] if rest == inner && tensor.dtype() == kind && *count <= MOST => {
                    Ok((*count, tensor.data().to_vec()))
                }
                shape => Err(format!("`{name}` is {:?} of shape {shape:?}", tensor.dtype())),
            }
        };
        let floats = |name: &str, inner: &[usize], range: f32| {
            let (count, bytes) = tensor(name, Dtype::F32, inner)?;
            let values: Vec<f32> = bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
            let sound = values.iter().all(|value| value.is_finite() && value.abs() <= range);
            if sound { Ok((count, values)) } else { Err(format!("`{name}` holds senseless numbers")) }
        };
        let (count, before) = floats("before", &[3], RANGE)?;
        let (as_many, after) = floats("after", &[3], RANGE)?;
        let (weights, weight) = floats("weight", &[], 1.0)?;
        let (numbers, region) = tensor("region", Dtype::U8, &[])?;
        if [as_many, weights, numbers].iter().any(|other| *other != count) || weight.iter().any(|w| *w < 0.0)
        {
            return Err("its tensors do not belong together".into());
        }
        let sample = |i: usize| {
            let region = (region[i] != NONE).then_some(usize::from(region[i]));
            match region {
                Some(number) if number >= regions => Err(format!("there is no region {number}")),
                _ => Ok(Sample {
                    before: before.as_chunks().0[i],
                    after: after.as_chunks().0[i],
                    weight: weight[i],
                    region,
                }),
            }
        };
        (0..count).map(sample).collect::<Result<_, _>>().map(Self)
    }
}

fn gathered(
    before: &Planes,
    after: &Planes,
    region: &impl Fn(usize) -> Option<usize>,
    cells: usize,
) -> Samples {
    assert_eq!(before.data().len(), after.data().len(), "pictures of one size");
    let cell = |value: f32| ((value * cells as f32) as usize).min(cells - 1);
    let mut found: BTreeMap<([usize; 3], Option<usize>), Pick> = BTreeMap::new();
    for pixel in 0..before.area() {
        let colour = before.rgb().map(|plane| cell(plane[pixel]));
        let chance = hash(pixel as u32);
        let pick = found.entry((colour, region(pixel))).or_insert(Pick { chance, pixel, count: 0 });
        if chance < pick.chance {
            (pick.chance, pick.pixel) = (chance, pixel);
        }
        pick.count += 1;
    }
    let of = |((_, region), Pick { pixel, count, .. }): ((_, Option<usize>), Pick)| Sample {
        before: before.rgb().map(|plane| plane[pixel]),
        after: after.rgb().map(|plane| plane[pixel]),
        weight: count as f32 / before.area() as f32,
        region,
    };
    Samples(found.into_iter().map(of).collect())
}

/// The pixel that stands for a cell: that of the least chance.
struct Pick {
    chance: u32,
    pixel: usize,
    count: u32,
}

/// The finaliser of MurmurHash3: neighbours get numbers that have nothing to do with each other.
fn hash(number: u32) -> u32 {
    let mut h = number.wrapping_add(0x9e37_79b9);
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Samples {
        let value = |i: usize| ((i * 7919 + i / 13) % 1021) as f32 / 1000.0;
        let before = Planes::from_vec(3, 40, 50, (0..6000).map(value).collect());
        let mut after = before.clone();
        after.data_mut().iter_mut().for_each(|v| *v = 1.1 * *v - 0.07);
        Samples::of(&before, &after, |pixel| (pixel >= 50).then_some(pixel % 2))
    }

    #[test]
    fn they_weigh_as_much_as_the_photo_and_travel() {
        let samples = samples();
        let total: f32 = samples.all().iter().map(|sample| sample.weight).sum();
        assert!((total - 1.0).abs() < 1e-4);
        let of = |region| samples.of_region(region).all().iter().map(|sample| sample.weight).sum::<f32>();
        assert!((of(0) - of(1)).abs() < 1e-3 && (of(0) + of(1) - 0.975).abs() < 1e-3);
        assert_eq!(Samples::decode(&samples.encode(), 2).unwrap(), samples);
    }

    #[test]
    fn however_many_colours_and_regions_there_are_they_can_be_read_again() {
        let value = |i: usize| (hash(i as u32) % 1024) as f32 / 1023.0;
        let noise = Planes::from_vec(3, 300, 300, (0..270_000).map(value).collect());
        let samples = Samples::of(&noise, &noise, |pixel| Some(pixel % 20));
        assert!(samples.all().len() <= MOST);
        assert_eq!(Samples::decode(&samples.encode(), 20).unwrap(), samples);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let bytes = samples().encode();
        assert_eq!(Samples::decode(&bytes, 1).unwrap_err(), "there is no region 1");
        assert!(Samples::decode(&bytes[..bytes.len() - 3], 2).is_err());
        let nan = Sample { before: [0.5; 3], after: [f32::NAN; 3], weight: 1.0, region: None };
        let senseless = Samples(vec![nan]).encode();
        assert!(Samples::decode(&senseless, 2).unwrap_err().contains("senseless"));
    }
}
