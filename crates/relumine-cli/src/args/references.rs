//! Arguments that name the photos whose look is taken.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};

/// The photos whose look it is to get.
#[derive(Debug, Args)]
pub(crate) struct ReferenceArgs {
    /// The photo whose look it is to get; with --from-edit of `learn`, the same photo after the edit
    #[arg(required_unless_present = "more")]
    reference: Option<PathBuf>,
    /// One more photo whose look it is to get, with its weight among the others, as in dusk.jpg:0.3, or of one region alone, as in sky=dusk.jpg;
    /// as often as needed [default weight: 1]
    #[arg(long = "reference", hide_short_help = true, id = "more", value_name = "[REGION=]FILE[:WEIGHT]", action = ArgAction::Append)]
    more: Vec<String>,
}

/// A photo whose look is taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChosenReference {
    pub(crate) file: PathBuf,
    /// By what the content shows there; `None`: of all that has no other.
    pub(crate) region: Option<String>,
    pub(crate) weight: f64,
}

impl From<&Path> for ChosenReference {
    fn from(file: &Path) -> Self {
        Self { file: file.into(), region: None, weight: 1.0 }
    }
}

impl ChosenReference {
    /// As a word of the command line says it. A file that is there by all of the word, or by all of it but region or weight, is meant by that:
    /// names may hold = and :.
    fn of(word: &str, is_there: impl Fn(&str) -> bool) -> Self {
        let of = |region: Option<&str>, file: &str, weight| Self {
            file: file.into(),
            region: region.map(|region| region.trim().into()),
            weight,
        };
        let of_region = |word: &'_ str| {
            let (region, file) = word.split_once('=')?;
            // What lies in a folder is no region.
            let is_region = !region.trim().is_empty() && !file.is_empty() && !region.contains(['/', '\\']);
            is_region.then(|| (region.to_owned(), file.to_owned()))
        };
        let weighted = word.rsplit_once(':').and_then(|(file, weight)| Some((file, number(weight)?)));
        match (of_region(word), weighted) {
            _ if is_there(word) => of(None, word, 1.0),
            (Some((region, file)), _) if is_there(&file) => of(Some(&region), &file, 1.0),
            (_, Some((file, weight))) => match of_region(file) {
                Some((region, file_of)) if !is_there(file) => of(Some(&region), &file_of, weight),
                _ => of(None, file, weight),
            },
            (Some((region, file)), None) => of(Some(&region), &file, 1.0),
            (None, None) => of(None, word, 1.0),
        }
    }
}

/// A weight; what else is parsed as a number, such as `inf`, is part of a name.
fn number(text: &str) -> Option<f64> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
    text.parse().ok().filter(|_| is_number)
}

impl ReferenceArgs {
    /// All of them, the one without an option first.
    pub(crate) fn all(&self) -> Vec<ChosenReference> {
        let first = self.reference.as_deref().map(ChosenReference::from);
        let more = self.more.iter().map(|word| ChosenReference::of(word, |file| Path::new(file).exists()));
        first.into_iter().chain(more).collect()
    }

    /// The one without an option, where there is no other.
    pub(crate) fn only(&self) -> Option<&Path> {
        self.reference.as_deref().filter(|_| self.more.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_files_with_region_and_weight() {
        let there = ["a:0.5", "b=c.jpg", "sky=d.jpg:2"];
        for (word, region, file, weight) in [
            ("dusk.jpg", None, "dusk.jpg", 1.0),
            ("dusk.jpg:0.7", None, "dusk.jpg", 0.7),
            ("dusk.jpg:0", None, "dusk.jpg", 0.0),
            ("dusk.jpg:-1", None, "dusk.jpg", -1.0),
            ("sky=dusk.jpg", Some("sky"), "dusk.jpg", 1.0),
            ("sky=dusk.jpg:2", Some("sky"), "dusk.jpg", 2.0),
            (r"C:\photos\dusk.jpg", None, r"C:\photos\dusk.jpg", 1.0),
            (r"C:\photos\dusk.jpg:.3", None, r"C:\photos\dusk.jpg", 0.3),
            (r"sky=C:\dusk.jpg:3", Some("sky"), r"C:\dusk.jpg", 3.0),
            ("at 10:30.jpg", None, "at 10:30.jpg", 1.0),
            ("dusk.jpg:inf", None, "dusk.jpg:inf", 1.0),
            ("a=b/dusk.jpg", Some("a"), "b/dusk.jpg", 1.0),
            ("a/b=dusk.jpg", None, "a/b=dusk.jpg", 1.0),
            ("=dusk.jpg", None, "=dusk.jpg", 1.0),
            ("a:0.5", None, "a:0.5", 1.0),
            ("sky=a:0.5", Some("sky"), "a:0.5", 1.0),
            ("a:0.5:0.3", None, "a:0.5", 0.3),
            ("b=c.jpg", None, "b=c.jpg", 1.0),
            ("b=c.jpg:0.2", None, "b=c.jpg", 0.2),
            ("sky=d.jpg:2", None, "sky=d.jpg:2", 1.0),
        ] {
            let expected = ChosenReference { file: file.into(), region: region.map(Into::into), weight };
            assert_eq!(ChosenReference::of(word, |file| there.contains(&file)), expected, "{word}");
        }
    }
}
