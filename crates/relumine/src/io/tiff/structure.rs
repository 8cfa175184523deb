//! The structure of TIFF files (TIFF 6.0, section 2; BigTIFF as libtiff defines it): directories of tagged values.
//!
//! Values stay where they are in the file: nothing is copied, and no more is asked of a file than it has bytes. It is our own since
//! camera RAW files are of this structure too, under other signatures, and begin with pages that a decoder of pictures refuses.

use std::collections::{BTreeMap, BTreeSet};

/// Entries of a directory that are looked at, at the most: as many as there are tags.
const ENTRIES: u64 = 1 << 16;
/// Directories that are looked at, at the most.
const DIRECTORIES: usize = 1000;

/// Tags by their numbers.
pub(in crate::io) mod tag {
    pub(in crate::io) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(in crate::io) const SUBFILE_TYPE: u16 = 255;
    pub(in crate::io) const WIDTH: u16 = 256;
    pub(in crate::io) const HEIGHT: u16 = 257;
    pub(in crate::io) const BITS_PER_SAMPLE: u16 = 258;
    pub(in crate::io) const COMPRESSION: u16 = 259;
    pub(in crate::io) const PHOTOMETRIC: u16 = 262;
    pub(in crate::io) const FILL_ORDER: u16 = 266;
    pub(in crate::io) const MAKE: u16 = 271;
    pub(in crate::io) const STRIP_OFFSETS: u16 = 273;
    pub(in crate::io) const ORIENTATION: u16 = 274;
    pub(in crate::io) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(in crate::io) const ROWS_PER_STRIP: u16 = 278;
    pub(in crate::io) const STRIP_BYTES: u16 = 279;
    pub(in crate::io) const PLANAR: u16 = 284;
    pub(in crate::io) const PREDICTOR: u16 = 317;
    pub(in crate::io) const COLOUR_MAP: u16 = 320;
    pub(in crate::io) const TILE_WIDTH: u16 = 322;
    pub(in crate::io) const TILE_HEIGHT: u16 = 323;
    pub(in crate::io) const TILE_OFFSETS: u16 = 324;
    pub(in crate::io) const TILE_BYTES: u16 = 325;
    pub(in crate::io) const SUB_IFDS: u16 = 330;
    pub(in crate::io) const INK_SET: u16 = 332;
    pub(in crate::io) const EXTRA_SAMPLES: u16 = 338;
    pub(in crate::io) const SAMPLE_FORMAT: u16 = 339;
    pub(in crate::io) const JPEG_TABLES: u16 = 347;
    pub(in crate::io) const JPEG_OFFSET: u16 = 513;
    pub(in crate::io) const JPEG_BYTES: u16 = 514;
    pub(in crate::io) const CFA_PATTERN: u16 = 33422;
    pub(in crate::io) const ICC_PROFILE: u16 = 34675;
    pub(in crate::io) const DNG_VERSION: u16 = 50706;
}

/// A file's bytes and how its numbers are stored.
#[derive(Clone, Copy)]
pub(in crate::io) struct Structure<'a> {
    pub(in crate::io) bytes: &'a [u8],
    pub(in crate::io) big_endian: bool,
    /// Offsets and counts of 64 bits.
    big: bool,
    first: u64,
}

/// One directory: what describes a page, or a part of it.
pub(in crate::io) struct Directory<'a> {
    entries: BTreeMap<u16, Entry<'a>>,
    big_endian: bool,
    next: u64,
    /// Whether the file ends before all of its entries.
    pub(in crate::io) is_cut: bool,
}

struct Entry<'a> {
    kind: u16,
    /// Nothing where the file ends before it does.
    value: Option<&'a [u8]>,
}

