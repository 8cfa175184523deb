//! ICC profiles in JPEG: in segments that are numbered from one, with how many there are (ICC.1, annex B.4).

use crate::io::codec::Embedded;

/// What segments begin with.
pub(super) const MARK: &[u8] = b"ICC_PROFILE\0";

/// The profile that the segments hold, in any order, some perhaps twice, numbered from zero by some writers.
pub(super) fn joined<'a>(segments: impl Iterator<Item = &'a [u8]>) -> Embedded {
    let mut parts: Vec<(u8, u8, &[u8])> = Vec::new();
    for segment in segments {
        let Some((&[number, count], content)) = segment.split_first_chunk() else {
            return Embedded::Unreadable;
        };
        if parts.iter().all(|(other, ..)| *other != number) {
            parts.push((number, count, content));
        }
    }
    parts.sort_by_key(|(number, ..)| *number);
    let Some(&(first, count, _)) = parts.first() else { return Embedded::None };
    let numbers = parts.iter().map(|(number, ..)| usize::from(*number));
    let follow = first <= 1 && numbers.eq((usize::from(first)..).take(parts.len()));
    let agree = parts.iter().all(|(_, other, _)| *other == count) && usize::from(count) == parts.len();
    if !(follow && agree) {
        return Embedded::Unreadable;
    }
    Embedded::Bytes(parts.into_iter().flat_map(|(.., content)| content.iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(segments: &[&[u8]]) -> Embedded {
        joined(segments.iter().copied())
    }

    #[test]
    fn segments_come_in_any_order_and_all_of_them() {
        let (a, b, c): (&[u8], &[u8], &[u8]) = (b"\x01\x03ab", b"\x02\x03cd", b"\x03\x03e");
        for segments in
            [&[a, b, c][..], &[c, b, a], &[a, a, b, c, b], &[b"\0\x03ab", b"\x01\x03cd", b"\x02\x03e"]]
        {
            assert_eq!(profile(segments), Embedded::Bytes(b"abcde".to_vec()));
        }
        for segments in
            [&[a, c][..], &[b, c], &[a, b], &[a, b, c, b"\x04\x03x"], &[a, b, b"\x03\x04e"], &[a, b"\x02"]]
        {
            assert_eq!(profile(segments), Embedded::Unreadable);
        }
        assert_eq!(profile(&[]), Embedded::None);
    }
}
