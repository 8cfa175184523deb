//! How the iterations of a method are shared among its levels.

/// Shares `limit` iterations among levels by their shares, which add up to 1: no more and no fewer than `limit` in all.
pub(super) fn budget<const N: usize>(limit: usize, shares: [f64; N]) -> [usize; N] {
    let (mut before, mut sum) = (0, 0.0);
    shares.map(|share| {
        sum += share;
        let until = (sum * limit as f64).round() as usize;
        let here = until - before;
        before = until;
        here
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_iterations_are_not_rounded_up() {
        assert_eq!(budget(42, [0.35, 0.5, 0.15]), [15, 21, 6]);
        assert_eq!(budget(5, [0.35, 0.5, 0.15]), [2, 2, 1]);
        assert_eq!(budget(1, [0.35, 0.5, 0.15]), [0, 1, 0]);
    }

    proptest! {
        #[test]
        fn all_are_shared(limit in 0_usize..3000, a in 0.0_f64..0.5, b in 0.0_f64..0.5) {
            prop_assert_eq!(budget(limit, [a, b, 1.0 - a - b]).iter().sum::<usize>(), limit);
        }
    }
}
