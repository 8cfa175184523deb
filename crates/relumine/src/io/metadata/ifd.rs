//! Directories of tagged fields on their way from one file to another (TIFF 6.0, section 2; EXIF, CIPA DC-008, 4.6).
//!
//! They are copied field by field: what cannot be read costs itself alone. Values are kept as bytes, so that what is not understood
//! comes through as it was.

mod read;
mod write;

use std::collections::BTreeMap;

pub(crate) use read::Copies;
pub(crate) use write::written;

/// The EXIF directory, in the first one.
pub(crate) const EXIF: u16 = 0x8769;
/// The GPS directory, in the first one.
pub(crate) const GPS: u16 = 0x8825;
/// The directory of interoperability, in the EXIF directory.
pub(crate) const INTEROP: u16 = 0xA005;

/// Types of values.
pub(crate) const BYTE: u16 = 1;
pub(crate) const ASCII: u16 = 2;
pub(crate) const SHORT: u16 = 3;
pub(crate) const LONG: u16 = 4;
pub(crate) const RATIONAL: u16 = 5;
pub(crate) const UNDEFINED: u16 = 7;
/// Of EXIF 3.0.
pub(crate) const UTF_8: u16 = 129;

/// Fields of a directory by their tags; those that are directories are links in files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Directory(pub(crate) BTreeMap<u16, Entry>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Field(Field),
    Directory(Directory),
}

/// A value, little-endian whatever the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) kind: u16,
    pub(crate) value: Vec<u8>,
}

impl Directory {
    pub(crate) fn field(&self, tag: u16) -> Option<&Field> {
        match self.0.get(&tag) {
            Some(Entry::Field(field)) => Some(field),
            _ => None,
        }
    }

    pub(crate) fn set(&mut self, tag: u16, field: Field) {
        self.0.insert(tag, Entry::Field(field));
    }
}

impl Field {
    /// A text, as ASCII, which in practice is UTF-8.
    pub(crate) fn text(text: &str) -> Self {
        Self { kind: ASCII, value: text.bytes().chain([0]).collect() }
    }

    pub(crate) fn short(value: u16) -> Self {
        Self::shorts(&[value])
    }

    pub(crate) fn shorts(values: &[u16]) -> Self {
        Self { kind: SHORT, value: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
    }

    pub(crate) fn long(value: u32) -> Self {
        Self::longs(&[value])
    }

    pub(crate) fn longs(values: &[u32]) -> Self {
        Self { kind: LONG, value: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
    }

    /// A fraction.
    pub(crate) fn rational(numerator: u32, denominator: u32) -> Self {
        Self { kind: RATIONAL, value: [numerator.to_le_bytes(), denominator.to_le_bytes()].concat() }
    }

    /// The first of its numbers, where it holds whole ones without a sign.
    pub(crate) fn number(&self) -> Option<u32> {
        match self.kind {
            BYTE => self.value.first().map(|byte| u32::from(*byte)),
            SHORT => self.value.first_chunk().map(|bytes| u16::from_le_bytes(*bytes).into()),
            LONG => self.value.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)),
            _ => None,
        }
    }

    /// The first of its fractions.
    pub(crate) fn fraction(&self) -> Option<(u32, u32)> {
        let (numerator, rest) = self.value.split_first_chunk().filter(|_| self.kind == RATIONAL)?;
        Some((u32::from_le_bytes(*numerator), u32::from_le_bytes(*rest.first_chunk()?)))
    }

    /// How many values.
    fn count(&self) -> usize {
        self.value.len() / layout(self.kind).map_or(1, |(size, _)| size)
    }
}

/// Bytes of a value of this type, and of the numbers that it is made of; `None` for types that are none of TIFF's or EXIF's.
pub(crate) const fn layout(kind: u16) -> Option<(usize, usize)> {
    match kind {
        // BYTE, ASCII, SBYTE, UNDEFINED.
        1 | 2 | 6 | 7 | UTF_8 => Some((1, 1)),
        // SHORT, SSHORT.
        3 | 8 => Some((2, 2)),
        // LONG, SLONG, FLOAT, IFD.
        4 | 9 | 11 | 13 => Some((4, 4)),
        // RATIONAL, SRATIONAL.
        5 | 10 => Some((8, 4)),
        // DOUBLE.
        12 => Some((8, 8)),
        _ => None,
    }
}

/// The bytes with each number of a type turned round.
pub(crate) fn swapped(kind: u16, value: &[u8]) -> Vec<u8> {
    let (_, unit) = layout(kind).unwrap_or((1, 1));
    value.chunks(unit).flat_map(|number| number.iter().rev().copied()).collect()
}
