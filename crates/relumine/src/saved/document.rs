//! `look.json`: everything of a look but pictures and tables, for people to read and programs to write.

use serde::{Deserialize, Serialize};

use crate::grid::Grade;
use crate::look::RegionsOfLook;
use crate::{LookError, OptionsError, TransferOptions};

/// What the file says that it is.
const FORMAT: &str = "relumine-look";
const VERSION: u32 = 1;
/// Most regions, and levels of a grade; the largest coefficient.
const REGIONS: usize = 64;
const LEVELS: usize = 64;
const COEFFICIENT: f32 = 256.0;
/// Longest name, in bytes.
const NAME: usize = 400;

/// What a look was learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A reference.
    Transfer,
    /// A photo before and after.
    Edit,
}

/// A look as `look.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    format: String,
    version: u32,
    /// The version of relumine that made it.
    pub(super) software: String,
    pub(super) kind: Kind,
    /// What it was solved by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) options: Option<TransferOptions>,
    pub(super) regions: Vec<Region>,
    /// One grade for all.
    pub(super) overall: Grade,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Region {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) share: f64,
    pub(super) grade: Grade,
}

/// What is looked at before all else, so that a look of a later version is told to be one.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

impl Document {
    /// Of a look that was solved by options, with the grade of each region and of all.
    ///
    /// # Errors
    /// Those of [`TransferOptions::without_folders`].
    pub(super) fn of_transfer(
        options: &TransferOptions,
        known: &RegionsOfLook,
        grades: Vec<Grade>,
        overall: Grade,
    ) -> Result<Self, OptionsError> {
        let options = options.without_folders()?;
        let named = known.names.iter().zip(&known.shares).zip(grades);
        let region = |((name, share), grade): ((&Option<String>, &f64), Grade)| Region {
            name: name.clone(),
            share: *share,
            grade,
        };
        let (kind, regions) = (Kind::Transfer, named.map(region).collect());
        Ok(Self { kind, options: Some(options), regions, ..Self::of_edit(overall) })
    }

    /// Of what was done to one photo, as far as one grade tells it.
    pub(super) fn of_edit(overall: Grade) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            software: format!("relumine {}", env!("CARGO_PKG_VERSION")),
            kind: Kind::Edit,
            options: None,
            regions: Vec::new(),
            overall,
        }
    }

    /// As JSON, a line a field.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut json =
            serde_json::to_vec_pretty(self).expect("options that are written were read or checked");
        json.push(b'\n');
        json
    }

    /// Reads what [`encode`](Self::encode) writes.
    ///
    /// # Errors
    /// [`LookError::Damaged`], [`LookError::UnknownVersion`].
    pub(super) fn decode(json: &[u8]) -> Result<Self, LookError> {
        let damaged = |reason: String| LookError::Damaged { part: "look.json".into(), reason };
        let head: Head = serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
        if head.format != FORMAT {
            return Err(damaged(format!("it says that it is `{}`", head.format)));
        }
        if head.version != VERSION {
            return Err(LookError::UnknownVersion { version: head.version });
        }
        let document: Self = serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
        document.check().map_err(damaged)?;
        Ok(document)
    }

    fn check(&self) -> Result<(), String> {
        if self.regions.len() > REGIONS {
            return Err(format!("it has {} regions, and {REGIONS} are understood", self.regions.len()));
        }
        if let Some(region) = self.regions.iter().find(|region| !(0.0..=1.0).contains(&region.share)) {
            return Err(format!("a region has the share {}", region.share));
        }
        let names = self.regions.iter().filter_map(|region| region.name.as_ref()).chain([&self.software]);
        if names.clone().any(|name| name.len() > NAME || name.chars().any(char::is_control)) {
            return Err("a name in it is too long, or more than text".into());
        }
        let grades = self.regions.iter().map(|region| &region.grade).chain([&self.overall]);
        let levels = self.overall.levels().len();
        for grade in grades {
            let coefficients = grade.levels().as_flattened();
            if !(2..=LEVELS).contains(&levels) || grade.levels().len() != levels {
                return Err(format!("a grade has {} levels", grade.levels().len()));
            }
            if let Some(odd) = coefficients.iter().find(|v| !v.is_finite() || v.abs() > COEFFICIENT) {
                return Err(format!("a grade has the coefficient {odd}"));
            }
        }
        if (self.kind == Kind::Transfer) != self.options.is_some()
            || (self.kind == Kind::Transfer) == self.regions.is_empty()
        {
            return Err("a look of a transfer has options and regions, and one of an edit has none".into());
        }
        self.options.as_ref().map_or(Ok(()), |options| options.check().map_err(|error| error.to_string()))
    }
}
