//! Metadata as text in PNG, as ImageMagick and exiftool write them: a line with the kind, one with the number of bytes, and the
//! bytes in hexadecimal digits.

/// What a chunk's keyword begins with; the kind follows.
pub(crate) const KEYWORD: &[u8] = b"Raw profile type ";

/// The bytes; `None` if the text is none.
pub(crate) fn read(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.trim_ascii_start().splitn(3, |byte| *byte == b'\n');
    let (_, size, digits) = (lines.next()?, lines.next()?, lines.next()?);
    let size: usize = std::str::from_utf8(size).ok()?.trim().parse().ok()?;
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let digits = digits.iter().filter(|byte| !byte.is_ascii_whitespace());
    let digits: Vec<u8> = digits.map(digit).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    (rest.is_empty() && pairs.len() == size)
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// The text.
pub(crate) fn written(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let mut text = format!("\n{kind}\n{:8}\n", bytes.len());
    for line in bytes.chunks(36) {
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
        text.push('\n');
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_what_is_none_does_not() {
        let bytes: Vec<u8> = (0..200).collect();
        let text = written("iptc", &bytes);
        assert_eq!(read(&text), Some(bytes));
        assert_eq!(read(b"\niptc\n  2\n0aFF\n"), Some(vec![10, 255]));
        assert_eq!(read(b"\niptc\n  0\n"), Some(vec![]));
        for none in [&b""[..], b"\niptc\n 2\n0a\n", b"\niptc\n 1\nxy\n", b"\niptc\nmany\n00\n", &text[..50]] {
            assert_eq!(read(none), None);
        }
    }
}
