//! The palette of a mask, and the snapping of its pixels to it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use rayon::prelude::*;

use super::MAX_REGIONS;
use crate::Result;
use crate::watch::CancelToken;

/// The colours of two masks are the same up to this distance (Euclidean, in levels of 255).
const SAME_COLOUR: u32 = 40;

/// The colours of a smeared mask are further apart than this: half the step of a palette of the levels 0, 128 and 255.
const APART: u32 = 64;

/// Two neighbours whose channels all differ by no more than this look alike in a smeared mask.
const ALIKE: u8 = 8;

/// Share of all pixels that may be of colours without any interior in a mask that is not smeared: what regions are worth.
const STRAY: f64 = 0.001;

/// Share of all pixels that the interior of a region in a smeared mask has at least; half of what regions are worth.
const SMALLEST_INTERIOR: f64 = 0.0005;

/// Share of all pixels that look like a colour of the palette in anything that was meant as a mask.
const ON_PALETTE: f64 = 0.5;

/// Colours looked at when the palette of a smeared mask is sought, the most frequent first.
const CANDIDATES: usize = 4096;

/// Pixels that are looked at between two polls.
const BETWEEN_POLLS: usize = 1 << 16;

/// Pixels without a label yet.
const NONE: u16 = u16::MAX;

/// Index of the colour in `palette` that is nearest to `colour` and within 40 levels (Euclidean in RGB) of it: the
/// distance at which the colours of two masks count as the same. Ties go to the first.
pub fn nearest_colour(palette: &[[u8; 3]], colour: [u8; 3]) -> Option<usize> {
    let nearest = (0..palette.len()).min_by_key(|index| distance2(palette[*index], colour))?;
    (distance2(palette[nearest], colour) <= SAME_COLOUR * SAME_COLOUR).then_some(nearest)
}

fn distance2(a: [u8; 3], b: [u8; 3]) -> u32 {
    (0..3).map(|channel| u32::from(a[channel].abs_diff(b[channel])).pow(2)).sum()
}

fn alike(a: [u8; 3], b: [u8; 3], tolerance: u8) -> bool {
    (0..3).all(|channel| a[channel].abs_diff(b[channel]) <= tolerance)
}

type Palette = Vec<[u8; 3]>;

/// Pixels that are of a palette.
pub(super) struct Snapped {
    /// Largest region first.
    pub(super) palette: Palette,
    /// Each pixel's index in it.
    pub(super) labels: Vec<u16>,
    /// How many pixels had another colour.
    pub(super) moved: usize,
}

/// Finds the palette, and each pixel's place in it; `None` where there is no clear palette.
pub(super) fn snap(
    height: usize,
    width: usize,
    colours: &[[u8; 3]],
    token: &CancelToken,
) -> Result<Option<Snapped>> {
    let picture = Picture { height, width, colours, token };
    let (palette, seeds) = match picture.clean_palette()? {
        Some(clean) => clean,
        None => {
            let interior = picture.interior(ALIKE)?;
            let Some(palette) = picture.smeared_palette(&interior)? else { return Ok(None) };
            (palette, interior)
        }
    };
    let labels = picture.grown_labels(&palette, &seeds)?;
    picture.largest_first(&palette, labels).map(Some)
}

struct Picture<'a> {
    height: usize,
    width: usize,
    colours: &'a [[u8; 3]],
    token: &'a CancelToken,
}

