//! Arguments by which a look is steered where it is applied.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use anyhow::{Result, bail};
use clap::{ArgAction, Args};
use relumine::{Apply, ColourPair, Keep};

use super::{Choices, choice};

/// What of a look a photo gets.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Look")]
pub(crate) struct ControlArgs {
    /// How much of the look, 0 to 1: 0 gives the photo back as it is, 1 the full look; or of a region, by what it shows or its colour
    /// in the mask, as in sky=0.5 [default: 1, of `apply` as it was learnt]
    #[arg(long, value_name = "0..1|REGION=0..1", allow_hyphen_values = true, action = ArgAction::Append)]
    strength: Vec<Strength>,
    /// What of the photo's own colours stays, in CIELAB; where that cannot be shown with the rest, chroma gives way [default: none,
    /// of `apply` as it was learnt]
    #[arg(long, value_parser = choice(&KEEPS))]
    keep: Option<Kept>,
    /// Have the photo be as light as before on the whole [default: false, of `apply` as it was learnt]
    #[arg(long, hide_short_help = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    keep_exposure: Option<bool>,
    /// Have a colour of the photo become another, whatever the look makes of it, and colours near to it go along; as often as needed; or none
    /// of those that were learnt
    #[arg(long, hide_short_help = true, value_name = "#rrggbb=#rrggbb|none", action = ArgAction::Append, value_parser = mapped)]
    map: Vec<Mapped>,
}

/// What regions are by hand.
#[derive(Debug, Args)]
#[command(next_help_heading = "Regions")]
pub(crate) struct HandArgs {
    /// Have what the photo shows of one thing take its look from what the reference shows of another, as in building=mountain, over what was
    /// paired; with masks by their colours, as in #ff0000=#0000ff; as often as needed
    #[arg(long, hide_short_help = true, value_name = "REGION=REGION", action = ArgAction::Append, value_parser = pair)]
    pair: Vec<(String, String)>,
    /// Leave what the photo shows of this as it is, as in person; with masks a colour; as often as needed
    #[arg(long, hide_short_help = true, value_name = "REGION", action = ArgAction::Append)]
    leave: Vec<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(ours, theirs)| (ours.trim(), theirs.trim()));
    match parts {
        Some((ours, theirs)) if !ours.is_empty() && !theirs.is_empty() => Ok((ours.into(), theirs.into())),
        _ => {
            Err("a pair is what the photo shows = what the reference shows, such as building=mountain".into())
        }
    }
}

impl HandArgs {
    /// Of the photo, each with that of the reference.
    ///
    /// # Errors
    /// What is said twice.
    pub(crate) fn pairs(&self) -> Result<BTreeMap<String, String>> {
        let mut pairs = BTreeMap::new();
        for (ours, theirs) in &self.pair {
            if pairs.insert(ours.clone(), theirs.clone()).is_some() {
                bail!("--pair: what {ours} takes its look from is said twice");
            }
        }
        Ok(pairs)
    }

    /// What is left as it is.
    pub(crate) fn leave(&self) -> BTreeSet<String> {
        self.leave.iter().map(|name| name.trim().to_owned()).collect()
    }
}

/// What is kept, and what is mapped, where it is anything.
type Kept = Option<Keep>;
type Mapped = Option<ColourPair>;

const KEEPS: Choices<Kept, 3> = [
    (Some(Keep::Luminance), "luminance", "Its lightness: the look changes colours alone"),
    (Some(Keep::Colour), "colour", "Its hue and chroma: the look changes light and shadow alone"),
    (None, "none", "Neither of them"),
];

fn mapped(text: &str) -> Result<Mapped, <ColourPair as FromStr>::Err> {
    if text == "none" { Ok(None) } else { text.parse().map(Some) }
}

/// How much of a look.
#[derive(Clone, Debug, PartialEq)]
enum Strength {
    Overall(f32),
    Region(String, f32),
}

impl FromStr for Strength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.trim()
                .parse()
                .map_err(|_| "a strength is a number, or REGION=NUMBER such as sky=0.5".to_owned())
        };
        Ok(match text.rsplit_once('=') {
            Some((region, _)) if region.trim().is_empty() => {
                return Err("there is no region before the =".into());
            }
            Some((region, strength)) => Self::Region(region.trim().into(), number(strength)?),
            None => Self::Overall(number(text)?),
        })
    }
}

impl ControlArgs {
    /// How a look is applied that is by itself applied as `own`.
    ///
    /// # Errors
    /// What is said twice.
    pub(crate) fn apply(&self, own: Apply) -> Result<Apply> {
        let (mut overall, mut named) = (None, BTreeMap::new());
        for strength in &self.strength {
            match strength {
                Strength::Overall(strength) => {
                    if overall.replace(*strength).is_some() {
                        bail!("--strength: how much there is of all of the look is said twice");
                    }
                }
                Strength::Region(name, strength) => {
                    if named.insert(name.clone(), *strength).is_some() {
                        bail!("--strength: how much the region {name} gets is said twice");
                    }
                }
            }
        }
        Ok(Apply {
            strength: overall.unwrap_or(own.strength),
            named: own.named.into_iter().chain(named).collect(),
            keep: self.keep.unwrap_or(own.keep),
            keep_exposure: self.keep_exposure.unwrap_or(own.keep_exposure),
            map: if self.map.is_empty() { own.map } else { self.map.iter().flatten().copied().collect() },
            regions: own.regions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_of_all_or_of_a_region() {
        let region = |name: &str, strength| Ok(Strength::Region(name.into(), strength));
        for (text, expected) in [
            ("0.8", Ok(Strength::Overall(0.8))),
            ("-1", Ok(Strength::Overall(-1.0))),
            ("sky=0.5", region("sky", 0.5)),
            ("building, ground = 1", region("building, ground", 1.0)),
            ("#ff0000=0", region("#ff0000", 0.0)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
        for text in ["", "sky", "sky=", "=0.5", "sky=much", "0.5=sky"] {
            assert!(text.parse::<Strength>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_said_adds_to_what_was_learnt() {
        let args =
            ControlArgs { strength: vec![Strength::Region("sky".into(), 0.5)], ..ControlArgs::default() };
        let own = Apply {
            strength: 0.7,
            named: [("sky".into(), 0.1), ("water".into(), 0.2)].into(),
            ..Apply::default()
        };
        let apply = args.apply(own.clone()).unwrap();
        assert_eq!(apply.named, [("sky".into(), 0.5), ("water".into(), 0.2)].into());
        assert_eq!(apply.strength, 0.7);
        let (keep, pair) = (Some(Keep::Colour), "#8a9b6c=#c9a227");
        let kept = Apply { keep, keep_exposure: true, map: vec![pair.parse().unwrap()], ..Apply::default() };
        assert_eq!(ControlArgs::default().apply(kept.clone()).unwrap(), kept);
        let none = ControlArgs {
            keep: Some(None),
            keep_exposure: Some(false),
            map: vec![None],
            ..ControlArgs::default()
        };
        assert_eq!(none.apply(kept).unwrap(), Apply::default());
        let strength = vec![Strength::Overall(0.5), Strength::Overall(0.5)];
        let twice = ControlArgs { strength, ..ControlArgs::default() };
        assert!(twice.apply(own).unwrap_err().to_string().contains("twice"));
    }
}
