//! `.3dl` text of Autodesk's Lustre and Flame, and of Kodak.
//!
//! Source: Autodesk, *Lustre Color Management User Guide*, and what OpenColorIO's `FileFormat3DL.cpp` has found in files. A line of whole numbers places
//! the nodes along each axis; then come the colours in whole numbers, blue fastest. `3DMESH` and `Mesh n m` may come first, for 2ⁿ + 1
//! nodes a side and m bits a colour, and `LUT8` and `gamma` last. Where no `Mesh` tells the bits, the greatest number does, with room for as much again, as in
//! OpenColorIO.

use std::fmt::Write;

use super::lattice::UNIT;
use super::lines::{Line, ascii, last, lines, shown};
use super::problem::LineProblem;
use super::{Lattice, Lut};
use crate::LutError;

/// Nodes a side that are written, for programs read no others; the first where the lattice has another number.
const SIZES: [usize; 3] = [33, 17, 65];

/// The last place of a node, of 10 bits.
const LAST_PLACE: u32 = 1023;

/// Bits of the colours that are written.
const BITS: u32 = 12;

/// Whether a text begins as these files do.
pub(super) fn recognises(text: &str) -> bool {
    let first = lines(text).flatten().find(|line| line.comment().is_none());
    first.is_some_and(|line| {
        let is_keyword = line.words().next().is_some_and(|word| keyword(word) != Keyword::None);
        is_keyword || line.words().count() > 3 && line.words().all(|word| word.parse::<f32>().is_ok())
    })
}

#[derive(PartialEq)]
enum Keyword {
    Mesh,
    Gamma,
    /// One that says nothing.
    Empty,
    None,
}

fn keyword(word: &str) -> Keyword {
    match word.to_ascii_lowercase().as_str() {
        "mesh" => Keyword::Mesh,
        "gamma" => Keyword::Gamma,
        "3dmesh" | "lut8" => Keyword::Empty,
        _ => Keyword::None,
    }
}

/// Reads the text of a file.
pub(super) fn read(text: &str) -> Result<Lut, LutError> {
    let (mut comments, mut size, mut bits) = (Vec::new(), None, None);
    let mut levels: Vec<[u16; 3]> = Vec::new();
    for line in lines(text) {
        let line = line?;
        if let Some(comment) = line.comment() {
            comments.push(comment.to_owned());
            continue;
        }
        let mut words = line.words();
        match keyword(words.next().unwrap_or_default()) {
            Keyword::None => {}
            Keyword::Empty => continue,
            Keyword::Gamma if line.numbers(words.clone())? == [1.0] => continue,
            Keyword::Gamma => {
                let reason = "programs differ in what it means; export the LUT with gamma 1.0";
                return Err(line.wrong(LineProblem::NotSupported { word: "gamma".into(), reason }));
            }
            Keyword::Mesh => {
                let [_, depth] = line.numbers(words)?;
                let depth = (8..=16).find(|bits| depth == *bits as f32).ok_or_else(|| {
                    let found = depth.to_string();
                    line.wrong(LineProblem::Size { word: "Mesh".into(), found, least: 8, most: 16 })
                })?;
                bits = Some(depth);
                continue;
            }
        }
        if levels.is_empty() && size.is_none() && line.words().count() > 3 {
            size = Some(mesh(line)?);
            continue;
        }
        let most = size.unwrap_or(*Lattice::SIZES.end());
        if levels.len() == most.pow(3) {
            return Err(line.wrong(LineProblem::TooManyColours { expected: most.pow(3) }));
        }
        levels.push(colour(line)?);
    }
    let size = size.or_else(|| Lattice::SIZES.clone().find(|size| size.pow(3) == levels.len()));
    let size =
        size.ok_or_else(|| last(text).wrong(LineProblem::Missing { what: "line that places the nodes" }))?;
    if levels.len() < size.pow(3) {
        let (found, expected) = (levels.len(), size.pow(3));
        return Err(last(text).wrong(LineProblem::TooFewColours { found, expected }));
    }
    let brightest = f32::from(u16::MAX >> (16 - bits.unwrap_or_else(|| likely_bits(&levels))));
    let colours: Vec<_> =
        levels.iter().map(|levels| levels.map(|level| f32::from(level) / brightest)).collect();
    let lattice = Lattice::from_values(size, UNIT, Lattice::reordered(size, &colours));
    Ok(Lut { title: None, comments, shaper: None, lattice: Some(lattice) })
}

