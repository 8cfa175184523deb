//! Which file is asked for, and how it is to be.

use relumine::io::{ColourSpace, Edit, Format, SaveOptions, Strip};
use relumine::{Apply, TransferOptions};
use serde::Deserialize;
use serde_json::{Value, from_value};

use crate::Failure;

/// What is asked for, told apart by its `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) enum Wanted {
    Photo(PhotoWanted),
    /// Each by what it shows, in an archive.
    Photos(PhotoWanted),
    Look(LookWanted),
    Table(TableWanted),
    Report(ReportWanted),
}

// serde's own tags would take the ids of regions for texts, which are numbers.
impl TryFrom<Value> for Wanted {
    type Error = String;

    fn try_from(mut value: Value) -> Result<Self, String> {
        let kind = value.as_object_mut().and_then(|wanted| wanted.remove("kind"));
        let told = |error: serde_json::Error| error.to_string();
        match kind.as_ref().and_then(Value::as_str) {
            Some("photo") => from_value(value).map(Self::Photo).map_err(told),
            Some("photos") => from_value(value).map(Self::Photos).map_err(told),
            Some("look") => from_value(value).map(Self::Look).map_err(told),
            Some("table") => from_value(value).map(Self::Table).map_err(told),
            Some("report") => from_value(value).map(Self::Report).map_err(told),
            _ => Err(format!("kind: photo, photos, look, table or report, not {}", kind.unwrap_or_default())),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookWanted {
    pub(super) solve: String,
    #[serde(default)]
    pub(super) apply: Apply,
    #[serde(default = "yes")]
    pub(super) pictures: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableWanted {
    pub(super) solve: String,
    pub(super) format: TableFormat,
    #[serde(default)]
    pub(super) points: Option<usize>,
    #[serde(default)]
    pub(super) region: Option<String>,
    #[serde(default)]
    pub(super) apply: Apply,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportWanted {
    pub(super) solve: String,
    #[serde(default)]
    pub(super) apply: Apply,
}

fn yes() -> bool {
    true
}

/// How photos are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhotoWanted {
    pub(super) solve: String,
    /// Of several: which.
    #[serde(default)]
    pub(super) photos: Vec<String>,
    #[serde(default)]
    pub(super) apply: Apply,
    pub(super) format: String,
    #[serde(default)]
    pub(super) quality: Option<u8>,
    #[serde(default)]
    pub(super) strip_metadata: bool,
    #[serde(default)]
    pub(super) strip_gps: bool,
    #[serde(default)]
    pub(super) output_space: Option<ColourSpace>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TableFormat {
    Cube,
    Hald,
    #[serde(rename = "3dl")]
    ThreeDl,
    Clf,
}

impl PhotoWanted {
    pub(super) fn format(&self) -> Result<Format, Failure> {
        Format::named(&self.format)
            .ok_or_else(|| Failure::bad(format!("format: {} is not a format that is written", self.format)))
    }

    pub(super) fn saving(&self, edit: Edit) -> Result<SaveOptions, Failure> {
        let mut saving = SaveOptions { edit: Some(edit), ..SaveOptions::default() };
        saving.quality = self.quality.unwrap_or(saving.quality);
        saving.strip = match (self.strip_metadata, self.strip_gps) {
            (true, _) => Strip::All,
            (false, true) => Strip::Gps,
            (false, false) => Strip::Nothing,
        };
        saving.check()?;
        Ok(saving)
    }
}

impl Wanted {
    /// The look that it is of, and how that is applied.
    pub(super) fn of(&self) -> (&str, &Apply) {
        match self {
            Self::Photo(how) | Self::Photos(how) => (&how.solve, &how.apply),
            Self::Look(look) => (&look.solve, &look.apply),
            Self::Table(table) => (&table.solve, &table.apply),
            Self::Report(report) => (&report.solve, &report.apply),
        }
    }

    /// Finds what can be wrong before the work.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.of().1.check()?;
        if let Self::Photo(how) | Self::Photos(how) = self {
            how.format()?;
            how.saving(Edit::of(&TransferOptions::default(), None))?;
        }
        if let Self::Photo(how) = self
            && !how.photos.is_empty()
        {
            return Err(Failure::bad("photos: of the kind photos; one photo is that which was solved"));
        }
        if let Self::Photos(how) = self
            && how.photos.is_empty()
        {
            return Err(Failure::bad("photos: there is none to export"));
        }
        Ok(())
    }
}
