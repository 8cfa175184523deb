//! The part of a photo that counts where that is a rectangle: without letterbox and pillarbox bars, uniform borders, and margins that are
//! transparent.
//!
//! Bars come in pairs, at opposite sides, of one colour: lines of pixels of one colour from the side on, up to a line that differs from it
//! along most of its length. A pair of dark ones of one width may end before a dark picture, which differs along little, but at once. A sky that is
//! clipped, and a night that is crushed, end neither straight nor alike at opposite sides.

use serde::Serialize;

use super::{LEVEL, apart, median};
use crate::Planes;

/// What a JPEG's losses make of a colour in a bar, at the most, and in the mean of a line.
const NOISE: f32 = 10.0 * LEVEL;
const MEAN_NOISE: f32 = 2.5 * LEVEL;
/// Share of a line of a bar that may be further off.
const STRAYS: f64 = 0.005;
/// Share of the line behind a bar that differs from it.
const CRISP: f64 = 0.75;
/// Share of a line from which it is the picture's, where one so crisp follows: less is what losses leave.
const PICTURE: f64 = 0.25;
/// The same behind dark bars of one width.
const CRISP_ALIKE: f64 = 0.1;
/// Bars up to this are dark.
const DARK: f32 = 24.0 * LEVEL;
/// Lines within which a bar ends: what losses and resampling smear.
const SMEARED: usize = 8;
/// The fewest lines of a bar, and of what is left between two.
const FEWEST: usize = 2;
const FEWEST_LEFT: usize = 16;
/// Borders within borders that are looked for.
const ROUNDS: usize = 4;

/// The part of a photo that counts, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Rows above it.
    pub top: usize,
    /// Columns left of it.
    pub left: usize,
    /// Its rows, at least one.
    pub height: usize,
    /// Its columns, at least one.
    pub width: usize,
}

/// A pixel: its colour in 0..1, and whether anything is seen of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texel {
    pub(crate) colour: [f32; 3],
    pub(crate) is_seen: bool,
}

/// The lines of a photo from one side inwards, each as long as the frame.
struct Lines<'p> {
    count: usize,
    length: usize,
    at: &'p dyn Fn(usize, usize) -> Texel,
}

/// Uniform lines at one side.
struct Bar {
    colour: [f32; 3],
    /// Lines up to the picture's first, and the most that one of the lines behind differs along.
    lines: usize,
    crisp: f64,
    /// Lines up to the first that differs at all, and the most that this or the next two do.
    uniform: usize,
    at_once: f64,
}

impl Frame {
    /// All of a photo.
    pub fn whole(height: usize, width: usize) -> Self {
        Self { top: 0, left: 0, height, width }
    }

    /// Whether it is all of a photo of this size.
    pub fn is_whole(&self, height: usize, width: usize) -> bool {
        *self == Self::whole(height, width)
    }

    /// The frame of a photo, of which `at` gives the pixels by row and column.
    pub(crate) fn find(height: usize, width: usize, at: &dyn Fn(usize, usize) -> Texel) -> Self {
        let mut frame = Self::whole(height, width).seen(at);
        for _ in 0..ROUNDS {
            let before = frame;
            frame = frame.without_bars(at);
            if frame == before {
                break;
            }
        }
        frame
    }

    /// Without margins of which nothing is seen; all of it where nothing is seen at all.
    fn seen(self, at: &dyn Fn(usize, usize) -> Texel) -> Self {
        let row_is_seen = |row: &usize| (0..self.width).any(|column| at(*row, column).is_seen);
        let Some(top) = (0..self.height).find(row_is_seen) else { return self };
        let bottom = (top..self.height).rev().find(row_is_seen).unwrap_or(top);
        let column_is_seen = |column: &usize| (top..=bottom).any(|row| at(row, *column).is_seen);
        let left = (0..self.width).find(column_is_seen).unwrap_or(0);
        let right = (left..self.width).rev().find(column_is_seen).unwrap_or(left);
        Self { top, left, height: bottom + 1 - top, width: right + 1 - left }
    }