/// The number of nodes a side, by the line that places them.
fn mesh(line: Line<'_>) -> Result<usize, LutError> {
    let places: Vec<u16> = line.words().map(|word| level(line, word)).collect::<Result<_, _>>()?;
    let (size, last) = (places.len(), f32::from(*places.last().expect("over three")));
    if !Lattice::SIZES.contains(&size) {
        let (least, most) = (*Lattice::SIZES.start(), *Lattice::SIZES.end());
        let found = size.to_string();
        return Err(line.wrong(LineProblem::Size { word: "nodes a side".into(), found, least, most }));
    }
    // Places are powers of two but for the last, which is one less.
    let tolerance = (last / LAST_PLACE as f32).max(1.0);
    let even = |index: usize| index as f32 * last / (size - 1) as f32;
    let is_even =
        places.iter().enumerate().all(|(index, place)| (f32::from(*place) - even(index)).abs() <= tolerance);
    if !is_even || last < size as f32 - 1.0 {
        return Err(line.wrong(LineProblem::UnevenMesh));
    }
    Ok(size)
}

fn colour(line: Line<'_>) -> Result<[u16; 3], LutError> {
    let words: Vec<&str> = line.words().take(4).collect();
    let [red, green, blue] = words[..] else {
        return Err(line.wrong(LineProblem::Count { found: line.words().count(), expected: 3 }));
    };
    Ok([level(line, red)?, level(line, green)?, level(line, blue)?])
}

fn level(line: Line<'_>, word: &str) -> Result<u16, LutError> {
    word.parse().map_err(|_| line.wrong(LineProblem::NotALevel { word: shown(word) }))
}

/// The bits of colours by the greatest of them.
fn likely_bits(levels: &[[u16; 3]]) -> u32 {
    let greatest = u32::from(levels.as_flattened().iter().copied().max().unwrap_or(0));
    [8, 10, 12, 14].into_iter().find(|bits| greatest < 2 << bits).unwrap_or(16)
}

/// The text of a file of 17, 33 or 65 nodes a side and 12 bits. Few programs read a `Mesh`, so there is one only where the LUT is so dark that its bits
/// would be taken for fewer.
pub(super) fn write(lut: &Lut) -> String {
    let size = lut.lattice().map(Lattice::size).filter(|size| SIZES.contains(size)).unwrap_or(SIZES[0]);
    let colours = Lattice::reordered(size, lut.resampled(size).values());
    let most = ((1 << BITS) - 1) as f32;
    let levels: Vec<_> = colours
        .iter()
        .map(|colour| colour.map(|value| (value * most).round().clamp(0.0, most) as u16))
        .collect();
    let mut text = String::new();
    for comment in lut.title().into_iter().chain(lut.comments().iter().flat_map(|comment| comment.lines())) {
        text += &format!("# {}\n", ascii(comment));
    }
    if likely_bits(&levels) != BITS {
        text += &format!("3DMESH\nMesh {} {BITS}\n", (size - 1).ilog2());
    }
    let step = (LAST_PLACE + 1) / (size as u32 - 1);
    let places: Vec<_> = (0..size as u32).map(|index| (index * step).min(LAST_PLACE).to_string()).collect();
    text += &places.join(" ");
    text.push('\n');
    for [red, green, blue] in levels {
        writeln!(text, "{red} {green} {blue}").expect("memory takes any text");
    }
    text
}

#[cfg(test)]
mod tests;
