//! A page that shows a look, in one file that needs nothing else.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relumine::io::{Format, SaveOptions};
use relumine::lut::Lut;
use relumine::{Honesty, SavedLook};

use super::facts;
use crate::chart::{self, Map};

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;background:#777;color:#fff}\
h1{font-size:1.4rem}section{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start;margin:1.5rem 0;padding:1rem;background:#2b2b2b;border-radius:.5rem}\
h2{font-size:1rem;flex-basis:100%;margin:0}img{max-width:100%;height:auto;border-radius:.25rem}svg{background:#1c1c1c;border-radius:.25rem}\
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;margin:0}dt{color:#bbb}dd{margin:0}pre{margin:0;white-space:pre-wrap}\
figure{margin:0}figcaption{color:#bbb}";

/// Side of a chart in pixels.
const SIDE: f32 = 160.0;
/// Points of a curve.
const STEPS: usize = 33;

/// The page.
pub(super) fn page(look: &SavedLook, path: &Path, lut: &Lut, honesty: Honesty) -> Result<String> {
    let name = escaped(&path.file_stem().unwrap_or_default().to_string_lossy());
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n<h1>{name}</h1>\n"
    );
    out += "<section><dl>";
    for (name, text) in facts(look, honesty) {
        write!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(&text))?;
    }
    out += "</dl></section>\n";
    let mut pictures = Vec::new();
    if let Some(bytes) = look.thumbnail() {
        pictures.push(("The photo that it was learnt from, in the look", "jpeg", bytes.to_vec()));
    }
    for photo in look.references() {
        let bytes = photo.encode(Format::JPEG, &SaveOptions { quality: 85, ..SaveOptions::default() })?;
        pictures.push(("The reference", "jpeg", bytes));
    }
    if !pictures.is_empty() {
        out += "<section>";
        for (caption, kind, bytes) in pictures {
            let data = STANDARD.encode(bytes);
            write!(
                out,
                "<figure><img alt=\"{caption}\" width=\"320\" src=\"data:image/{kind};base64,{data}\"><figcaption>{caption}</figcaption></figure>"
            )?;
        }
        out += "</section>\n";
    }
    for chart::Part { name, share, map } in chart::parts(look, lut) {
        let share = share.map(|share| format!(", {:.0} % of the photo", 100.0 * share)).unwrap_or_default();
        write!(out, "<section><h2>{}{share}</h2>{}{}", escaped(&name), curves(&*map)?, swatches(&*map)?)?;
        writeln!(out, "<pre>{}</pre></section>", escaped(&chart::told(&*map).join("\n")))?;
    }
    out += "</body></html>\n";
    Ok(out)
}

/// What becomes of greys, a curve a channel.
fn curves(map: &Map<'_>) -> Result<String> {
    let greys = chart::greys(map, STEPS);
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"curves of red, green and blue\" width=\"{SIDE}\" height=\"{SIDE}\" viewBox=\"0 0 {SIDE} {SIDE}\">\
         <path d=\"M0 {SIDE}L{SIDE} 0\" stroke=\"#555\" stroke-dasharray=\"3\"/>"
    );
    for (channel, colour) in ["#ff6b5e", "#6bd46b", "#6aa8ff"].iter().enumerate() {
        let points: Vec<String> = greys
            .iter()
            .enumerate()
            .map(|(k, grey)| {
                let x = SIDE * k as f32 / (STEPS - 1) as f32;
                format!("{x:.1},{:.1}", SIDE * (1.0 - grey[channel]))
            })
            .collect();
        write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
            points.join(" ")
        )?;
    }
    Ok(svg + "</svg>")
}

/// What becomes of twelve hues at three values: each before above, after below.
fn swatches(map: &Map<'_>) -> Result<String> {
    const WIDE: usize = 16;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"colours before and after\" width=\"{}\" height=\"{SIDE}\" viewBox=\"0 0 {} 120\" preserveAspectRatio=\"none\">",
        12 * WIDE,
        12 * WIDE
    );
    for (row, value) in [0.9, 0.6, 0.3].into_iter().enumerate() {
        for hue in 0..12 {
            // HSV (Smith, "Color gamut transform pairs", 1978) at half saturation.
            let channel = |n: f32| {
                let k = (n + hue as f32 / 2.0).rem_euclid(6.0);
                value * (1.0 - 0.5 * k.min(4.0 - k).clamp(0.0, 1.0))
            };
            let before = [channel(5.0), channel(3.0), channel(1.0)];
            for (part, colour) in [before, map(before)].into_iter().enumerate() {
                let [r, g, b] = colour.map(|v| (255.0 * v.clamp(0.0, 1.0)).round() as u8);
                let (x, y) = (hue * WIDE, 40 * row + 18 * part);
                write!(
                    svg,
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"18\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>"
                )?;
            }
        }
    }
    Ok(svg + "</svg>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
