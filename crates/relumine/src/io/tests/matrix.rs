//! Files of every kind by independent writers, against what independent readers find in them (`tools/reference/files.py`).

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Deserialize;

use super::*;
use crate::{Error, PhotoError};

/// What a row of the matrix says.
#[derive(Deserialize)]
struct Row {
    is: Kind,
    /// What a refusal or a notice has to say.
    says: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// The same samples.
    Exact,
    /// The same but for the arithmetic of a decoder.
    Near,
    /// The same colours in sRGB within 1 level, rounded.
    Colour,
    Refused,
}

/// Samples as a reader finds them, in levels of 8 or 16 bits.
fn samples(tensor: &TensorView<'_>) -> Vec<u16> {
    match tensor.dtype() {
        Dtype::U8 => tensor.data().iter().map(|level| u16::from(*level)).collect(),
        Dtype::U16 => tensor.data().as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
        other => panic!("{other:?}"),
    }
}

/// As our decoder finds them.
fn found(pixels: &DynamicImage) -> Vec<u16> {
    match pixels.color().bytes_per_pixel() / pixels.color().channel_count() {
        1 => pixels.as_bytes().iter().map(|level| u16::from(*level)).collect(),
        _ => pixels.as_bytes().as_chunks::<2>().0.iter().map(|pair| u16::from_ne_bytes(*pair)).collect(),
    }
}

/// What is wrong with a row, if anything is.
fn fault(name: &str, row: &Row, tensors: &SafeTensors<'_>) -> Option<String> {
    let tensor = |part: &str| tensors.tensor(&format!("{name}/{part}"));
    let bytes = tensor("file").expect("a file").data().to_vec();
    let photo = match Photo::decode(&bytes, Path::new(name), &Limits::default()) {
        Ok(photo) => photo,
        Err(Error::Photo { problem: PhotoError::Unreadable(_) | PhotoError::Empty, .. }) => {
            return Some("not read".into());
        }
        Err(error) if row.is == Kind::Refused => {
            return (!error.to_string().contains(&row.says)).then(|| error.to_string());
        }
        Err(error) => return Some(error.to_string()),
    };
    let notices: Vec<_> = photo.notices().iter().map(ToString::to_string).collect();
    let told = if row.says.is_empty() {
        notices.is_empty()
    } else {
        notices.iter().any(|text| text.contains(&row.says))
    };
    if !told {
        return Some(format!("it tells {notices:?}"));
    }
    let pixels = pixels(&bytes);
    match row.is {
        Kind::Refused => Some("it is read".into()),
        Kind::Colour => {
            let expected = tensor("srgb").expect("colours");
            let [r, g, b] = photo.colours().rgb();
            let found = r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [*r, *g, *b]);
            let far = |(found, level): (f32, &u8)| (found.clamp(0.0, 1.0) * 255.0 - f32::from(*level)).abs();
            let worst = found.zip(expected.data()).map(far).fold(0.0, f32::max);
            (worst > 1.0).then(|| format!("{worst} levels off"))
        }
        Kind::Exact | Kind::Near => {
            let expected = tensor("pixels").expect("pixels");
            let shape =
                [pixels.height() as usize, pixels.width() as usize, pixels.color().channel_count().into()];
            if shape != *expected.shape() {
                return Some(format!("{shape:?} for {:?}", expected.shape()));
            }
            let (found, expected) = (found(&pixels), samples(&expected));
            let far: Vec<_> = found.iter().zip(&expected).map(|(a, b)| f64::from(a.abs_diff(*b))).collect();
            let (worst, mean) =
                (far.iter().copied().fold(0.0, f64::max), far.iter().sum::<f64>() / far.len() as f64);
            // Chroma that is off by one level moves a colour by up to two, twice where it is interpolated.
            let most = if row.is == Kind::Near { (4.0, 0.35) } else { (0.0, 0.0) };
            (worst > most.0 || mean > most.1).then(|| format!("{worst} levels off, {mean} in the mean"))
        }
    }
}

#[test]
fn every_kind_of_file_is_read_right_or_refused() {
    let fixture = include_bytes!("../../../tests/fixtures/files.safetensors");
    let tensors = SafeTensors::deserialize(fixture).expect("the fixture");
    let (_, header) = SafeTensors::read_metadata(fixture).expect("the fixture");
    let rows: HashMap<String, String> = header.metadata().clone().expect("rows");
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut faults: Vec<String> = rows
        .iter()
        .filter_map(|(name, row)| {
            let row = serde_json::from_str(row).expect("a row");
            fault(name, &row, &tensors).map(|fault| format!("{name}: {fault}"))
        })
        .collect();
    faults.sort();
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), rows.len(), faults.join("\n"));
}
