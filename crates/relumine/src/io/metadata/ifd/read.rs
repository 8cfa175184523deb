//! Reading directories of tagged fields.

use super::{Directory, Entry, Field, layout, swapped};

/// Most fields of a directory: as many as there are tags.
const FIELDS: usize = u16::MAX as usize;
/// Most bytes that the values of one file's directories may have together: many fields may share the same bytes.
const BYTES: usize = 64 << 20;

/// A file of tagged fields, or EXIF data.
pub(crate) struct File<'a> {
    bytes: &'a [u8],
    pub(crate) big_endian: bool,
    /// With offsets of eight bytes (BigTIFF).
    big: bool,
    /// Bytes that may still be copied.
    left: usize,
    /// Wanted fields, and directories, that could not be read.
    pub(crate) damaged: usize,
}

/// A field of a file, whose value still is in the file.
pub(crate) struct Raw<'a> {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    /// `None` if it cannot be read.
    pub(crate) value: Option<&'a [u8]>,
}

impl<'a> File<'a> {
    /// By its header; `None` if it is none.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (big_endian, big) = match bytes.first_chunk()? {
            b"II\x2A\0" => (false, false),
            b"MM\0\x2A" => (true, false),
            b"II\x2B\0" => (false, true),
            b"MM\0\x2B" => (true, true),
            _ => return None,
        };
        Some(Self { bytes, big_endian, big, left: BYTES, damaged: 0 })
    }

    /// The first directory's fields, as far as they can be read; `None` if there is no directory.
    pub(crate) fn first(&mut self) -> Option<Vec<Raw<'a>>> {
        let at = if self.big { self.number(8, 8)? } else { self.number(4, 4)? };
        self.directory(at)
    }

    /// The fields of the directory that a field links to.
    pub(crate) fn linked(&mut self, link: &Raw<'a>) -> Option<Vec<Raw<'a>>> {
        let at =
            link.value.filter(|value| matches!(value.len(), 4 | 8)).and_then(|value| self.of_bytes(value));
        let fields = at.and_then(|at| self.directory(at));
        self.damaged += usize::from(fields.is_none());
        fields
    }

    /// A copy of what `is_wanted` of fields.
    pub(crate) fn kept(&mut self, fields: &[Raw<'a>], is_wanted: impl Fn(u16) -> bool) -> Directory {
        let mut kept = Directory::default();
        for field in fields.iter().filter(|field| is_wanted(field.tag)) {
            // Of fields that are there twice the first counts.
            if kept.0.contains_key(&field.tag) {
                continue;
            }
            let (kind, left) = (field.kind, self.left);
            let Some(value) = field.value.filter(|value| value.len() <= left && !of_big_tiff(kind)) else {
                self.damaged += 1;
                continue;
            };
            self.left -= value.len();
            let value = if self.big_endian { swapped(kind, value) } else { value.to_vec() };
            kept.0.insert(field.tag, Entry::Field(Field { kind, value }));
        }
        kept
    }

    fn directory(&mut self, at: u64) -> Option<Vec<Raw<'a>>> {
        let at = usize::try_from(at).ok()?;
        let (head, size) = if self.big { (8, 20) } else { (2, 12) };
        let count = usize::try_from(self.number(at, head)?).ok()?;
        let entries = self.bytes.get(at.checked_add(head)?..)?;
        let there = entries.len() / size;
        // A directory that was cut short is read as far as it goes.
        self.damaged += usize::from(count > there);
        Some(
            entries
                .chunks_exact(size)
                .take(count.min(FIELDS))
                .filter_map(|entry| self.field(entry))
                .collect(),
        )
    }

    fn field(&self, entry: &'a [u8]) -> Option<Raw<'a>> {
        let (tag, kind) = (self.of_bytes(&entry[..2])? as u16, self.of_bytes(&entry[2..4])? as u16);
        let (count, content) = entry[4..].split_at(if self.big { 8 } else { 4 });
        Some(Raw { tag, kind, value: self.value(kind, self.of_bytes(count)?, content) })
    }

    /// The value that an entry holds, or that its content is the offset of.
    fn value(&self, kind: u16, count: u64, content: &'a [u8]) -> Option<&'a [u8]> {
        let (size, _) = layout(kind)?;
        let bytes = usize::try_from(count).ok()?.checked_mul(size).filter(|bytes| *bytes > 0)?;
        if bytes <= content.len() {
            return Some(&content[..bytes]);
        }
        let at = usize::try_from(self.of_bytes(content)?).ok()?;
        self.bytes.get(at..at.checked_add(bytes)?)
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        self.of_bytes(self.bytes.get(at..at.checked_add(size)?)?)
    }

    /// A number of up to eight bytes.
    fn of_bytes(&self, bytes: &[u8]) -> Option<u64> {
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        (bytes.len() <= 8).then(|| {
            if self.big_endian { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) }
        })
    }
}

/// Whether BigTIFF alone has values of this type.
fn of_big_tiff(kind: u16) -> bool {
    matches!(kind, 16..=18)
}
