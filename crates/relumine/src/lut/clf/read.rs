//! A process list, event by event.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::lattice::UNIT;
use super::super::lines::{number, shown};
use super::super::problem::LineProblem;
use super::super::{Curves, Lattice, Lut};
use crate::LutError;

/// Reads the text of a file.
pub(in super::super) fn read(text: &str) -> Result<Lut, LutError> {
    let mut reader = Events { text, reader: Reader::from_str(text), seen: 0, line: 1 };
    let mut lut = Lut { title: None, comments: Vec::new(), shaper: None, lattice: None };
    loop {
        match reader.next()? {
            Event::Start(start) if name(&start) == "ProcessList" => {
                lut.title = reader.attribute(&start, "name")?.filter(|name| !name.is_empty());
                break;
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Text(blank) if blank.trim().is_empty() => {}
            Event::Start(start) | Event::Empty(start) => return Err(reader.unknown(name(&start))),
            _ => return Err(LutError::UnknownFormat),
        }
    }
    loop {
        match reader.next()? {
            Event::Start(start) => match name(&start) {
                "Description" => lut.comments.extend(reader.words_within(&start)?),
                "Info" | "InputDescriptor" | "OutputDescriptor" => drop(reader.words_within(&start)?),
                "LUT1D" if lut.shaper.is_none() && lut.lattice.is_none() => {
                    lut.shaper = Some(reader.curves(&start)?)
                }
                "LUT3D" if lut.lattice.is_none() => lut.lattice = Some(reader.lattice(&start)?),
                word @ ("LUT1D" | "LUT3D") => {
                    return Err(reader.wrong(LineProblem::Misplaced { word: word.into() }));
                }
                other => return Err(reader.unknown(other)),
            },
            Event::Empty(start) => match name(&start) {
                "Description" | "Info" | "InputDescriptor" | "OutputDescriptor" => {}
                other => return Err(reader.unknown(other)),
            },
            Event::End(_) => break,
            Event::Comment(_) | Event::PI(_) => {}
            Event::Text(blank) if blank.trim().is_empty() => {}
            _ => return Err(reader.unknown("text between the nodes")),
        }
    }
    match (&lut.shaper, &lut.lattice) {
        (None, None) => Err(LutError::Missing { what: "LUT1D or LUT3D" }),
        _ => Ok(lut),
    }
}

/// The events of a text, with their lines.
struct Events<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// Bytes before the event.
    seen: usize,
    /// The line that it begins in.
    line: usize,
}

fn name<'a>(start: &'a BytesStart<'_>) -> &'a str {
    start.local_name().into_inner()
}

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<Event<'t>, LutError> {
        let begin = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        self.line += self.text.as_bytes()[self.seen..begin].iter().filter(|byte| **byte == b'\n').count();
        self.seen = begin;
        match self.reader.read_event() {
            Ok(Event::Eof) => Err(self.wrong(LineProblem::Markup { reason: "it ends early".into() })),
            Ok(Event::DocType(_)) => Err(self.wrong(LineProblem::Unknown { word: "DOCTYPE".into() })),
            Ok(event) => Ok(event),
            Err(error) => Err(self.wrong(LineProblem::Markup { reason: error.to_string() })),
        }
    }

    fn wrong(&self, problem: LineProblem) -> LutError {
        LutError::Line { line: self.line, problem }
    }

    fn unknown(&self, word: &str) -> LutError {
        self.wrong(LineProblem::Unknown { word: shown(word) })
    }

    fn attribute(&self, start: &BytesStart<'_>, key: &str) -> Result<Option<String>, LutError> {
        let broken = |reason: String| self.wrong(LineProblem::Markup { reason });
        let Some(attribute) = start.try_get_attribute(key).map_err(|error| broken(error.to_string()))? else {
            return Ok(None);
        };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        value.map(|value| Some(value.into_owned())).map_err(|error| broken(error.to_string()))
    }

    /// The lines of text within an element, and within those in it.
    fn words_within(&mut self, start: &BytesStart<'_>) -> Result<Vec<String>, LutError> {
        let mut words = String::new();
        let mut open = vec![name(start).to_owned()];
        while !open.is_empty() {
            match self.next()? {
                Event::Start(start) => open.push(name(&start).to_owned()),
                Event::End(_) => drop(open.pop()),
                Event::Text(text) => words += &text,
                Event::GeneralRef(entity) => {
                    words += quick_xml::escape::resolve_predefined_entity(&entity).unwrap_or("?");
                }
                _ => {}
            }
        }
        Ok(words.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Curves, of one channel for all or of three.
    fn curves(&mut self, start: &BytesStart<'_>) -> Result<Curves, LutError> {
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

    fn lattice(&mut self, start: &BytesStart<'_>) -> Result<Lattice, LutError> {
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
                Event::End(_) => return array.ok_or(LutError::Missing { what: "Array in one of its nodes" }),
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
                    return Err(LutError::TooFewColours { found: numbers.len() / 3, expected: count / 3 });
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
