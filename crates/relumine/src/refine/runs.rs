//! Pixels and vertices by runs, with a poll before each: short enough that whoever cancels does not wait.

use std::ops::Range;

use crate::Result;
use crate::watch::CancelToken;

/// Pixels or vertices of a run.
const RUN: usize = 4096;

/// `0..count` in runs, each polled for before.
pub(super) fn runs(count: usize, token: &CancelToken) -> impl Iterator<Item = Result<Range<usize>>> {
    (0..count).step_by(RUN).map(move |first| token.check().map(|()| first..count.min(first + RUN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_what_there_is_until_it_is_cancelled() {
        let token = CancelToken::new();
        for count in [0, 1, RUN, 2 * RUN + 1] {
            let covered: Vec<usize> =
                runs(count, &token).flat_map(|run| run.expect("nobody cancels")).collect();
            assert_eq!(covered, (0..count).collect::<Vec<_>>());
        }
        let mut left = runs(2 * RUN, &token);
        assert!(left.next().expect("a run").is_ok());
        token.cancel();
        assert!(left.next().expect("a run").is_err());
    }
}
