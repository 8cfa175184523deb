//! The nodes that are understood.

use quick_xml::events::{BytesStart, Event};

use super::super::lattice::UNIT;
use super::super::lines::{number, shown};
use super::super::problem::LineProblem;
use super::super::{Curves, Lattice};
use super::events::{Events, name};
use crate::LutError;

impl Events<'_> {
    /// Curves, of one channel for all or of three.
    pub(super) fn curves(&mut self, start: &BytesStart<'_>) -> Result<Curves, LutError> {
        for key in ["halfDomain", "rawHalfs"] {
            if self.attribute(start, key)?.is_some_and(|value| value == "true" || value == "1") {
                let reason = "it is a table of 16-bit floating-point numbers; export the LUT with evenly spaced levels";
                return Err(self.wrong(LineProblem::NotSupported { word: key.into(), reason }));
            }
        }
        let sizes = Curves::SIZES;
        let (_, channels, numbers) = self.array(start, |dim| match dim {
            [size, channels @ (1 | 3)] if sizes.contains(size) => Some((*size, *channels, size * channels)),
            _ => None,
        })?;
        let values = match channels {
            1 => numbers.into_iter().map(|number| [number; 3]).collect(),
            _ => numbers.as_chunks().0.to_vec(),
        };
        Ok(Curves::from_values(UNIT, values))
    }

    /// A lattice of as many nodes along each axis.
    pub(super) fn lattice(&mut self, start: &BytesStart<'_>) -> Result<Lattice, LutError> {
        let sizes = Lattice::SIZES;
        let (size, _, numbers) = self.array(start, |dim| match dim {
            [size, green, blue, 3] if sizes.contains(size) && size == green && size == blue => {
                Some((*size, 3, 3 * size.pow(3)))
            }
            _ => None,
        })?;
        Ok(Lattice::from_values(size, UNIT, Lattice::reordered(size, numbers.as_chunks().0)))
    }

    /// The array of a node, divided by what its numbers call white. `understood` makes size, channels and count of its dimensions.
    fn array(
        &mut self,
        node: &BytesStart<'_>,
        understood: impl Fn(&[usize]) -> Option<(usize, usize, usize)>,
    ) -> Result<(usize, usize, Vec<f32>), LutError> {
        let white = self.white(node)?;
        let mut array = None;
        loop {
            match self.next()? {
                Event::Start(start) if name(&start) == "Array" && array.is_none() => {
                    let dim = self.attribute(&start, "dim")?.unwrap_or_default();
                    let numbers: Vec<usize> =
                        dim.split_ascii_whitespace().map_while(|word| word.parse().ok()).take(5).collect();
                    let (size, channels, count) = understood(&numbers)
                        .ok_or_else(|| self.wrong(LineProblem::Dimensions { found: shown(&dim) }))?;
                    array = Some((size, channels, self.numbers(count, white)?));
                }
                Event::Start(start) if name(&start) == "Description" => drop(self.words_within(&start)?),
                Event::Start(start) | Event::Empty(start) => return Err(self.unknown(name(&start))),
                Event::End(_) => {
                    return array
                        .ok_or_else(|| self.wrong(LineProblem::Missing { what: "Array in the node" }));
                }
                _ => {}
            }
        }
    }

    /// The numbers within an array, up to its end.
    fn numbers(&mut self, count: usize, white: f32) -> Result<Vec<f32>, LutError> {
        let mut numbers = Vec::new();
        loop {
            match self.next()? {
                Event::Text(text) => {
                    let lines = text.split('\n').enumerate();
                    for (line, word) in lines
                        .flat_map(|(line, text)| text.split_ascii_whitespace().map(move |word| (line, word)))
                    {
                        let wrong = |problem| LutError::Line { line: self.line + line, problem };
                        if numbers.len() == count {
                            return Err(wrong(LineProblem::TooManyColours { expected: count / 3 }));
                        }
                        numbers.push(number(word).map_err(wrong)? / white);
                    }
                }
                Event::End(_) if numbers.len() < count => {
                    let (found, expected) = (numbers.len() / 3, count / 3);
                    return Err(self.wrong(LineProblem::TooFewColours { found, expected }));
                }
                Event::End(_) => return Ok(numbers),
                Event::Comment(_) => {}
                _ => return Err(self.unknown("markup among numbers")),
            }
        }
    }

    /// What the numbers of a node call white.
    fn white(&self, node: &BytesStart<'_>) -> Result<f32, LutError> {
        Ok(match self.attribute(node, "outBitDepth")?.as_deref() {
            Some("8i") => 255.0,
            Some("10i") => 1023.0,
            Some("12i") => 4095.0,
            Some("16i") => 65535.0,
            Some("16f" | "32f") => 1.0,
            other => {
                let found =
                    other.map_or("no outBitDepth".into(), |depth| format!("outBitDepth {}", shown(depth)));
                return Err(self.unknown(&found));
            }
        })
    }
}
