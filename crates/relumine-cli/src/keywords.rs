//! Options by keywords, for those who carry the program into another language: a keyword is the name of a flag with `_` for `-`, and
//! means what the flag means. Python's `relumine.transfer(day, dusk, style_weight=3)` has `--style-weight=3` parsed here, so that there is
//! one list of options, with one meaning and one set of defaults.

mod files;
mod list;

use std::path::Path;

use anyhow::{Result, anyhow};
use clap::{Args, Parser};
use relumine::io::Edit;
use relumine::matting::MatteOptions;
use relumine::segment::SegmentOptions;
use relumine::{Apply, LookFile, TransferOptions, Weights, fields_of};

use crate::args::{ControlArgs, FileArgs, MatteSolverArgs, MethodArgs, RecogniseArgs, ResultArgs, SpaceArgs};
use crate::{failure, weights};

pub use files::Files;
pub use list::{Keyword, keywords};

/// How a photo gets the look of others.
#[derive(Clone, Debug)]
pub struct Transferring {
    /// How the look is found and applied.
    pub options: TransferOptions,
    /// What the method has no use for, by name.
    pub unused: Vec<String>,
    /// Of the photo and the result.
    pub files: Files,
}

/// How a photo gets a look that is there.
#[derive(Debug)]
pub struct Applying {
    control: ControlArgs,
    /// Whether all of the photo gets one grade.
    pub one: bool,
    /// Of the photo and the result.
    pub files: Files,
}

/// How it is recognised what a photo shows.
#[derive(Clone, Debug)]
pub struct Recognising {
    /// How.
    pub options: SegmentOptions,
    /// By what.
    pub segmenter: Weights,
    /// Of the photo.
    pub files: Files,
}

/// How a matte is solved.
#[derive(Clone, Debug)]
pub struct Matting {
    /// How.
    pub options: MatteOptions,
    /// Of the photo.
    pub files: Files,
}

/// Of `transfer`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct TransferKeywords {
    #[command(flatten)]
    method: MethodArgs,
    #[command(flatten)]
    spaces: SpaceArgs,
    #[command(flatten)]
    files: FileArgs,
}

/// Of a photo that is read, and of what is made of it.
#[derive(Debug, Args)]
struct PhotoKeywords {
    #[command(flatten)]
    results: ResultArgs,
    #[command(flatten)]
    files: FileArgs,
}

impl PhotoKeywords {
    fn files(&self) -> Result<Files> {
        let ResultArgs { input_space, output_space, format } = self.results;
        Files::new(&self.files, input_space, output_space, format)
    }
}

/// Of `apply`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct ApplyKeywords {
    #[command(flatten)]
    control: ControlArgs,
    /// One grade for all pixels: nothing differs from place to place
    #[arg(long)]
    one: bool,
    #[command(flatten)]
    photo: PhotoKeywords,
}

/// Of `segment`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct SegmentKeywords {
    #[command(flatten)]
    recognise: RecogniseArgs,
    #[command(flatten)]
    photo: PhotoKeywords,
}

/// Of `matte`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct MatteKeywords {
    #[command(flatten)]
    solver: MatteSolverArgs,
    #[command(flatten)]
    photo: PhotoKeywords,
}

/// Parses words such as `--style-weight=3`, and checks what can be checked without photos.
///
/// # Errors
/// For words that are none, or say what cannot be; [`relumine::Error`] for options that are out of range, and files that they name.
pub fn transferring(words: &[String]) -> Result<Transferring> {
    let TransferKeywords { method, spaces, files } = parsed(words)?;
    let (mut options, unused) = method.options(weights::resolve)?;
    options.check().map_err(relumine::Error::from)?;
    let files = Files::new(&files, spaces.input_space, spaces.output_space, spaces.format)?;
    options.pairing.segment.merging = method.regions.recognise.merging(files.limits())?;
    let edit = Edit::of(&options, crate::files::date());
    Ok(Transferring { options, unused, files: files.telling(edit) })
}

/// As [`transferring`], for a look that is there.
///
/// # Errors
/// As [`transferring`].
pub fn applying(words: &[String]) -> Result<Applying> {
    let ApplyKeywords { control, one, photo } = parsed(words)?;
    Ok(Applying { control, one, files: photo.files()? })
}

