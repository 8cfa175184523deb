//! IPTC data (Information Interchange Model 4.2): captions, keywords, credits; and the image resources of Photoshop in which JPEG
//! and PNG hold them (Adobe, Photoshop File Formats Specification, "Image Resources").

/// The number of the resource that holds IPTC data.
const IPTC: [u8; 2] = [4, 4];
/// Begins each data set.
const MARK: u8 = 0x1C;
/// Stands before image resources in JPEG.
pub(crate) const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// Data sets that are whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Iptc(Vec<u8>);

impl Iptc {
    /// The data sets that `bytes` begin with.
    ///
    /// # Errors
    /// If there are none.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut whole = 0;
        while let Some(next) = bytes.get(whole..).and_then(data_set) {
            whole += next;
        }
        if whole > 0 {
            Ok(Self(bytes[..whole].to_vec()))
        } else {
            Err("they do not begin as IPTC data do".into())
        }
    }

    /// As [`read`](Self::read), of bytes that may be image resources; `None` if those hold no IPTC data.
    pub(crate) fn found(bytes: &[u8]) -> Option<Result<Self, String>> {
        let bytes = bytes.strip_prefix(PHOTOSHOP).unwrap_or(bytes);
        let bytes = if bytes.starts_with(b"8BIM") { in_resources(bytes)? } else { bytes };
        (!bytes.is_empty()).then(|| Self::read(bytes))
    }

    /// As TIFF embeds them.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As image resources; `None` if they are too large to be.
    pub(crate) fn resources(&self) -> Option<Vec<u8>> {
        let size = u32::try_from(self.0.len()).ok()?.to_be_bytes();
        // The resource has no name: two zeros.
        let mut resources = [&b"8BIM"[..], &IPTC, &[0, 0], &size, &self.0].concat();
        resources.resize(resources.len() + self.0.len() % 2, 0);
        Some(resources)
    }
}

/// Bytes of the data set that `bytes` begin with, if it is whole.
fn data_set(bytes: &[u8]) -> Option<usize> {
    let (&[mark, _, _, high, low], rest) = bytes.split_first_chunk()?;
    let size = usize::from(u16::from_be_bytes([high & 0x7F, low]));
    let (head, size) = if high & 0x80 == 0 {
        (5, size)
    } else {
        // The size of the size.
        let size_bytes = rest.get(..size).filter(|bytes| bytes.len() <= 4)?;
        (5 + size, size_bytes.iter().fold(0, |size, byte| size << 8 | usize::from(*byte)))
    };
    let whole = head.checked_add(size)?;
    (mark == MARK && whole <= bytes.len()).then_some(whole)
}

/// The IPTC data in image resources.
fn in_resources(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let rest = bytes.strip_prefix(b"8BIM")?;
        let (number, rest) = rest.split_first_chunk::<2>()?;
        // A name behind its length, together even.
        let rest = rest.get((usize::from(*rest.first()?) + 1).next_multiple_of(2)..)?;
        let (size, rest) = rest.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?;
        if *number == IPTC {
            return rest.get(..size);
        }
        bytes = rest.get(size.checked_next_multiple_of(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A keyword, data set 2:25, and one of 40 000 bytes whose size has a size.
    fn data() -> Vec<u8> {
        [&[MARK, 2, 25, 0, 4][..], b"town", &[MARK, 2, 202, 0x80, 4, 0, 0, 0x9C, 0x40], &[7; 40_000]].concat()
    }

    #[test]
    fn they_are_found_bare_and_among_resources_and_end_where_they_end() {
        let found = |bytes: &[u8]| Iptc::found(bytes).and_then(Result::ok);
        let bare = Iptc::read(&data()).unwrap();
        assert_eq!(bare.bytes(), data());
        let resources = bare.resources().unwrap();
        assert_eq!(found(&resources), Some(bare.clone()));
        assert_eq!(found(&[PHOTOSHOP, &resources].concat()), Some(bare.clone()));
        let other = [&b"8BIM\x04\x25\x03abc\0\0\0\x03xyz\0"[..], &resources].concat();
        assert_eq!(found(&other), Some(bare.clone()));
        // TIFF pads them, and cuts leave what is whole.
        assert_eq!(found(&[&data()[..], &[0; 3]].concat()), Some(bare));
        assert_eq!(found(&data()[..1000]).unwrap().bytes(), &data()[..9]);
        for none in [&b""[..], b"8BIM", b"no data", &resources[..20], &data()[..8]] {
            assert_eq!(found(none), None);
        }
    }
}
