//! What becomes of metadata on their way into an output.

use serde::{Deserialize, Serialize};

/// What was done to a photo, for its metadata to tell: these texts and nothing else, so that equal work gives equal files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// In a word or two, as in `look`: it stands behind the name of this software.
    pub method: String,
    /// All that shaped the result.
    pub parameters: String,
    /// When, in seconds since the beginning of 1970, UTC; `None` leaves dates as they are.
    pub seconds: Option<u64>,
}

impl Edit {
    /// This software, its version and the method.
    pub(crate) fn software(&self) -> String {
        format!("relumine {} ({})", env!("CARGO_PKG_VERSION"), self.method)
    }
}

/// Which metadata are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strip {
    /// None.
    #[default]
    Nothing,
    /// Where the photo was taken: GPS data in EXIF and XMP.
    Gps,
    /// All but the colour profile.
    All,
}

/// What metadata are told of the output.
pub(crate) struct Edited<'a> {
    /// Its width and height, where they are known.
    pub(crate) size: Option<(u32, u32)>,
    pub(crate) without_gps: bool,
    pub(crate) edit: Option<&'a Edit>,
}

impl Edited<'_> {
    /// Nothing that is known.
    pub(crate) fn nothing() -> Self {
        Self { size: None, without_gps: false, edit: None }
    }

    pub(crate) fn date(&self) -> Option<Date> {
        self.edit.and_then(|edit| edit.seconds).and_then(Date::of)
    }
}

/// A date of the years 1970 to 9999, UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Date {
    day: (u64, u64, u64),
    time: (u64, u64, u64),
}

impl Date {
    /// By seconds since the beginning of 1970; `None` beyond the year 9999.
    fn of(seconds: u64) -> Option<Self> {
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        // Years that begin in March end in the leap day; 400 of them are an era (H. Hinnant, "chrono-compatible date algorithms").
        let days = days.checked_add(719_468)?;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        (year <= 9999)
            .then_some(Self { day: (year, month, day), time: (rest / 3600, rest / 60 % 60, rest % 60) })
    }

    /// As XMP has it: `2026-11-28T13:14:54Z`.
    pub(crate) fn iso_8601(self) -> String {
        let ((year, month, day), (hour, minute, second)) = (self.day, self.time);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// As EXIF has it: `2026:11:28 13:14:54`.
    pub(crate) fn exif(self) -> String {
        let ((year, month, day), (hour, minute, second)) = (self.day, self.time);
        format!("{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Date::of(seconds).unwrap().iso_8601(), text);
        }
        assert_eq!(Date::of(951_782_400).unwrap().exif(), "2000:02:29 00:00:00");
        for seconds in [253_402_300_800, u64::MAX] {
            assert_eq!(Date::of(seconds), None);
        }
    }
}
