//! The numbers and pictures as one page of HTML that needs no other file.

mod plot;

use std::fmt::Write;

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::RgbImage;
use image::imageops::thumbnail as downscaled;
use relumine::Planes;
use relumine::io::{Format, Photo, SaveOptions};
use relumine::metrics::{Metric, Metrics};

use super::table::{difference, shown, value};
use super::{Evaluation, Row};

/// Long side of a picture on the page in pixels: sharp at the width of a third of a window, and 40 pairs stay a few megabytes.
const PICTURE_SIZE: u32 = 480;
const PICTURE_QUALITY: u8 = 82;

/// What a metric says, in a few words.
fn about(metric: Metric) -> &'static str {
    match metric {
        Metric::Style => "distance of Gram matrices to the reference",
        Metric::Swd => "distance of colours to the reference",
        Metric::Edge => "similarity of edges to the content",
        Metric::Lap => "departure from locally affine colours",
        Metric::Clip => "pixels clipped beyond the reference’s share",
        Metric::Lost => "detail of the content that is gone",
        Metric::Inverted => "detail of the content that is turned into its negative",
        Metric::BlotchL => "lightness that no map of colours explains: veils, clouds that are not there",
        Metric::BlotchAb => "colour that no map of colours explains: stains, rainbows",
        Metric::Stray => "pixels in colours that the reference does not have",
    }
}

/// A small JPEG of a photo.
///
/// # Errors
/// If it cannot be encoded.
pub(super) fn thumbnail(photo: &Photo) -> Result<Vec<u8>> {
    let [r, g, b] = photo.colours().rgb();
    let level = |value: f32| (value * 255.0).round() as u8;
    let levels = r.iter().zip(g).zip(b).flat_map(|((r, g), b)| [*r, *g, *b].map(level)).collect();
    let (width, height) = (u32::try_from(photo.width())?, u32::try_from(photo.height())?);
    let whole = RgbImage::from_raw(width, height, levels).expect("three levels a pixel");
    let scale = (f64::from(PICTURE_SIZE) / f64::from(width.max(height))).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let small = downscaled(&whole, side(width), side(height));
    let plane = |channel: usize| small.pixels().map(move |pixel| f32::from(pixel[channel]) / 255.0);
    let planes = (0..3).flat_map(plane).collect();
    let planes = Planes::from_vec(3, small.height() as usize, small.width() as usize, planes);
    let options = SaveOptions { quality: PICTURE_QUALITY, ..SaveOptions::default() };
    Photo::from_planes(planes)
        .encode(Format::JPEG, &options)
        .with_context(|| format!("{}: cannot be shown on the page", photo.path().display()))
}

/// The page.
pub(super) fn render(evaluation: &Evaluation) -> String {
    let name = escaped(&evaluation.names[0]);
    let pairs = counted(evaluation.rows.len(), "pair");
    let title = match evaluation.names.get(1) {
        Some(other) => format!(
            "{name} <span class=\"against\">against</span> <span class=\"theirs\">{}</span>",
            escaped(other)
        ),
        None => name.clone(),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: {pairs}</title>\n<style>\n{}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"kicker\">relumine eval · {pairs}</p>\n<h1>{title}</h1>\n{}</header>\n<main>\n",
        include_str!("page/style.css"),
        lead(evaluation),
    );
    page += "<section class=\"summary\">\n";
    for metric in Metric::ALL {
        page += &tile(evaluation, metric);
    }
    page += "</section>\n";
    page += &plot::scatter(evaluation, Metric::Style, Metric::Edge);
    page +=
        "<nav class=\"sort\" hidden>Sort by <button data-key=\"order\" aria-pressed=\"true\">pair</button>";
    for metric in Metric::ALL {
        let _ = write!(page, "<button data-key=\"{0}\">{0}</button>", metric.name());
    }
    page += "<span class=\"hint\">Move over a result to see the content under it.</span></nav>\n<section class=\"pairs\">\n";
    for (order, row) in evaluation.rows.iter().enumerate() {
        page += &card(row, order);
    }
    page += "</section>\n";
    if !evaluation.missing.is_empty() {
        page += "<section class=\"missing\">\n<h2>Not measured</h2>\n<ul>\n";
        for missing in &evaluation.missing {
            let _ = writeln!(page, "<li><b>{}</b> {}</li>", escaped(&missing.id), escaped(&missing.reason));
        }
        page += "</ul>\n</section>\n";
    }
    let _ =
        write!(page, "</main>\n<script>\n{}</script>\n</body>\n</html>\n", include_str!("page/script.js"));
    page
}

