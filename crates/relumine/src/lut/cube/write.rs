//! `.cube` text, as the most programs read it: short lines in ASCII, plain decimals, no words about a domain that is 0..1.

use std::fmt::Write;

use super::super::Lut;
use super::super::lattice::UNIT;
use super::super::lines::ascii;

/// Most characters of a comment's line and of a title. Some readers have room for 250 bytes, and take what is beyond them for colours.
const LONGEST: usize = 200;

/// The text of a file. Comments come first, those that are too long in several lines; with both parts, the title is one.
pub(in super::super) fn write(lut: &Lut) -> String {
    let mut text = String::new();
    let (shaper, lattice) = (lut.shaper(), lut.lattice());
    // OpenColorIO refuses a file of both parts that has a title.
    let (title, first) =
        if shaper.is_some() && lattice.is_some() { (None, lut.title()) } else { (lut.title(), None) };
    let comments = lut.comments().iter().flat_map(|comment| comment.lines());
    for comment in first.into_iter().chain(comments) {
        let characters: Vec<char> = ascii(comment).chars().collect();
        for line in characters.chunks(LONGEST) {
            line_of(&mut text, format_args!("# {}", line.iter().collect::<String>()));
        }
    }
    if let Some(title) = title {
        let title: String = ascii(title).replace('"', "'").chars().take(LONGEST).collect();
        line_of(&mut text, format_args!("TITLE \"{title}\""));
    }
    if let Some(shaper) = shaper {
        line_of(&mut text, format_args!("LUT_1D_SIZE {}", shaper.size()));
    }
    if let Some(lattice) = lattice {
        line_of(&mut text, format_args!("LUT_3D_SIZE {}", lattice.size()));
    }
    let domains = [shaper.map(|shaper| shaper.domain()), lattice.map(|lattice| lattice.domain())];
    if let [Some(first), Some(second)] = domains {
        // Files with both parts know but one range for all channels, and give nothing else to read.
        for (part, [least, most]) in
            [("1D", first), ("3D", second)].iter().filter(|(_, domain)| *domain != UNIT)
        {
            let [least, most] = [exact(least[0]), exact(most[0])];
            line_of(&mut text, format_args!("LUT_{part}_INPUT_RANGE {least} {most}"));
        }
    } else if let Some([least, most]) = domains.into_iter().flatten().find(|domain| *domain != UNIT) {
        line_of(&mut text, format_args!("DOMAIN_MIN {}", least.map(exact).join(" ")));
        line_of(&mut text, format_args!("DOMAIN_MAX {}", most.map(exact).join(" ")));
    }
    let curves = shaper.map_or(&[][..], |shaper| shaper.values());
    let nodes = lattice.map_or(&[][..], |lattice| lattice.values());
    for colour in curves.iter().chain(nodes) {
        line_of(&mut text, format_args!("{}", row(*colour)));
    }
    text
}

fn line_of(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).and_then(|()| text.write_char('\n')).expect("memory takes any text");
}

fn row(colour: [f32; 3]) -> String {
    colour.map(decimal).join(" ")
}

/// As many decimals as it takes, for the ends of a domain must not meet.
fn exact(number: f32) -> String {
    // Nothing has no sign.
    (number + 0.0).to_string()
}

/// Seven decimals, without an exponent and without a sign before nothing.
fn decimal(number: f32) -> String {
    let decimal = format!("{number:.7}");
    match decimal.strip_prefix('-') {
        Some(size) if size.bytes().all(|digit| matches!(digit, b'0' | b'.')) => size.into(),
        _ => decimal,
    }
}
