//! Writing directories of tagged fields, as EXIF data.

use super::{Directory, Entry, LONG, swapped};

/// The directory with all below it, as EXIF data without the mark `Exif\0\0`.
pub(crate) fn written(directory: &Directory, big_endian: bool) -> Vec<u8> {
    let mut out = Out { bytes: Vec::new(), big_endian };
    out.bytes.extend(if big_endian { b"MM" } else { b"II" });
    out.bytes.extend(out.numbers(2, &42u16.to_le_bytes()));
    out.bytes.extend(out.numbers(4, &8u32.to_le_bytes()));
    out.directory(directory);
    out.bytes
}

struct Out {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Out {
    /// Little-endian numbers of `size` bytes in the order of the data.
    fn numbers(&self, size: usize, bytes: &[u8]) -> Vec<u8> {
        if self.big_endian {
            bytes.chunks(size).flat_map(|number| number.iter().rev().copied()).collect()
        } else {
            bytes.to_vec()
        }
    }

    /// Appends a directory: first the table, then what does not fit into it.
    fn directory(&mut self, directory: &Directory) {
        let head = self.numbers(2, &(directory.0.len() as u16).to_le_bytes());
        self.bytes.extend(head);
        let mut at = self.bytes.len();
        // The link to the next directory ends the table: there is none.
        self.bytes.resize(at + 12 * directory.0.len() + 4, 0);
        for (tag, entry) in &directory.0 {
            let (kind, count, content) = match entry {
                Entry::Field(field) => {
                    let value =
                        if self.big_endian { swapped(field.kind, &field.value) } else { field.value.clone() };
                    let content =
                        if value.len() <= 4 { value } else { self.aside(|out| out.bytes.extend(value)) };
                    (field.kind, field.count(), content)
                }
                Entry::Directory(directory) => (LONG, 1, self.aside(|out| out.directory(directory))),
            };
            let entry = [
                self.numbers(2, &[tag.to_le_bytes(), kind.to_le_bytes()].concat()),
                self.numbers(4, &(count as u32).to_le_bytes()),
                content,
            ]
            .concat();
            self.bytes[at..at + entry.len()].copy_from_slice(&entry);
            at += 12;
        }
    }

    /// Appends something at an even offset, which it gives back as the data hold it.
    fn aside(&mut self, append: impl FnOnce(&mut Self)) -> Vec<u8> {
        self.bytes.resize(self.bytes.len().next_multiple_of(2), 0);
        let offset = self.bytes.len() as u32;
        append(self);
        self.numbers(4, &offset.to_le_bytes())
    }
}
