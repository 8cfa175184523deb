//! Taking directories of tagged fields out of a file.

use super::{Directory, Entry, Field, layout, swapped};
use crate::io::tiff::structure;

/// Most bytes that the values of one file's directories may have together: many fields may share the same bytes.
const BYTES: usize = 64 << 20;

/// What copies fields out of a file.
pub(crate) struct Copies {
    big_endian: bool,
    /// Bytes that may still be copied.
    left: usize,
    /// Wanted fields, and directories, that could not be read.
    pub(crate) damaged: usize,
}

impl Copies {
    pub(crate) fn of(big_endian: bool) -> Self {
        Self { big_endian, left: BYTES, damaged: 0 }
    }

    /// What `is_wanted` of a directory's fields.
    pub(crate) fn of_fields(
        &mut self,
        directory: &structure::Directory<'_>,
        is_wanted: impl Fn(u16) -> bool,
    ) -> Directory {
        // A directory that was cut short counts as far as it goes.
        self.damaged += usize::from(directory.is_cut);
        let mut copied = Directory::default();
        for tag in directory.tags().filter(|tag| is_wanted(*tag)) {
            match self.of_field(directory.raw(tag)) {
                Some(field) => drop(copied.0.insert(tag, Entry::Field(field))),
                None => self.damaged += 1,
            }
        }
        copied
    }

    fn of_field(&mut self, found: Option<(u16, &[u8])>) -> Option<Field> {
        let (kind, value) = found?;
        // What is of an unknown kind, or of one of BigTIFF, cannot be written; what is empty says nothing.
        layout(kind).filter(|_| !value.is_empty())?;
        self.left = self.left.checked_sub(value.len())?;
        let value = if self.big_endian { swapped(kind, value) } else { value.to_vec() };
        Some(Field { kind, value })
    }
}
