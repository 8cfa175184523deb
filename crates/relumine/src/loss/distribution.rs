//! How values are distributed that count more or less each.

/// Values in order, each with the share of all weight that it and those below have.
#[derive(Clone, Debug)]
pub(super) struct Distribution(Vec<(f32, f64)>);

impl Distribution {
    /// `None` where nothing has weight.
    pub(super) fn of(values: &[f32], weights: impl Iterator<Item = f32>) -> Option<Self> {
        let mut all: Vec<(f32, f64)> =
            values.iter().copied().zip(weights.map(f64::from)).filter(|(_, weight)| *weight > 0.0).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = all.iter().map(|(_, weight)| weight).sum();
        let mut reached = 0.0;
        for (_, weight) in &mut all {
            reached += *weight / total;
            *weight = reached;
        }
        (!all.is_empty()).then_some(Self(all))
    }

    /// The least value that this share of the weight does not exceed.
    pub(super) fn value_at(&self, share: f64) -> f32 {
        let above = self.0.partition_point(|(_, reached)| *reached < share);
        self.0[above.min(self.0.len() - 1)].0
    }

    /// Share of the weight that does not exceed a value.
    pub(super) fn share_within(&self, value: f32) -> f64 {
        match self.0.partition_point(|(other, _)| *other <= value) {
            0 => 0.0,
            above => self.0[above - 1].1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_shares_belong_together_and_what_has_no_weight_is_not_there() {
        let weights = [1.0, 0.0, 2.0, 1.0];
        let known = Distribution::of(&[0.4, 9.0, 0.1, 0.8], weights.into_iter()).unwrap();
        for (value, share) in [(0.1, 0.5), (0.4, 0.75), (0.8, 1.0)] {
            assert_eq!((known.share_within(value), known.value_at(share)), (share, value));
        }
        assert_eq!(
            (known.share_within(0.0), known.share_within(0.5), known.share_within(9.0)),
            (0.0, 0.75, 1.0)
        );
        assert_eq!((known.value_at(0.0), known.value_at(0.6), known.value_at(2.0)), (0.1, 0.4, 0.8));
        assert!(Distribution::of(&[1.0], [0.0].into_iter()).is_none());
    }
}
