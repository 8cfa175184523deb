//! XMP packets that do not fit into one segment: the properties that others do not miss are in an extended packet, in segments of their
//! own (XMP specification, part 3, 1.1.3.1).

use crate::io::METADATA_BYTES;
use crate::io::metadata::xmp;

/// What segments begin with.
pub(super) const MARK: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

/// Digits of the checksum that names an extended packet.
const NAME: usize = 32;

/// Parts of extended packets.
pub(super) struct Extended<'a>(Vec<Part<'a>>);

struct Part<'a> {
    /// The packet's.
    name: &'a [u8],
    /// The packet's.
    size: usize,
    offset: usize,
    content: &'a [u8],
}

impl<'a> Extended<'a> {
    pub(super) fn of(segments: impl Iterator<Item = &'a [u8]>) -> Self {
        Self(segments.filter_map(Part::of).collect())
    }

    /// The standard packet with what the extended one that it names adds.
    ///
    /// # Errors
    /// Why it cannot be added.
    pub(super) fn joined_to(&self, standard: &[u8]) -> Result<Vec<u8>, String> {
        let Ok(text) = str::from_utf8(standard) else { return Ok(standard.to_vec()) };
        let is_named = |part: &&Part<'_>| str::from_utf8(part.name).is_ok_and(|name| text.contains(name));
        let Some(first) = self.0.iter().find(is_named) else { return Ok(standard.to_vec()) };
        let mut parts: Vec<_> = self.0.iter().filter(|part| part.name == first.name).collect();
        parts.sort_by_key(|part| part.offset);
        let mut packet = Vec::new();
        for part in parts {
            // Parts may be there twice.
            if part.offset <= packet.len() && (packet.len() as u64) < METADATA_BYTES {
                packet.truncate(part.offset);
                packet.extend(part.content);
            }
        }
        if packet.len() != first.size {
            return Err("some of it is missing".into());
        }
        let packet = str::from_utf8(&packet).map_err(|_| "it is not UTF-8")?;
        Ok(xmp::joined(text.trim_end_matches('\0'), packet)?.into())
    }
}

impl<'a> Part<'a> {
    fn of(segment: &'a [u8]) -> Option<Self> {
        let (name, rest) = segment.split_at_checked(NAME)?;
        let (size, rest) = rest.split_first_chunk()?;
        let (offset, content) = rest.split_first_chunk()?;
        let in_memory = |number: &[u8; 4]| usize::try_from(u32::from_be_bytes(*number)).ok();
        Some(Self { name, size: in_memory(size)?, offset: in_memory(offset)?, content })
    }
}
