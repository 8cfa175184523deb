//! Which classes of a segmenter make one group.
//!
//! A class that style transfer cannot tell from another is no region of its own: a lawn takes its look from trees. The
//! text format has a line a group: its name, its colour as `#rrggbb`, and its classes; `#` begins a comment line.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::io::Limits;
use crate::{OptionsError, Planes, Result};

/// The groups that are used where nothing else is asked for.
const DEFAULT: &str = include_str!("merging.txt");

/// The most groups that a merging may have.
pub const MOST_GROUPS: usize = 32;

/// Classes that are one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Group {
    /// Its name, without spaces.
    pub name: String,
    /// Its colour in pictures of regions.
    pub colour: [u8; 3],
    /// Its classes, by their ADE20K names, underscores for spaces; or `skin` or `hair`, which then are no `person`.
    pub classes: Vec<String>,
}

/// All groups, each class in one of them; what none names belongs to the last. It travels as the list of its groups, which is checked
/// on arrival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Group>")]
pub struct Merging(Vec<Group>);

impl TryFrom<Vec<Group>> for Merging {
    type Error = MergingProblem;

    /// # Errors
    /// As a file of such groups would have, with no line to name.
    fn try_from(groups: Vec<Group>) -> Result<Self, MergingProblem> {
        check_count(groups.len())?;
        for (index, group) in groups.iter().enumerate() {
            group.check(&groups[..index])?;
            group.check_classes()?;
        }
        Ok(Self(groups))
    }
}

impl Default for Merging {
    fn default() -> Self {
        let groups = groups(DEFAULT).expect("a test parses the default");
        Self(groups.into_iter().map(|(_, group)| group).collect())
    }
}

impl Merging {
    /// Reads a file in the format of `merging.txt`.
    ///
    /// # Errors
    /// Where it cannot be read, and [`OptionsError::Merging`] where a line is malformed or names an unknown class.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let bytes = crate::io::read(path, limits)?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes), path)?)
    }

    /// As [`open`](Self::open), from text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`OptionsError::Merging`].
    pub fn parse(text: &str, name: &Path) -> Result<Self, OptionsError> {
        let wrong = |(line, problem)| OptionsError::Merging { path: name.into(), line, problem };
        let lines = groups(text).map_err(wrong)?;
        for (line, group) in &lines {
            group.check_classes().map_err(|problem| wrong((*line, problem)))?;
        }
        Ok(Self(lines.into_iter().map(|(_, group)| group).collect()))
    }

    /// The groups.
    pub fn groups(&self) -> &[Group] {
        &self.0
    }

    /// The group of a class.
    pub fn group_of(&self, class: &str) -> usize {
        self.own(class).unwrap_or(self.0.len() - 1)
    }

    /// The group that names a class.
    fn own(&self, class: &str) -> Option<usize> {
        let class = class.trim().replace(' ', "_");
        self.0.iter().position(|group| group.classes.contains(&class))
    }

    /// Adds up the probabilities (C×H×W) of the classes of each group: one plane a group.
    ///
    /// # Panics
    /// If there is not one plane a class.
    pub fn merge(&self, classes: &[String], probabilities: &Planes) -> Planes {
        assert_eq!(classes.len(), probabilities.channels(), "a plane a class");
        let mut out = Planes::zeros(self.0.len(), probabilities.height(), probabilities.width());
        for (index, class) in classes.iter().enumerate() {
            let plane = out.plane_mut(self.group_of(class));
            plane.iter_mut().zip(probabilities.plane(index)).for_each(|(sum, p)| *sum += p);
        }
        out
    }
}

/// What can be wrong with a line of a merging.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergingProblem {
    /// Fewer than three words.
    #[error("a line is a group's name, its colour and its classes, as in `sea #0040c0 sea water`")]
    Incomplete,
    /// Not `#rrggbb`.
    #[error("`{0}` is no colour like #46a0f0")]
    NoColour(String),
    /// A name or colour that another group has.
    #[error("another group has `{0}` already")]
    Taken(String),
    /// A class that neither ADE20K nor relumine's segmenter has.
    #[error("there is no class `{0}` among ADE20K's 150, `skin` and `hair`")]
    UnknownClass(String),
    /// No group, or too many.
    #[error("it has {0} groups; there must be 1 to {MOST_GROUPS}")]
    Groups(usize),
}

impl Group {
    /// Finds whether the group can stand beside others.
    fn check(&self, others: &[Self]) -> Result<(), MergingProblem> {
        if self.name.is_empty() || self.name.contains(char::is_whitespace) || self.classes.is_empty() {
            return Err(MergingProblem::Incomplete);
        }
        for other in others {
            let class = self.classes.iter().find(|class| other.classes.contains(class));
            let name = (other.name == self.name).then_some(&self.name);
            if let Some(taken) = class.or(name) {
                return Err(MergingProblem::Taken(taken.clone()));
            }
            if other.colour == self.colour {
                let [r, g, b] = self.colour;
                return Err(MergingProblem::Taken(format!("#{r:02x}{g:02x}{b:02x}")));
            }
        }
        Ok(())
    }

