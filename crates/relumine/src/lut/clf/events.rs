//! The events of XML with their lines, and what is read off one of them.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::lines::shown;
use super::super::problem::LineProblem;
use crate::LutError;

/// The events of a text, with their lines.
pub(super) struct Events<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// Bytes before the event.
    seen: usize,
    /// The line that it begins in.
    pub(super) line: usize,
}

pub(super) fn name<'a>(start: &'a BytesStart<'_>) -> &'a str {
    start.local_name().into_inner()
}

impl<'t> Events<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, reader: Reader::from_str(text), seen: 0, line: 1 }
    }

    pub(super) fn next(&mut self) -> Result<Event<'t>, LutError> {
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

    pub(super) fn wrong(&self, problem: LineProblem) -> LutError {
        LutError::Line { line: self.line, problem }
    }

    pub(super) fn unknown(&self, word: &str) -> LutError {
        self.wrong(LineProblem::Unknown { word: shown(word) })
    }

    pub(super) fn attribute(&self, start: &BytesStart<'_>, key: &str) -> Result<Option<String>, LutError> {
        let broken = |reason: String| self.wrong(LineProblem::Markup { reason });
        let Some(attribute) = start.try_get_attribute(key).map_err(|error| broken(error.to_string()))? else {
            return Ok(None);
        };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        value.map(|value| Some(value.into_owned())).map_err(|error| broken(error.to_string()))
    }

    /// The lines of text within an element, and within those in it.
    pub(super) fn words_within(&mut self, start: &BytesStart<'_>) -> Result<Vec<String>, LutError> {
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
}
