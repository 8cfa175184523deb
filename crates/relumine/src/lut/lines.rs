//! Text formats by their lines, and what can be wrong with one.

use std::borrow::Cow;

use super::lattice::is_sound;
use super::problem::LineProblem;
use crate::LutError;

/// Most bytes of a line.
const LONGEST: usize = 4096;

/// The text of a file, without a byte order mark, or `None` if it is no text: of 8 bits, with no control characters but those of lines.
pub(super) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let is_text = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r');
    // Titles and comments may be in any encoding.
    bytes.iter().all(is_text).then(|| String::from_utf8_lossy(bytes))
}

/// A line with its number, from one.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    /// Without spaces around it.
    pub(super) text: &'a str,
}

/// The lines that are not empty, whether they end by LF, CR LF or CR.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Result<Line<'_>, LutError>> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    let lines = text.split(end).enumerate().map(|(index, text)| (index + 1, text.trim()));
    lines.filter(|(_, text)| !text.is_empty()).map(|(number, text)| {
        let line = Line { number, text };
        if text.len() > LONGEST { Err(line.wrong(LineProblem::TooLong { limit: LONGEST })) } else { Ok(line) }
    })
}

/// The last of these lines.
pub(super) fn last(text: &str) -> Line<'_> {
    lines(text).flatten().last().unwrap_or(Line { number: 1, text: "" })
}

impl<'a> Line<'a> {
    pub(super) fn wrong(self, problem: LineProblem) -> LutError {
        LutError::Line { line: self.number, problem }
    }

    /// The comment that the line is.
    pub(super) fn comment(self) -> Option<&'a str> {
        self.text.strip_prefix('#').map(str::trim)
    }

    /// The words before a comment.
    pub(super) fn words(self) -> impl Iterator<Item = &'a str> + Clone {
        self.text.split('#').next().unwrap_or_default().split_ascii_whitespace()
    }

    /// Finite numbers, as many as are asked for.
    pub(super) fn numbers<const N: usize>(
        self,
        words: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<[f32; N], LutError> {
        let found = words.clone().count();
        if found != N {
            return Err(self.wrong(LineProblem::Count { found, expected: N }));
        }
        let mut numbers = [0.0; N];
        for (number, word) in numbers.iter_mut().zip(words) {
            *number = self.number(word)?;
        }
        Ok(numbers)
    }

    /// A finite number.
    pub(super) fn number(self, word: &str) -> Result<f32, LutError> {
        number(word).map_err(|problem| self.wrong(problem))
    }
}

/// A number that is finite, and stays so in sums and differences.
pub(super) fn number(word: &str) -> Result<f32, LineProblem> {
    let number: f32 = word.parse().map_err(|_| LineProblem::NotANumber { word: shown(word) })?;
    if is_sound(number) { Ok(number) } else { Err(LineProblem::NotFinite { word: shown(word) }) }
}

/// As much of a word as a message may hold.
pub(super) fn shown(word: &str) -> String {
    const MOST: usize = 40;
    if word.chars().nth(MOST).is_none() {
        word.into()
    } else {
        word.chars().take(MOST).chain(['…']).collect()
    }
}

/// A text in printable ASCII: what is no such character becomes a space or `?`.
pub(super) fn ascii(text: &str) -> String {
    let character = |c: char| match c {
        ' '..='~' => c,
        _ if c.is_control() => ' ',
        _ => '?',
    };
    text.chars().map(character).collect()
}
