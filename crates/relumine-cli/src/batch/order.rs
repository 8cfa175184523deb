//! The order of files by their names as people have it: `a2` before `a10`.

use std::path::{Path, PathBuf};

/// A run of digits or of anything else.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Run {
    /// How many digits there are behind leading zeros, and these.
    Number(usize, Vec<u8>),
    Text(Vec<u8>),
}

/// What paths are sorted by: the runs of each part, without the extension, and then all of it, so that no two are alike.
pub(super) fn natural(path: &Path) -> (Vec<Vec<Run>>, PathBuf) {
    let stem = path.with_extension("");
    (stem.components().map(|part| runs(part.as_os_str().as_encoded_bytes())).collect(), path.into())
}

fn runs(name: &[u8]) -> Vec<Run> {
    let run = |run: &[u8]| match run.iter().position(|digit| *digit != b'0').unwrap_or(run.len()) {
        _ if !run[0].is_ascii_digit() => Run::Text(run.into()),
        zeros => Run::Number(run.len() - zeros, run[zeros..].into()),
    };
    name.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let expected =
            ["1", "a.jpg", "a.nef", "a/9", "a/10", "a02.jpg", "a2.jpg", "a10.jpg", "a1000000000000.jpg", "b"];
        let mut paths = expected;
        paths.sort_unstable();
        assert_ne!(paths, expected);
        paths.sort_by_cached_key(|path| natural(Path::new(path)));
        assert_eq!(paths, expected);
    }
}
