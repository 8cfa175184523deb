//! `relumine look`: what is inside a .look file.

mod page;

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use relumine::lut::Lut;
use relumine::{Honesty, LutOptions, SavedLook};
use serde_json::json;

use crate::args::LookFileArgs;
use crate::{chart, files};

/// Runs the command.
pub(crate) fn run(args: &LookFileArgs) -> Result<()> {
    let LookFileArgs { look: path, html, json } = args;
    if let Some(html) = html {
        files::check_writable_file(html)?;
        files::check_apart([html.as_path()], [path.as_path()])?;
    }
    let look = SavedLook::open(path)?;
    let (lut, honesty) = look.lut(&LutOptions::default())?;
    match html {
        Some(html) => files::write(html, page::page(&look, path, &lut, honesty)?.as_bytes()),
        None if *json => {
            let text = serde_json::to_string_pretty(&told(&look, honesty))? + "\n";
            files::write("-".as_ref(), text.as_bytes())
        }
        None => files::write("-".as_ref(), shown(&look, path, &lut, honesty)?.as_bytes()),
    }
}

/// The facts of a look, for programs.
fn told(look: &SavedLook, honesty: Honesty) -> serde_json::Value {
    let regions: Vec<_> = look
        .regions()
        .map(|region| json!({ "name": region.name, "share": region.share, "grade": region.grade }))
        .collect();
    json!({
        "software": look.software(),
        "learnt_from": if look.options().is_some() { "reference" } else { "edit" },
        "options": look.options(),
        "regions": regions,
        "overall": look.overall(),
        "lut": honesty,
        "references": look.references().iter().map(|photo| [photo.width(), photo.height()]).collect::<Vec<_>>(),
        "thumbnail": look.thumbnail().is_some(),
    })
}

/// Where a look comes from, in lines of a name and a text.
fn facts(look: &SavedLook, honesty: Honesty) -> Vec<(&'static str, String)> {
    let from = match look.options() {
        Some(options) => format!("a reference, by the method {}", options.method.name()),
        None => "a photo before and after an edit".into(),
    };
    let pictures = match (look.references().first(), look.thumbnail()) {
        (Some(reference), _) => {
            format!("the reference at {}×{}, and the result small", reference.width(), reference.height())
        }
        (None, Some(_)) => "the result small".into(),
        (None, None) => "none; it cannot be solved anew".into(),
    };
    vec![
        ("made by", look.software().to_owned()),
        ("learnt from", from),
        ("strength", look.options().map_or(1.0, |options| options.apply.strength).to_string()),
        ("pictures", pictures),
        (
            "as one LUT",
            format!(
                "ΔE2000 {:.2} from the full look in the mean, {:.2} at the 95th percentile",
                honesty.mean, honesty.p95
            ),
        ),
    ]
}

/// For people, in a terminal.
fn shown(look: &SavedLook, path: &Path, lut: &Lut, honesty: Honesty) -> Result<String> {
    let mut lines = format!("{}\n", path.display());
    for (name, text) in facts(look, honesty) {
        writeln!(lines, "  {name:<12} {text}")?;
    }
    for chart::Part { name, share, map } in chart::parts(look, lut) {
        let share = share.map(|share| format!(", {:.0} % of the photo", 100.0 * share)).unwrap_or_default();
        writeln!(lines, "\n  {name}{share}")?;
        let numbers = chart::told(&*map);
        for (row, line) in chart::drawn(&*map).into_iter().enumerate() {
            let beside = numbers.get(row.wrapping_sub(1)).map_or("", String::as_str);
            writeln!(lines, "{}", format!("    {line}   {beside}").trim_end())?;
        }
    }
    Ok(lines)
}
