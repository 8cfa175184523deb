//! Colours by their numbers in a map (TIFF 6.0, section 5): as many samples of red as there are numbers, then of green, then of blue.

use image::DynamicImage;

use super::chunks::Source;
use super::layout::damaged;
use super::pixels::{assembled, eight, packed, sixteen};
use super::structure::{Directory, tag};
use crate::PhotoError;

/// The picture in colours of 8 bits where those of the map are no finer, else of 16.
pub(super) fn pixels(source: &Source<'_>, page: &Directory<'_>) -> Result<Option<DynamicImage>, PhotoError> {
    let layout = &source.layout;
    let entries = 1usize << layout.bits;
    let map = page.unsigneds(tag::COLOUR_MAP).filter(|map| map.len() == 3 * entries);
    let map = map.ok_or_else(|| damaged("its colour map is missing or too short"))?;
    if layout.bits > 8 || layout.alpha.is_some() {
        return Err(PhotoError::UnsupportedPixels {
            found: "a palette of more than 256 colours or with alpha".into(),
        });
    }
    let numbers: Vec<u8> = assembled(source, |row, line| {
        line.extend(packed(row, layout.bits).map(|number| number as u8));
    })?;
    let (width, height) = (layout.width as u32, layout.height as u32);
    let level = |number: &u8, channel| map[channel * entries + usize::from(*number)];
    let levels = numbers.iter().flat_map(|number| [0, 1, 2].map(|channel| level(number, channel)));
    Ok(match to_eight(&map) {
        Some(to_eight) => eight(width, height, 3, levels.map(to_eight).collect()),
        None => sixteen(width, height, 3, levels.map(|level| level as u16).collect()),
    })
}

/// How the levels of a map are taken to 8 bits, where that is what they are of: written as they are (against the specification), spread,
/// or shifted.
fn to_eight(map: &[u64]) -> Option<fn(u64) -> u8> {
    if map.iter().all(|level| *level < 256) {
        Some(|level| level as u8)
    } else if map.iter().all(|level| level % 257 == 0) || map.iter().all(|level| level % 256 == 0) {
        Some(|level| (level >> 8) as u8)
    } else {
        None
    }
}
