//! How well one group can stand for another whose like the other photo lacks.
//!
//! Told by the families of their classes, which are the groups of the default merging: sea and river are of one family,
//! and so are tree and grass, house and building. Of two families it is a judgement, in the table below.

use crate::segment::{Group, Merging};

/// Of two groups with classes of one family.
const FAMILY: f64 = 0.9;

/// Between families, either way round; 0 between those not listed.
const BETWEEN: [(&str, &str, f64); 13] = [
    ("building", "indoor", 0.8),
    ("vegetation", "mountain", 0.7),
    ("vegetation", "ground", 0.6),
    ("mountain", "ground", 0.6),
    ("indoor", "other", 0.5),
    ("water", "ground", 0.4),
    ("vehicle", "other", 0.4),
    ("building", "mountain", 0.3),
    ("building", "vehicle", 0.3),
    ("building", "other", 0.3),
    ("ground", "indoor", 0.3),
    ("ground", "other", 0.3),
    ("vegetation", "other", 0.3),
];

/// From 0, which is none, to 1, which is the same.
pub(super) fn affinity(families: &Merging, a: &Group, b: &Group) -> f64 {
    if a.name == b.name {
        return 1.0;
    }
    let of = |group: &Group| -> Vec<usize> {
        let mut known: Vec<usize> = group.classes.iter().map(|class| families.group_of(class)).collect();
        known.sort_unstable();
        known.dedup();
        known
    };
    let name = |family: usize| families.groups()[family].name.as_str();
    let (a, b) = (of(a), of(b));
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (*a, *b)));
    let between = |(a, b): (usize, usize)| {
        if a == b {
            return FAMILY;
        }
        let listed =
            |(x, y, _): &&(&str, &str, f64)| (*x, *y) == (name(a), name(b)) || (*x, *y) == (name(b), name(a));
        BETWEEN.iter().find(listed).map_or(0.0, |(.., affinity)| *affinity)
    };
    pairs.map(between).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn likes_stand_for_likes() {
        let families = Merging::default();
        let fine = "sea #000001 sea\nriver #000002 river water\ntree #000003 tree\ngrass #000004 grass\n\
                    road #000005 road\nsky #000006 sky";
        let fine = Merging::parse(fine, Path::new("fine")).unwrap();
        let between = |a: usize, b: usize| affinity(&families, &fine.groups()[a], &fine.groups()[b]);
        assert_eq!(between(0, 1), FAMILY);
        assert_eq!(between(2, 3), FAMILY);
        assert_eq!(between(3, 4), 0.6);
        assert_eq!(between(4, 3), 0.6);
        assert_eq!(between(5, 0), 0.0);
        assert_eq!(between(5, 5), 1.0);
    }

    #[test]
    fn the_table_names_families() {
        let families = Merging::default();
        for (a, b, _) in BETWEEN {
            assert!([a, b].iter().all(|name| families.groups().iter().any(|group| group.name == *name)));
        }
    }
}
