//! `relumine lut`: a look as a lookup table for other programs.

use std::path::Path;

use anyhow::{Result, bail};
use relumine::io::{ColourSpace, is_named_as_photo};
use relumine::lut::LutFormat;
use relumine::{Apply, LutOptions, SavedLook};

use crate::args::{LutArgs, TableArgs};
use crate::console::Console;
use crate::files;

/// Runs the command.
pub(crate) fn run(args: &LutArgs, console: Console) -> Result<()> {
    let LutArgs { content, reference, output, table, .. } = args;
    files::check_writable_file(output)?;
    let inputs = [Some(content.as_path()), reference.as_deref()];
    files::check_apart([output.as_path()], inputs.into_iter().flatten().chain(args.learning.inputs()))?;
    let format = format(output, table)?;
    let asked = args.learning.method.look.control.apply(Apply::default())?;
    if asked != Apply::at(asked.strength) {
        bail!("{}: of how a look is applied a table knows the strength of all of it alone", output.display());
    }
    let look = match reference {
        Some(reference) => args.learning.learn(content, &[reference.as_path().into()], console)?,
        None => {
            if is_named_as_photo(content) {
                bail!(
                    "{}: name the photo whose look it is to get too, or a .look file alone",
                    content.display()
                );
            }
            SavedLook::open(content)?
        }
    };
    let own = Apply::at(look.options().map_or(1.0, |options| options.apply.strength));
    let strength = args.learning.method.look.control.apply(own)?.strength;
    let options = LutOptions {
        size: match format {
            LutFormat::HaldClut { level } => usize::from(level) * usize::from(level),
            _ => table.points.into(),
        },
        region: table.region.clone(),
        strength,
        input_space: table.input_space,
        output_space: table.output_space.unwrap_or(match table.input_space {
            ColourSpace::SLog3 | ColourSpace::LogC3 | ColourSpace::VLog => ColourSpace::Srgb,
            space => space,
        }),
        title: table.title.clone().unwrap_or_else(|| stem(output)),
    };
    let (lut, honesty) = look.lut(&options)?;
    files::write(output, &lut.encode(format)?)?;
    console.say(&format!(
        "{}: from the full look, on the photo that it was learnt from: ΔE2000 {:.2} in the mean, {:.2} at the 95th percentile",
        output.display(),
        honesty.mean,
        honesty.p95
    ));
    Ok(())
}

/// The format that the name of the output says.
fn format(output: &Path, table: &TableArgs) -> Result<LutFormat> {
    match LutFormat::of_path(output) {
        Some(LutFormat::Clf) if table.aces => Ok(LutFormat::ClfAces),
        _ if table.aces => bail!("{}: --aces is of .clf files", output.display()),
        Some(LutFormat::HaldClut { .. }) => Ok(LutFormat::HaldClut { level: table.level }),
        Some(format) => Ok(format),
        None => {
            bail!("{}: the extension of a table must be cube, png (HaldCLUT), 3dl or clf", output.display())
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "relumine".into())
}