impl<'a> Structure<'a> {
    /// By the signature of TIFF and BigTIFF, or of the camera RAW files that differ from TIFF by it alone (Olympus, Panasonic).
    pub(in crate::io) fn new(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..2)? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let mut structure = Self { bytes, big_endian, big: false, first: 0 };
        structure.big = structure.number(2, 2)? == 43;
        structure.first = match structure.number(2, 2)? {
            // The sides of BigTIFF's offsets come before the first of them.
            43 if structure.number(4, 2)? == 8 => structure.number(8, 8)?,
            42 | 0x55 | 0x4F52 | 0x5352 => structure.number(4, 4)?,
            _ => return None,
        };
        Some(structure)
    }

    fn number(&self, at: u64, size: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        Some(unsigned(self.bytes.get(at..at.checked_add(size)?)?, self.big_endian))
    }

    /// The directory at this place, as far as the file goes; `None` where it does not begin within the file.
    pub(in crate::io) fn directory(&self, at: u64) -> Option<Directory<'a>> {
        let (count_size, entry_size, word) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(at, count_size)?;
        let first = at.checked_add(count_size as u64)?;
        let whole = (self.bytes.len() as u64).saturating_sub(first) / entry_size;
        let is_cut = count > whole;
        let end = first + count.min(whole).min(ENTRIES) * entry_size;
        let mut entries = BTreeMap::new();
        for entry in (first..end).step_by(entry_size as usize) {
            let (tag, kind) = (self.number(entry, 2)?, self.number(entry + 2, 2)? as u16);
            let bytes = self.number(entry + 4, word)?.checked_mul(size_of_kind(kind));
            let place = entry + 4 + word as u64;
            let value = bytes.and_then(|bytes| {
                let at = if bytes <= word as u64 { place } else { self.number(place, word)? };
                self.part(at, bytes)
            });
            entries.entry(tag as u16).or_insert(Entry { kind, value });
        }
        // Some writers leave out the last link; a part of one is that of a file cut short.
        let next = self.number(end, word).unwrap_or(0);
        let left = (self.bytes.len() as u64).saturating_sub(end);
        let is_cut = is_cut || (1..word as u64).contains(&left);
        Some(Directory { entries, big_endian: self.big_endian, next, is_cut })
    }

    /// The file's first directory.
    pub(in crate::io) fn first(&self) -> Option<Directory<'a>> {
        self.directory(self.first)
    }

    /// Some of the file's bytes.
    pub(in crate::io) fn part(&self, at: u64, bytes: u64) -> Option<&'a [u8]> {
        let at = usize::try_from(at).ok()?;
        self.bytes.get(at..at.checked_add(usize::try_from(bytes).ok()?)?)
    }

    /// The directories of the file's chain, each followed by those below it. The first of each pair tells whether it is one of the chain.
    pub(in crate::io) fn directories(&self) -> Vec<(bool, Directory<'a>)> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        // What comes next is at the end.
        let mut ahead = vec![(true, self.first)];
        while let Some((in_chain, at)) = ahead.pop() {
            if at == 0 || found.len() == DIRECTORIES || !seen.insert(at) {
                continue;
            }
            let Some(directory) = self.directory(at) else { continue };
            if in_chain {
                ahead.push((true, directory.next));
            }
            let below = directory.numbers(tag::SUB_IFDS).into_iter().flatten().take(DIRECTORIES);
            let below: Vec<u64> = below.collect();
            ahead.extend(below.into_iter().rev().map(|at| (false, at)));
            found.push((in_chain, directory));
        }
        found
    }
}

impl<'a> Directory<'a> {
    /// Whether it has such an entry, readable or not.
    pub(in crate::io) fn has(&self, tag: u16) -> bool {
        self.entries.contains_key(&tag)
    }

    /// The tags of its entries, readable or not.
    pub(in crate::io) fn tags(&self) -> impl Iterator<Item = u16> {
        self.entries.keys().copied()
    }

    /// The kind and the bytes of an entry, as they are stored.
    pub(in crate::io) fn raw(&self, tag: u16) -> Option<(u16, &'a [u8])> {
        let entry = self.entries.get(&tag)?;
        Some((entry.kind, entry.value?))
    }

    /// The numbers of an entry, where they are whole and not negative.
    pub(in crate::io) fn unsigneds(&self, tag: u16) -> Option<Vec<u64>> {
        Some(self.numbers(tag)?.collect())
    }

    /// The first of the numbers of an entry.
    pub(in crate::io) fn unsigned(&self, tag: u16) -> Option<u64> {
        self.numbers(tag)?.next()
    }

    fn numbers(&self, tag: u16) -> Option<impl Iterator<Item = u64>> {
        let entry = self.entries.get(&tag)?;
        let size = match entry.kind {
            1 | 3 | 4 | 13 | 16 | 18 => size_of_kind(entry.kind) as usize,
            _ => return None,
        };
        let big_endian = self.big_endian;
        Some(entry.value?.chunks_exact(size).map(move |number| unsigned(number, big_endian)))
    }

    /// The bytes of an entry of bytes, text or unknown contents.
    pub(in crate::io) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entries.get(&tag)?;
        entry.value.filter(|_| matches!(entry.kind, 1 | 2 | 7))
    }
}

/// Bytes of a value of each kind, EXIF 3.0's among them; 0 for unknown ones.
fn size_of_kind(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 | 129 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 0,
    }
}

fn unsigned(bytes: &[u8], big_endian: bool) -> u64 {
    let shift = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if big_endian { bytes.iter().fold(0, shift) } else { bytes.iter().rev().fold(0, shift) }
}