impl Picture<'_> {
    /// Indices of a pixel's neighbours, up to eight.
    fn neighbours(&self, pixel: usize) -> impl Iterator<Item = usize> {
        let (y, x) = (pixel / self.width, pixel % self.width);
        let rows = y.saturating_sub(1)..(y + 2).min(self.height);
        let columns = x.saturating_sub(1)..(x + 2).min(self.width);
        let width = self.width;
        rows.flat_map(move |y| columns.clone().map(move |x| y * width + x))
            .filter(move |other| *other != pixel)
    }

    /// What is `told` of each pixel, some thousands between two polls.
    fn each<T: Send>(&self, told: impl Fn(usize) -> T + Sync) -> Result<Vec<T>> {
        let mut all = Vec::with_capacity(self.colours.len());
        while all.len() < self.colours.len() {
            self.token.check()?;
            let run = all.len()..self.colours.len().min(all.len() + BETWEEN_POLLS);
            all.par_extend(run.into_par_iter().map(&told));
        }
        Ok(all)
    }

    /// Polls now and then in a loop.
    fn poll(&self, turn: usize) -> Result<()> {
        if turn.is_multiple_of(BETWEEN_POLLS) { self.token.check() } else { Ok(()) }
    }

    /// Which pixels look like all their neighbours.
    fn interior(&self, tolerance: u8) -> Result<Vec<bool>> {
        self.each(|pixel| {
            self.neighbours(pixel).all(|other| alike(self.colours[pixel], self.colours[other], tolerance))
        })
    }

    /// The colours that have an exact interior, and which pixels are of one, if those are few and these all but strays.
    fn clean_palette(&self) -> Result<Option<(Palette, Vec<bool>)>> {
        let mut palette = Palette::new();
        for (pixel, (colour, inside)) in self.colours.iter().zip(self.interior(0)?).enumerate() {
            self.poll(pixel)?;
            if inside && !palette.contains(colour) {
                if palette.len() == MAX_REGIONS {
                    return Ok(None);
                }
                palette.push(*colour);
            }
        }
        let known = self.each(|pixel| palette.contains(&self.colours[pixel]))?;
        let strays = known.iter().filter(|known| !**known).count();
        Ok((strays as f64 <= STRAY * known.len() as f64).then_some((palette, known)))
    }

    /// The most frequent interior colours that lie apart, each standing for those around it; `None` where they are too many, or are
    /// the colours of too few pixels.
    fn smeared_palette(&self, interior: &[bool]) -> Result<Option<Palette>> {
        let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
        // A mask of nothing but thin lines has no interiors at all.
        let all = !interior.contains(&true);
        for (colours, interior) in self.colours.chunks(BETWEEN_POLLS).zip(interior.chunks(BETWEEN_POLLS)) {
            self.token.check()?;
            for (colour, _) in colours.iter().zip(interior).filter(|(_, inside)| **inside || all) {
                *counts.entry(*colour).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(colour, count)| (count, colour)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let mut peaks: Vec<([u8; 3], usize)> = Vec::new();
        for (count, colour) in counts.into_iter().take(CANDIDATES) {
            let near = |peak: &&mut ([u8; 3], usize)| distance2(peak.0, colour) <= APART * APART;
            match peaks.iter_mut().filter(near).min_by_key(|peak| distance2(peak.0, colour)) {
                Some(peak) => peak.1 += count,
                None => peaks.push((colour, count)),
            }
        }
        let pixels = self.colours.len() as f64;
        peaks.retain(|(_, count)| *count as f64 >= SMALLEST_INTERIOR * pixels);
        let palette: Palette = peaks.into_iter().map(|(colour, _)| colour).collect();
        let on_palette =
            self.each(|pixel| palette.iter().any(|own| alike(*own, self.colours[pixel], ALIKE)))?;
        let on_palette = on_palette.into_iter().filter(|on| *on).count() as f64;
        Ok((palette.len() <= MAX_REGIONS && on_palette >= ON_PALETTE * pixels).then_some(palette))
    }

    /// Labels the seeds by colour and lets them grow into the rest, the best fitting pixel first: seeded region growing
    /// (Adams and Bischof, 1994).
    fn grown_labels(&self, palette: &[[u8; 3]], seeds: &[bool]) -> Result<Vec<u16>> {
        let nearest = |colour| nearest_colour(palette, colour).map_or(NONE, |label| label as u16);
        let mut labels = self.each(|pixel| if seeds[pixel] { nearest(self.colours[pixel]) } else { NONE })?;
        if labels.iter().all(|label| *label == NONE) {
            let closest = |colour| (0..palette.len()).min_by_key(|index| distance2(palette[*index], colour));
            return self
                .each(|pixel| closest(self.colours[pixel]).expect("half the pixels are on it") as u16);
        }
        let mut queue = BinaryHeap::new();
        let offer = |queue: &mut BinaryHeap<_>, labels: &[u16], from: usize, step: u32| {
            let label = labels[from];
            for pixel in self.neighbours(from).filter(|pixel| labels[*pixel] == NONE) {
                let misfit = distance2(palette[usize::from(label)], self.colours[pixel]);
                queue.push(Reverse((misfit, step, pixel, label)));
            }
        };
        for pixel in 0..labels.len() {
            self.poll(pixel)?;
            if labels[pixel] != NONE {
                offer(&mut queue, &labels, pixel, 0);
            }
        }
        for turn in 0.. {
            self.poll(turn)?;
            let Some(Reverse((_, step, pixel, label))) = queue.pop() else { break };
            if labels[pixel] == NONE {
                labels[pixel] = label;
                offer(&mut queue, &labels, pixel, step + 1);
            }
        }
        Ok(labels)
    }

    /// The palette by area, without what no pixel has.
    fn largest_first(&self, palette: &[[u8; 3]], mut labels: Vec<u16>) -> Result<Snapped> {
        let mut areas = vec![0usize; palette.len()];
        for labels in labels.chunks(BETWEEN_POLLS) {
            self.token.check()?;
            labels.iter().for_each(|label| areas[usize::from(*label)] += 1);
        }
        let mut order: Vec<usize> = (0..palette.len()).filter(|old| areas[*old] > 0).collect();
        order.sort_by_key(|old| Reverse(areas[*old]));
        let mut new_label = vec![NONE; palette.len()];
        for (new, old) in (0..).zip(&order) {
            new_label[*old] = new;
        }
        let mut moved = 0;
        for (labels, colours) in labels.chunks_mut(BETWEEN_POLLS).zip(self.colours.chunks(BETWEEN_POLLS)) {
            self.token.check()?;
            for (label, colour) in labels.iter_mut().zip(colours) {
                let old = usize::from(*label);
                moved += usize::from(palette[old] != *colour);
                *label = new_label[old];
            }
        }
        Ok(Snapped { palette: order.into_iter().map(|old| palette[old]).collect(), labels, moved })
    }
}