    /// Finds whether there are such classes.
    fn check_classes(&self) -> Result<(), MergingProblem> {
        let known = Merging::default();
        match self.classes.iter().find(|class| known.own(class).is_none()) {
            Some(class) => Err(MergingProblem::UnknownClass(class.clone())),
            None => Ok(()),
        }
    }
}

fn check_count(groups: usize) -> Result<(), MergingProblem> {
    if (1..=MOST_GROUPS).contains(&groups) { Ok(()) } else { Err(MergingProblem::Groups(groups)) }
}

/// The groups of a text, each with its line, from one.
fn groups(text: &str) -> Result<Vec<(usize, Group)>, (usize, MergingProblem)> {
    let (mut groups, mut numbers): (Vec<Group>, _) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let wrong = |problem| (number, problem);
        if line.trim_start().starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(name), Some(written)) = (words.next(), words.next()) else {
            return Err(wrong(MergingProblem::Incomplete));
        };
        let colour = colour(written).ok_or_else(|| wrong(MergingProblem::NoColour(written.into())))?;
        let group = Group { name: name.into(), colour, classes: words.map(str::to_owned).collect() };
        group.check(&groups).map_err(wrong)?;
        groups.push(group);
        numbers.push(number);
    }
    check_count(groups.len()).map_err(|problem| (text.lines().count(), problem))?;
    Ok(numbers.into_iter().zip(groups).collect())
}

fn colour(written: &str) -> Option<[u8; 3]> {
    let digits =
        written.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([r, g, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Merging, String> {
        Merging::parse(text, Path::new("m.txt")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_default_knows_ade20k() {
        let merging = Merging::default();
        let classes: usize = merging.groups().iter().map(|group| group.classes.len()).sum();
        assert_eq!(classes, 153, "150 classes, `other`, `skin` and `hair`");
        assert_eq!(merging.groups()[merging.group_of("swimming pool")].name, "water");
        for part in ["person", "skin", "hair"] {
            assert_eq!(merging.groups()[merging.group_of(part)].name, "person");
        }
        assert_eq!(merging.groups()[merging.group_of("never heard of")].name, "other");
        assert_eq!(parse(DEFAULT).unwrap(), merging);
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, mention) in [
            ("", "0 groups"),
            ("sky #46a0f0", "line 1"),
            ("# c\n\nsky 46a0f0 sky", "line 3: `46a0f0`"),
            ("sky #46a0fé sky", "#46a0fé"),
            ("a #000001 sky\nb #000002 sea sky", "line 2: another group has `sky`"),
            ("a #000001 sky\na #000002 sea", "`a` already"),
            ("a #000001 sky\nb #000001 sea", "`#000001` already"),
            ("a #000001 sky\nb #000002 sea wombat", "line 2: there is no class `wombat`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with("m.txt: ") && error.contains(mention), "{error}");
        }
    }

    #[test]
    fn merging_adds_up_and_loses_nothing() {
        let merging = parse("wet #0000ff sea water\nrest #000000 sky").unwrap();
        let classes = ["sea", "tree", "water"].map(str::to_owned);
        let probabilities = Planes::from_vec(3, 1, 2, vec![0.5, 0.1, 0.25, 0.2, 0.25, 0.7]);
        let merged = merging.merge(&classes, &probabilities);
        assert_eq!((merged.plane(0), merged.plane(1)), (&[0.75, 0.8][..], &[0.25, 0.2][..]));
    }

    #[test]
    fn a_merging_travels_and_is_checked_on_arrival() {
        let merging = Merging::default();
        let json = serde_json::to_string(&merging).unwrap();
        assert_eq!(serde_json::from_str::<Merging>(&json).unwrap(), merging);
        let group = |name: &str, blue: u8, class: &str| {
            format!(r#"{{"name": "{name}", "colour": [0, 0, {blue}], "classes": ["{class}"]}}"#)
        };
        for (groups, mention) in [
            (vec![], "0 groups"),
            (vec![group("a b", 1, "sky")], "a group's name"),
            (vec![group("a", 1, "sky"), group("b", 2, "sky")], "`sky` already"),
            (vec![group("a", 1, "sky"), group("b", 1, "sea")], "`#000001` already"),
            (vec![group("a", 1, "wombat")], "no class `wombat`"),
            (vec![group("a", 1, "sky").replace("classes", "clases")], "clases"),
        ] {
            let error = serde_json::from_str::<Merging>(&format!("[{}]", groups.join(","))).unwrap_err();
            assert!(error.to_string().contains(mention), "{error}");
        }
    }
}
