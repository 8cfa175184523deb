//! `relumine licences`: what is inside the program, and under which licences. What there is to say of crates is written by
//! `tools/licences.py`.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use anyhow::Result;
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::files;

/// A [`Document`] as JSON, compressed.
const DOCUMENT: &[u8] = include_bytes!("../data/licences.json.gz");

const HEAD: &str = "\
relumine is under MIT or Apache-2.0, as you choose; both texts are at the end.
This software is based in part on the work of the Independent JPEG Group.
The standard library of Rust is linked into it, which is under MIT or Apache-2.0.";

const OWN: &str = "relumine";

/// What the script writes.
#[derive(Debug, Deserialize)]
struct Document {
    /// The texts of relumine's own licences.
    own: Vec<String>,
    crates: Vec<Linked>,
    texts: Vec<String>,
}

/// A crate that is linked into the program.
#[derive(Debug, Deserialize)]
struct Linked {
    name: String,
    version: String,
    /// As the crate says it, in the terms of SPDX.
    licence: String,
    /// Where it is from; may be empty.
    from: String,
    /// Whether it is linked with the feature `wgpu` alone.
    gpu: bool,
    /// Whether it is linked into Python's module alone.
    python: bool,
    /// Which of the texts are its.
    texts: Vec<usize>,
}

/// Runs the command.
pub(crate) fn run() -> Result<()> {
    files::write(Path::new("-"), told(&document()?)?.as_bytes())
}

fn document() -> Result<Document> {
    let mut text = String::new();
    GzDecoder::new(DOCUMENT).read_to_string(&mut text)?;
    let mut document: Document = serde_json::from_str(&text)?;
    document.crates.retain(|linked| cfg!(feature = "wgpu") || !linked.gpu);
    Ok(document)
}

/// For people: networks and crates by their names, then each text once, below the names of what it is for.
fn told(document: &Document) -> Result<String> {
    let mut out = format!("{HEAD}\n\nNetworks\n");
    for network in relumine_weights::ALL {
        writeln!(out, "\n{}\n{}", network.name, network.origin.trim_end())?;
    }
    writeln!(out, "\nCrates, on one system or another\n")?;
    for Linked { name, version, licence, from, python, .. } in &document.crates {
        let place = if *python { " (in the Python package)" } else { "" };
        writeln!(out, "{}{place}", format!("{name} {version}: {licence} {from}").trim_end())?;
    }
    for (at, text) in document.texts.iter().enumerate() {
        let of = document.crates.iter().filter(|linked| linked.texts.contains(&at));
        let of: Vec<_> = of.map(|linked| format!("{} {}", linked.name, linked.version)).collect();
        if !of.is_empty() {
            write!(out, "\n==== {}\n\n{text}", of.join(", "))?;
        }
    }
    document.own.iter().try_for_each(|text| write!(out, "\n==== {OWN}\n\n{text}"))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn toml(path: &str) -> toml::Table {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        std::fs::read_to_string(path).unwrap().parse().unwrap()
    }

    #[test]
    fn versions_are_those_of_the_lock_and_what_is_depended_on_is_there() {
        let document = document().unwrap();
        let lock = toml("../../Cargo.lock");
        let packages = lock["package"].as_array().unwrap().iter();
        let locked: BTreeSet<_> =
            packages.map(|p| ["name", "version"].map(|key| p[key].as_str().unwrap())).collect();
        for linked in &document.crates {
            let known = locked.contains(&[linked.name.as_str(), linked.version.as_str()]);
            assert!(known, "{} {}: run python3 tools/licences.py", linked.name, linked.version);
        }
        for manifest in ["Cargo.toml", "../relumine/Cargo.toml", "../relumine-py/Cargo.toml"] {
            let manifest = toml(manifest);
            let direct = manifest["dependencies"].as_table().unwrap().iter();
            // The feature wgpu has some more.
            let always = direct.filter(|(_, dependency)| dependency.get("optional").is_none());
            for (name, _) in always.filter(|(name, _)| !name.starts_with("relumine")) {
                let there = document.crates.iter().any(|linked| linked.name == *name);
                assert!(there, "{name}: run python3 tools/licences.py");
            }
        }
    }

    #[test]
    fn every_crate_has_a_licence_and_its_text() {
        let document = document().unwrap();
        for linked in &document.crates {
            assert!(!linked.licence.is_empty() && !linked.texts.is_empty(), "{}", linked.name);
            assert!(linked.texts.iter().all(|at| document.texts[*at].len() > 200), "{}", linked.name);
        }
        let told = told(&document).unwrap();
        let ijg = "you must acknowledge somewhere in your documentation that";
        for part in [OWN, ijg, "pyo3", "jpeg-encoder", "VGG-19", "MIT OR Apache-2.0", "TERMS AND CONDITIONS"]
        {
            assert!(told.contains(part), "{part}");
        }
    }
}