impl Applying {
    /// How this look goes to a photo, whose file is to tell of it by this name.
    ///
    /// # Errors
    /// [`relumine::Error::Options`].
    pub fn of(self, look: &LookFile, name: &str) -> Result<(Apply, Files)> {
        let apply = self.control.apply(look.apply(self.one))?;
        apply.check().map_err(relumine::Error::from)?;
        let mut how = fields_of(&apply);
        // As `relumine apply` tells it.
        let given = [("resolve", false), ("one", self.one), ("sequence", false)];
        how.extend(given.map(|(name, given)| (name.into(), given.into())));
        let edit = Edit::of_look(name, &how.into(), crate::files::date());
        Ok((apply, self.files.telling(edit)))
    }

    /// How a look that was solved by these options goes to the photo that it was solved for: as a transfer would.
    ///
    /// # Errors
    /// [`relumine::Error::Options`].
    pub fn as_solved(self, options: &TransferOptions) -> Result<(Apply, Files)> {
        let apply = self.control.apply(options.apply.clone())?;
        apply.check().map_err(relumine::Error::from)?;
        let edit =
            Edit::of(&TransferOptions { apply: apply.clone(), ..options.clone() }, crate::files::date());
        Ok((apply, self.files.telling(edit)))
    }
}

/// As [`transferring`], of what is recognised.
///
/// # Errors
/// As [`transferring`].
pub fn recognising(words: &[String]) -> Result<Recognising> {
    let SegmentKeywords { recognise, photo } = parsed(words)?;
    let files = photo.files()?;
    let options = recognise.options(files.limits())?;
    let segmenter = recognise.segmenter.as_deref().map(weights::resolve).transpose()?;
    Ok(Recognising { options, segmenter: segmenter.map_or(Weights::Embedded, Weights::File), files })
}

/// As [`transferring`], of a matte, with the foreground's colours if they are wanted.
///
/// # Errors
/// As [`transferring`].
pub fn matting(words: &[String], foreground: bool) -> Result<Matting> {
    let MatteKeywords { solver, photo } = parsed(words)?;
    let options = solver.options(foreground);
    options.check().map_err(relumine::Error::from)?;
    Ok(Matting { options, files: photo.files()? })
}

/// The file of the network that this names, as `--network` would.
///
/// # Errors
/// Where there is none.
pub fn network(name: &Path) -> Result<Weights> {
    weights::resolve(name).map(Weights::File)
}

fn parsed<T: Parser>(words: &[String]) -> Result<T> {
    T::try_parse_from(words).map_err(|error| anyhow!(list::in_keywords(&failure::usage_message(&error))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn nothing_said_is_the_librarys_defaults() {
        assert_eq!(transferring(&[]).unwrap().options, TransferOptions::default());
        assert_eq!(recognising(&[]).unwrap().options, SegmentOptions::default());
        assert_eq!(
            matting(&[], false).unwrap().options,
            MatteOptions { foreground: false, ..Default::default() }
        );
    }

    #[test]
    fn what_is_wrong_is_told_in_keywords() {
        for (given, expected) in [
            (&["--keep-exposur=true"][..], "keep_exposur"),
            (&["--strength=much"], "strength"),
            (&["--method=wombat"], "wombat"),
        ] {
            let told = transferring(&words(given)).unwrap_err().to_string();
            assert!(told.contains(expected) && !told.contains("--"), "{told}");
        }
        let told = transferring(&words(&["--strength=2"])).unwrap_err();
        assert!(matches!(told.downcast_ref(), Some(relumine::Error::Options(_))), "{told}");
    }

    #[test]
    fn each_call_has_the_keywords_of_its_command() {
        let names = |call: &str| -> Vec<String> {
            keywords(call).expect("a call").into_iter().map(|keyword| keyword.name).collect()
        };
        for name in ["method", "strength", "skin", "keep_exposure", "style_weight", "quality", "strip_gps"] {
            assert!(names("transfer").iter().any(|own| own == name), "{name}");
        }
        assert!(names("apply").iter().any(|own| own == "one"));
        assert!(names("matte").iter().any(|own| own == "epsilon"));
        assert!(keywords("wombat").is_none());
    }
}