    fn without_bars(self, at: &dyn Fn(usize, usize) -> Texel) -> Self {
        let Self { top, left, height, width } = self;
        let down = |line: usize, i: usize| at(top + line, left + i);
        let up = |line: usize, i: usize| at(top + height - 1 - line, left + i);
        let rows = |at| Lines { count: height, length: width, at };
        let (above, below) = pair(&rows(&down), &rows(&up));
        let (top, height) = (top + above, height - above - below);
        let right = |line: usize, i: usize| at(top + i, left + line);
        let back = |line: usize, i: usize| at(top + i, left + width - 1 - line);
        let columns = |at| Lines { count: width, length: height, at };
        let (before, behind) = pair(&columns(&right), &columns(&back));
        Self { top, left: left + before, height, width: width - before - behind }
    }

    /// Whether all of a band of rows, of which the first is row `first` of the photo, lies within.
    pub(crate) fn holds(&self, band: &Planes, first: usize) -> bool {
        self.width == band.width() && self.top <= first && first + band.height() <= self.top + self.height
    }

    /// What of a band of rows, of which the first is row `first` of the photo, lies within, and which row of the frame is its first.
    pub(crate) fn cut(&self, band: &Planes, first: usize) -> Option<(Planes, usize)> {
        let (start, end) = (first.max(self.top), (first + band.height()).min(self.top + self.height));
        if start >= end {
            return None;
        }
        let mut data = Vec::with_capacity(band.channels() * (end - start) * self.width);
        for channel in 0..band.channels() {
            let rows = band.plane(channel).chunks_exact(band.width());
            for row in rows.skip(start - first).take(end - start) {
                data.extend_from_slice(&row[self.left..][..self.width]);
            }
        }
        Some((Planes::from_vec(band.channels(), end - start, self.width, data), start - self.top))
    }

    /// As [`cut`](Self::cut), of a band that is given away: all of it stays where it is.
    pub(crate) fn taken(&self, band: Planes, first: usize) -> Option<(Planes, usize)> {
        if self.holds(&band, first) { Some((band, first - self.top)) } else { self.cut(&band, first) }
    }

    /// Puts what was [cut](Self::cut) out of a band back.
    pub(crate) fn put_back(&self, band: &mut Planes, first: usize, part: &Planes, row: usize) {
        let width = band.width();
        for channel in 0..band.channels() {
            let rows = band.plane_mut(channel)[(self.top + row - first) * width..].chunks_mut(width);
            for (to, from) in rows.zip(part.plane(channel).chunks_exact(self.width)) {
                to[self.left..][..self.width].copy_from_slice(from);
            }
        }
    }

    /// The same part of a picture of another size that shows the whole photo, which has `height × width` pixels.
    pub(crate) fn scaled(&self, (height, width): (usize, usize), to: (usize, usize)) -> Self {
        let along = |first: usize, count: usize, all: usize, to: usize| {
            let at = |place: usize| (place as f64 * to as f64 / all as f64).round() as usize;
            let start = at(first).min(to - 1);
            (start, at(first + count).clamp(start + 1, to) - start)
        };
        let (top, rows) = along(self.top, self.height, height, to.0);
        let (left, columns) = along(self.left, self.width, width, to.1);
        Self { top, left, height: rows, width: columns }
    }

    /// Share of a photo of this size that lies outside.
    pub(crate) fn share_outside(&self, height: usize, width: usize) -> f64 {
        1.0 - (self.height * self.width) as f64 / (height * width) as f64
    }
}

/// Lines of the bars at two opposite sides, none where these are no pair.
fn pair(near: &Lines<'_>, far: &Lines<'_>) -> (usize, usize) {
    let (Some(a), Some(b)) = (near.bar(), far.bar()) else { return (0, 0) };
    let alike = a.uniform.abs_diff(b.uniform) <= FEWEST && dark(a.colour) && dark(b.colour);
    let (first, last) = if a.crisp.min(b.crisp) >= CRISP {
        (a.lines, b.lines)
    } else if alike && a.at_once.min(b.at_once) >= CRISP_ALIKE {
        (a.uniform, b.uniform)
    } else {
        return (0, 0);
    };
    let is_pair = apart(a.colour, b.colour) <= NOISE && near.count >= first + last + FEWEST_LEFT;
    if is_pair { (first, last) } else { (0, 0) }
}

