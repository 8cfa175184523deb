//! `.cube` text.
//!
//! Sources: Adobe, *Cube LUT Specification* 1.0, 2013 (one of `LUT_1D_SIZE` and `LUT_3D_SIZE`, `DOMAIN_MIN`, `DOMAIN_MAX`); Blackmagic
//! Design, *DaVinci Resolve: About 1D and 3D LUT formats* (both sizes, the colours of the 1D part first, `LUT_1D_INPUT_RANGE` and
//! `LUT_3D_INPUT_RANGE`). Red runs fastest. Read a little more widely than either: keywords in any case, titles without quotes, byte order
//! marks, any ends of lines, comments anywhere. `DOMAIN_MIN` and `DOMAIN_MAX` are those of the part that comes first.

mod write;

use super::lattice::UNIT;
use super::lines::{Line, last, lines, shown};
use super::problem::LineProblem;
use super::{Curves, Lattice, Lut};
use crate::LutError;

pub(super) use write::write;

/// Reads the text of a file.
pub(super) fn read(text: &str) -> Result<Lut, LutError> {
    let mut header = Header::default();
    let (mut comments, mut colours) = (Vec::new(), Vec::new());
    for line in lines(text) {
        let line = line?;
        if let Some(comment) = line.comment() {
            comments.push(comment.to_owned());
            continue;
        }
        let mut words = line.words();
        let first = words.next().unwrap_or_default();
        if header.take(line, first, words, !colours.is_empty())? {
            continue;
        }
        let expected = header.colours(line)?;
        if colours.len() == expected {
            return Err(line.wrong(LineProblem::TooManyColours { expected }));
        }
        colours.push(line.numbers(line.words())?);
    }
    let end = last(text);
    let expected = header.colours(end)?;
    if colours.len() < expected {
        return Err(end.wrong(LineProblem::TooFewColours { found: colours.len(), expected }));
    }
    let lattice = colours.split_off(header.levels.unwrap_or(0));
    let [first, second] = header.domains()?;
    Ok(Lut {
        title: header.title,
        comments,
        shaper: header.levels.map(|_| Curves::from_values(first, colours)),
        lattice: header.nodes.map(|size| Lattice::from_values(size, second, lattice)),
    })
}

/// What the keywords say.
#[derive(Default)]
struct Header {
    title: Option<String>,
    /// Levels of the 1D part.
    levels: Option<usize>,
    /// Nodes a side of the 3D part.
    nodes: Option<usize>,
    least: Option<[f32; 3]>,
    most: Option<[f32; 3]>,
    /// Where the last of both is.
    domain_line: usize,
    range_1d: Option<[f32; 2]>,
    range_3d: Option<[f32; 2]>,
}

impl Header {
    /// Takes a line of a keyword, or leaves one that begins with a number.
    fn take<'a>(
        &mut self,
        line: Line<'a>,
        word: &str,
        values: impl Iterator<Item = &'a str> + Clone,
        is_late: bool,
    ) -> Result<bool, LutError> {
        let is_again = match word.to_ascii_uppercase().as_str() {
            "TITLE" => {
                let title = line.text[word.len()..].trim();
                let title = title.strip_prefix('"').unwrap_or(title);
                let title = title.strip_suffix('"').unwrap_or(title);
                self.title.replace(title.to_owned()).is_some()
            }
            "LUT_1D_SIZE" => self.levels.replace(size(line, word, values, Curves::SIZES)?).is_some(),
            "LUT_3D_SIZE" => self.nodes.replace(size(line, word, values, Lattice::SIZES)?).is_some(),
            "LUT_1D_INPUT_RANGE" => self.range_1d.replace(range(line, values)?).is_some(),
            "LUT_3D_INPUT_RANGE" => self.range_3d.replace(range(line, values)?).is_some(),
            "DOMAIN_MIN" => {
                self.domain_line = line.number;
                self.least.replace(line.numbers(values)?).is_some()
            }
            "DOMAIN_MAX" => {
                self.domain_line = line.number;
                self.most.replace(line.numbers(values)?).is_some()
            }
            "LUT_IN_VIDEO_RANGE" | "LUT_OUT_VIDEO_RANGE" => {
                let reason = "its numbers are video levels, and those of photos are full; export it for full range (data levels)";
                return Err(line.wrong(LineProblem::NotSupported { word: shown(word), reason }));
            }
            _ if is_late || is_number(word) => return Ok(false),
            _ => return Err(line.wrong(LineProblem::Unknown { word: shown(word) })),
        };
        if is_again || is_late {
            return Err(line.wrong(LineProblem::Misplaced { word: shown(word) }));
        }
        Ok(true)
    }

    /// Colours that the file must hold, which has to be known in this line.
    fn colours(&self, line: Line<'_>) -> Result<usize, LutError> {
        match (self.levels, self.nodes) {
            (None, None) => {
                let what = "LUT_1D_SIZE or LUT_3D_SIZE before the colours";
                Err(line.wrong(LineProblem::Missing { what }))
            }
            (levels, nodes) => Ok(levels.unwrap_or(0) + nodes.map_or(0, |nodes| nodes.pow(3))),
        }
    }

    /// The domains of the 1D and of the 3D part.
    fn domains(&self) -> Result<[[[f32; 3]; 2]; 2], LutError> {
        let whole = [self.least.unwrap_or(UNIT[0]), self.most.unwrap_or(UNIT[1])];
        if !(0..3).all(|c| whole[0][c] < whole[1][c]) {
            return Err(LutError::Line { line: self.domain_line, problem: LineProblem::Domain });
        }
        let of =
            |range: Option<[f32; 2]>, otherwise| range.map_or(otherwise, |range| range.map(|end| [end; 3]));
        let behind = if self.levels.is_some() { UNIT } else { whole };
        Ok([of(self.range_1d, whole), of(self.range_3d, behind)])
    }
}

/// Whether a word is meant to be a number.
fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) || word.parse::<f32>().is_ok()
}

fn size<'a>(
    line: Line<'a>,
    word: &str,
    mut values: impl Iterator<Item = &'a str>,
    sizes: std::ops::RangeInclusive<usize>,
) -> Result<usize, LutError> {
    let found = values.next().unwrap_or_default();
    match found.parse() {
        Ok(size) if sizes.contains(&size) && values.next().is_none() => Ok(size),
        _ => Err(line.wrong(LineProblem::Size {
            word: shown(word),
            found: shown(found),
            least: *sizes.start(),
            most: *sizes.end(),
        })),
    }
}

fn range<'a>(line: Line<'a>, values: impl Iterator<Item = &'a str> + Clone) -> Result<[f32; 2], LutError> {
    let [least, most] = line.numbers(values)?;
    if least < most { Ok([least, most]) } else { Err(line.wrong(LineProblem::Domain)) }
}

#[cfg(test)]
mod tests;
