//! Which of the pixels of people are skin, by what the segmenter says and by their colours.
//!
//! Hands, legs and small faces are smaller than the segmenter's cells, but skin of all people is of much the same hue: between pink and
//! yellow, neither pale nor vivid.

use crate::Planes;
use crate::colour::to_oklab;

/// Least probability of skin where there are people, as a share of theirs.
const ANYONE: f32 = 0.12;
/// To take skin for something else costs a face, to take something else for skin hardly anything: by so much are the odds raised.
const RAISED: f32 = 2.5;
/// Range of skin's hue in Oklab, in radians, and of its chroma.
const HUE: (f32, f32) = (0.0, 1.45);
const CHROMA: (f32, f32) = (0.012, 0.18);
/// By how much colours like skin's raise the odds, and others lower them.
const LIKE: f32 = 5.0;
const UNLIKE: f32 = 0.3;

/// Probability of skin at each pixel of a photo (3×H×W), by the segmenter's of skin and of people.
pub(super) fn likely(skin: &[f32], people: &[f32], photo: &Planes) -> Vec<f32> {
    let lab = to_oklab(photo);
    let [_, a, b] = lab.rgb();
    let within = |value: f32, (low, high): (f32, f32)| (low..=high).contains(&value);
    let of = |i: usize| {
        let probability = skin[i].max(ANYONE * people[i]).clamp(0.0, 0.999);
        let like = within(b[i].atan2(a[i]), HUE) && within(a[i].hypot(b[i]), CHROMA);
        let odds = RAISED * if like { LIKE } else { UNLIKE } * probability / (1.0 - probability);
        odds / (1.0 + odds)
    };
    (0..skin.len()).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_in_the_colours_of_skin_are_skin_and_others_are_not() {
        // Pale, dark and tanned skin, a blue coat, and a brick wall.
        let colours =
            [[0.93, 0.78, 0.7], [0.35, 0.22, 0.17], [0.8, 0.55, 0.4], [0.2, 0.3, 0.6], [0.6, 0.35, 0.28]];
        let planes = (0..3).flat_map(|c| colours.iter().map(move |colour| colour[c])).collect();
        let photo = Planes::from_vec(3, 1, 5, planes);
        let found = likely(&[0.05; 5], &[0.95, 0.95, 0.95, 0.95, 0.01], &photo);
        assert!(found[..3].iter().all(|p| *p > 0.5), "{found:?}");
        assert!(found[3] < 0.2 && found[4] < 0.5, "{found:?}");
        assert!(likely(&[0.6; 5], &[0.95; 5], &photo)[3] > 0.4, "what the segmenter is sure of");
    }
}