fn dark(colour: [f32; 3]) -> bool {
    colour.iter().all(|channel| *channel <= DARK)
}

impl Lines<'_> {
    /// The uniform lines at the side; `None` where there are too few, or nothing else.
    fn bar(&self) -> Option<Bar> {
        let outermost: Vec<[f32; 3]> = self.line(0).collect();
        if 2 * outermost.len() < self.length.max(FEWEST_LEFT) {
            return None;
        }
        let colour = median(&outermost);
        let uniform = (0..self.count).take_while(|line| self.is_of(*line, colour)).count();
        if uniform < FEWEST || uniform == self.count {
            return None;
        }
        let behind: Vec<f64> =
            (uniform..self.count).take(SMEARED).map(|line| self.differing(line, colour)).collect();
        let crisp = behind.iter().copied().fold(0.0, f64::max);
        let lines = uniform + behind.iter().position(|share| *share >= PICTURE).unwrap_or(0);
        let at_once = behind.iter().take(FEWEST + 1).copied().fold(0.0, f64::max);
        Some(Bar { colour, lines, crisp, uniform, at_once })
    }

    fn line(&self, line: usize) -> impl Iterator<Item = [f32; 3]> {
        (0..self.length).map(move |i| (self.at)(line, i)).filter(|texel| texel.is_seen).map(|t| t.colour)
    }

    /// Share of a line's pixels that are not of a colour.
    fn differing(&self, line: usize, colour: [f32; 3]) -> f64 {
        self.line(line).filter(|c| apart(*c, colour) > NOISE).count() as f64 / self.length as f64
    }

    fn is_of(&self, line: usize, colour: [f32; 3]) -> bool {
        let strays = (STRAYS * self.length as f64) as usize;
        let (mut off, mut sum, mut count) = (0, 0.0, 0);
        for pixel in self.line(line) {
            let apart = apart(pixel, colour);
            off += usize::from(apart > NOISE);
            if off > strays {
                return false;
            }
            (sum, count) = (sum + apart, count + 1);
        }
        2 * count >= self.length && sum <= MEAN_NOISE * count as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise in a few levels, as a JPEG leaves it.
    fn noise(y: usize, x: usize) -> f32 {
        ((y * 7919 + x * 104_729 + y * x) % 7) as f32 - 3.0
    }

    /// A picture of sorts in levels: texture around a mid grey.
    fn picture(y: usize, x: usize) -> f32 {
        130.0 + 60.0 * (0.31 * x as f32).sin() * (0.23 * y as f32).cos() + 5.0 * noise(y, x)
    }

    fn found(height: usize, width: usize, level: impl Fn(usize, usize) -> f32) -> Frame {
        Frame::find(height, width, &|y, x| Texel { colour: [level(y, x) * LEVEL; 3], is_seen: true })
    }

    fn boxed(
        frame: Frame,
        bar: f32,
        noisy: f32,
        inside: impl Fn(usize, usize) -> f32,
    ) -> impl Fn(usize, usize) -> f32 {
        move |y, x| {
            let within = (frame.top..frame.top + frame.height).contains(&y)
                && (frame.left..frame.left + frame.width).contains(&x);
            if within { inside(y, x) } else { bar + noisy * noise(y, x) }
        }
    }

    #[test]
    fn bars_and_borders_are_cut_off_to_the_pixel() {
        let frames = [
            Frame { top: 30, left: 0, height: 60, width: 160 },
            Frame { top: 0, left: 20, height: 120, width: 111 },
            Frame { top: 9, left: 12, height: 80, width: 130 },
        ];
        for frame in frames {
            for (bar, noisy) in [(0.0, 0.0), (4.0, 1.0), (255.0, 0.0), (220.0, 0.0)] {
                assert_eq!(found(120, 160, boxed(frame, bar, noisy, picture)), frame, "{bar}");
            }
        }
    }

    #[test]
    fn a_border_within_a_border_is_cut_off_too() {
        let outer = Frame { top: 10, left: 10, height: 100, width: 140 };
        let inner = Frame { top: 14, left: 14, height: 92, width: 132 };
        let framed = boxed(outer, 255.0, 0.0, boxed(inner, 0.0, 0.0, picture));
        assert_eq!(found(120, 160, framed), inner);
    }

    #[test]
    fn bars_around_a_dark_picture_are_told_by_their_one_width() {
        let frame = Frame { top: 25, left: 0, height: 70, width: 160 };
        let night = |y: usize, x: usize| if x.is_multiple_of(5) { picture(y, x) } else { 2.0 };
        assert_eq!(found(120, 160, boxed(frame, 0.0, 0.0, night)), frame);
    }

    #[test]
    fn skies_nights_and_plain_pictures_have_no_bars() {
        // A clipped sky above a straight horizon; a night with lights in its middle; both ends clipped, but not straight.
        let sky = |y: usize, x: usize| if y < 50 { 255.0 } else { picture(y, x) };
        let night = |y: usize, x: usize| {
            let lit = (30 + (x * x / 7) % 23..90 - (x / 3) % 11).contains(&y) && (x / 9).is_multiple_of(3);
            if lit { picture(y, x) } else { 0.0 }
        };
        let ragged = |y: usize, x: usize| {
            if (20 + (x / 2) % 30..100 - (x / 4) % 30).contains(&y) { picture(y, x) } else { 255.0 }
        };
        for found in [
            found(120, 160, picture),
            found(120, 160, sky),
            found(120, 160, night),
            found(120, 160, ragged),
            found(120, 160, |_, _| 77.0),
            found(120, 160, |y, _| y as f32),
        ] {
            assert!(found.is_whole(120, 160), "{found:?}");
        }
        assert!(found(1, 1, picture).is_whole(1, 1) && found(2, 500, picture).is_whole(2, 500));
    }

    #[test]
    fn what_is_hidden_is_not_looked_at() {
        let inner = Frame { top: 30, left: 40, height: 60, width: 80 };
        let at = |hidden: f32| {
            Frame::find(120, 160, &|y, x| {
                let is_seen = (30..90).contains(&y) && (40..120).contains(&x) && (y + x) % 9 != 0;
                Texel { colour: [if is_seen { picture(y, x) * LEVEL } else { hidden }; 3], is_seen }
            })
        };
        assert_eq!([at(0.0), at(1.0)], [inner; 2]);
        let nothing = |_, _| Texel { colour: [0.0; 3], is_seen: false };
        assert!(Frame::find(30, 40, &nothing).is_whole(30, 40));
    }

    #[test]
    fn what_is_taken_is_what_is_cut_out() {
        let whole = Planes::from_vec(3, 7, 5, (0..105).map(|v| v as f32).collect());
        for frame in [Frame::whole(7, 5), Frame { top: 1, left: 0, height: 4, width: 5 }] {
            for rows in [0..7, 0..2, 1..4, 3..6, 6..7] {
                let band = whole.rows(rows.start, rows.end);
                assert_eq!(frame.taken(band.clone(), rows.start), frame.cut(&band, rows.start));
            }
        }
    }

    #[test]
    fn what_is_cut_out_of_bands_goes_back_to_its_place() {
        let whole = Planes::from_vec(3, 7, 5, (0..105).map(|v| v as f32).collect());
        let frame = Frame { top: 2, left: 1, height: 4, width: 3 };
        for count in [1, 3, 7] {
            let mut out = Planes::zeros_like(&whole);
            for first in (0..7).step_by(count) {
                let mut band = Planes::zeros(3, count.min(7 - first), 5);
                if let Some((part, row)) = frame.cut(&whole.rows(first, first + band.height()), first) {
                    frame.put_back(&mut band, first, &part, row);
                }
                out.set_rows(first, &band);
            }
            for (i, value) in out.data().iter().enumerate() {
                let (y, x) = (i / 5 % 7, i % 5);
                let within = (2..6).contains(&y) && (1..4).contains(&x);
                assert_eq!(*value, if within { i as f32 } else { 0.0 });
            }
        }
    }
}