/// Against others, what the comparison comes to.
fn lead(evaluation: &Evaluation) -> String {
    if evaluation.names.len() < 2 {
        return String::new();
    }
    let wins = evaluation.wins(&[Metric::Style, Metric::Edge]);
    format!(
        "<p class=\"lead\">Style and edge both better on <b>{wins}</b> of {}.</p>\n",
        evaluation.rows.len()
    )
}

/// One metric over all pairs.
fn tile(evaluation: &Evaluation, metric: Metric) -> String {
    let (mean, others) = evaluation.means();
    let better = if metric.higher_is_better() { "higher is better" } else { "lower is better" };
    let mut tile = format!(
        "<article class=\"tile\">\n<h2>{}</h2>\n<p class=\"about\">{}<br>{better}</p>\n<p class=\"mean\">{}",
        shown(metric).0,
        about(metric),
        value(metric, &mean)
    );
    if let Some(others) = &others {
        let _ = write!(
            tile,
            " <span class=\"theirs\">{}</span></p>\n<p class=\"about\">better on {} of {}",
            value(metric, others),
            evaluation.wins(&[metric]),
            evaluation.rows.len()
        );
    }
    let _ = write!(tile, "</p>\n{}</article>\n", plot::distribution(evaluation, metric));
    tile
}

/// One pair.
fn card(row: &Row, order: usize) -> String {
    let id = escaped(&row.id);
    let mut card = format!("<article class=\"pair\" id=\"pair-{id}\" data-order=\"{order}\"");
    for metric in Metric::ALL {
        if let Some(value) = metric.of(&row.result) {
            let _ = write!(card, " data-{}=\"{value}\"", metric.name());
        }
    }
    let _ = write!(card, ">\n<h2><a href=\"#pair-{id}\">{id}</a></h2>\n<div class=\"pictures\">\n");
    let names = ["content", "reference", "result", "against"];
    for (jpeg, name) in row.pictures.iter().zip(names) {
        let data = BASE64_STANDARD.encode(jpeg);
        let _ = writeln!(
            card,
            "<figure class=\"{name}\"><div class=\"frame\"><img loading=\"lazy\" alt=\"{name} of pair {id}\" \
             src=\"data:image/jpeg;base64,{data}\"></div><figcaption>{name}</figcaption></figure>"
        );
    }
    card += "</div>\n<dl>\n";
    for metric in Metric::ALL {
        let _ = write!(card, "<div><dt>{}</dt><dd>{}", shown(metric).0, value(metric, &row.result));
        card += &compared(metric, &row.result, row.other.as_ref());
        card += "</dd></div>\n";
    }
    card += "</dl>\n</article>\n";
    card
}

fn compared(metric: Metric, result: &Metrics, other: Option<&Metrics>) -> String {
    let Some(other) = other else { return String::new() };
    let class = if metric.is_better(result, other) {
        "better"
    } else if metric.is_better(other, result) {
        "worse"
    } else {
        "equal"
    };
    format!(" <span class=\"{class}\">{}</span>", difference(metric, result, other))
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Text as it stands in HTML, in attributes too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use relumine::Planes;

    use super::*;
    use crate::eval::Missing;
    use crate::eval::testing::{evaluation, metrics};

    #[test]
    fn a_page_holds_all_pairs_and_names_nothing_outside() {
        let mut both = evaluation(&[
            ("3", metrics(0.25, 0.5), Some(metrics(0.5, 0.25))),
            ("<4>", metrics(0.5, 0.5), Some(metrics(0.25, 0.25))),
        ]);
        both.missing.push(Missing { id: "5".into(), reason: "\"no\" & never".into() });
        let page = render(&both);
        assert_eq!(page.matches("data:image/jpeg;base64,AQID").count(), 8);
        for mention in
            ["id=\"pair-&lt;4&gt;\"", "&quot;no&quot; &amp; never", "theirs/{id}.png", "<b>1</b> of 2"]
        {
            assert!(page.contains(mention), "{mention}");
        }
        for outside in ["http:", "https:", "<link", "@import", "<script src", "NaN"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let without_style = Metrics { style: None, ..metrics(0.0, 0.5) };
        let one = render(&evaluation(&[("3", without_style, None)]));
        assert!(!one.contains("NaN") && !one.contains("class=\"scatter\""));
    }

    #[test]
    fn pictures_are_small_and_never_enlarged() {
        for (height, width, expected) in [(600, 960, (480, 300)), (10, 20, (20, 10)), (1, 2000, (480, 1))] {
            let photo = Photo::from_planes(Planes::filled(3, height, width, 0.5));
            let decoded = image::load_from_memory(&thumbnail(&photo).unwrap()).unwrap();
            assert_eq!((decoded.width(), decoded.height()), expected);
        }
    }
}
