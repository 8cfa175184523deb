//! Arguments by which a look is steered where it is applied.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::{Result, bail};
use clap::{ArgAction, Args};
use relumine::Apply;

/// What of a look a photo gets.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look")]
pub(crate) struct ControlArgs {
    /// How much of the look, 0 to 1: 0 gives the photo back as it is, 1 the full look; or of a region, by what it shows or its colour
    /// in the mask, as in sky=0.5 [default: 1, of `apply` as it was learnt]
    #[arg(long, value_name = "0..1|REGION=0..1", allow_hyphen_values = true, action = ArgAction::Append)]
    strength: Vec<Strength>,
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
            ..own
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
        let args = ControlArgs { strength: vec![Strength::Region("sky".into(), 0.5)] };
        let own = Apply {
            strength: 0.7,
            named: [("sky".into(), 0.1), ("water".into(), 0.2)].into(),
            ..Apply::default()
        };
        let apply = args.apply(own.clone()).unwrap();
        assert_eq!(apply.named, [("sky".into(), 0.5), ("water".into(), 0.2)].into());
        assert_eq!(apply.strength, 0.7);
        let twice = ControlArgs { strength: vec![Strength::Overall(0.5), Strength::Overall(0.5)] };
        assert!(twice.apply(own).unwrap_err().to_string().contains("twice"));
    }
}
