//! Labels under the Robust Pⁿ potential of superpixels, by α-expansion.
//!
//! Source: P. Kohli, L. Ladický, P. Torr, "Robust Higher Order Potentials for Enforcing Label Consistency",
//! IJCV 2009; α-expansion after Y. Boykov, O. Veksler, R. Zabih, "Fast Approximate Energy Minimization via Graph
//! Cuts", PAMI 2001.
//!
//! E(x) = Σᵢ −ln pᵢ(xᵢ) + Σ over neighbours i, j with xᵢ ≠ xⱼ of wᵢⱼ + Σ over superpixels c of
//! min(θ_c · (pixels of c without its commonest label), γ_c). The contrast-sensitive wᵢⱼ falls with the squared
//! difference of colour, γ_c with the variance of colour in the superpixel.
//!
//! Energies are integers in units of 2⁻¹⁶, so that every move is exactly the best and none is ever uphill.
//!
//! Differs from the paper: one set of superpixels, and no label has a cost of its own in a superpixel (γ_k = 0).

use super::max_flow::Graph;
use super::model::LEAST_PROBABILITY;
use super::superpixels::{Superpixels, slic};
use crate::Planes;

/// Weights of the Robust Pⁿ model; all are 0 or more.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RobustPn {
    /// What divides the photo.
    pub superpixels: Superpixels,
    /// What two neighbours of one colour pay for different labels.
    pub contrast_weight: f32,
    /// What any two neighbours pay for different labels.
    pub length_weight: f32,
    /// Standard deviation of colour (0 to 1) over which `contrast_weight` falls.
    pub contrast_colour: f32,
    /// What each pixel of a flat superpixel adds to the most that its inconsistency costs.
    pub consistency_weight: f32,
    /// Standard deviation of colour (0 to 1) inside a superpixel over which `consistency_weight` falls.
    pub consistency_colour: f32,
    /// Share of a superpixel's pixels that may differ before the cost is at its most, above 0 and at most ½.
    pub truncation: f32,
}

impl Default for RobustPn {
    fn default() -> Self {
        Self {
            superpixels: Superpixels::default(),
            contrast_weight: 2.0,
            length_weight: 0.3,
            contrast_colour: 0.06,
            consistency_weight: 0.7,
            consistency_colour: 0.15,
            truncation: 0.3,
        }
    }
}

/// Energy units in 1.
const UNITS: f64 = 65_536.0;

fn units(energy: f64) -> i64 {
    (energy * UNITS).round() as i64
}

/// The energy to minimise.
#[derive(Debug)]
pub(super) struct Energy {
    pub(super) labels: usize,
    /// Cost of each label at each pixel: rows of `labels`.
    pub(super) unary: Vec<i64>,
    /// Two pixels and what they pay for different labels.
    pub(super) pairs: Vec<(usize, usize, i64)>,
    pub(super) cliques: Vec<Clique>,
}

/// Pixels that should have one label: min(`slope` · minority, `most`).
#[derive(Debug)]
pub(super) struct Clique {
    pub(super) pixels: Vec<usize>,
    pub(super) slope: i64,
    /// At most half of `slope` times the number of pixels, so that only a majority lowers the cost.
    pub(super) most: i64,
}

impl Clique {
    /// The label of more than half of the pixels, if there is one, and how many have another.
    fn majority(&self, labelling: &[usize], counts: &mut [usize]) -> Option<(usize, usize)> {
        counts.fill(0);
        self.pixels.iter().for_each(|&pixel| counts[labelling[pixel]] += 1);
        let size = self.pixels.len();
        let majority = counts.iter().position(|&count| 2 * count > size)?;
        Some((majority, size - counts[majority]))
    }

    fn cost(&self, labelling: &[usize], counts: &mut [usize]) -> i64 {
        let majority = self.majority(labelling, counts);
        majority.map_or(self.most, |(_, others)| self.most.min(self.slope * others as i64))
    }
}

impl Energy {
    pub(super) fn new(probabilities: &Planes, photo: &Planes, model: &RobustPn) -> Self {
        let (labels, pixels) = (probabilities.channels(), probabilities.area());
        let cost = |i: usize| {
            let probability = probabilities.plane(i % labels)[i / labels];
            units(-f64::from(probability.max(LEAST_PROBABILITY)).ln())
        };
        Self {
            labels,
            unary: (0..labels * pixels).map(cost).collect(),
            pairs: pairs(photo, model),
            cliques: cliques(photo, model),
        }
    }

    pub(super) fn of(&self, labelling: &[usize]) -> i64 {
        let unary: i64 = labelling.iter().enumerate().map(|(i, x)| self.unary[i * self.labels + x]).sum();
        let differing = self.pairs.iter().filter(|&&(i, j, _)| labelling[i] != labelling[j]);
        let mut counts = vec![0; self.labels];
        let consistency: i64 = self.cliques.iter().map(|clique| clique.cost(labelling, &mut counts)).sum();
        unary + differing.map(|pair| pair.2).sum::<i64>() + consistency
    }

    /// The label that costs least at each pixel by itself.
    fn start(&self) -> Vec<usize> {
        let least = |costs: &[i64]| (0..self.labels).min_by_key(|&label| costs[label]).expect("a label");
        self.unary.chunks_exact(self.labels).map(least).collect()
    }
}

/// Every pixel with its right and its lower neighbour.
fn pairs(photo: &Planes, model: &RobustPn) -> Vec<(usize, usize, i64)> {
    let (height, width) = (photo.height(), photo.width());
    let falloff = 0.5 / f64::from(model.contrast_colour).powi(2);
    let cost = |i: usize, j: usize| {
        let squares: f64 = photo.rgb().iter().map(|plane| f64::from(plane[i] - plane[j]).powi(2)).sum();
        units(f64::from(model.length_weight) + f64::from(model.contrast_weight) * (-falloff * squares).exp())
    };
    let pixels = 0..height * width;
    let right = pixels.clone().filter(|i| (i + 1) % width > 0).map(|i| (i, i + 1));
    let below = pixels.filter(|i| i + width < height * width).map(|i| (i, i + width));
    right.chain(below).map(|(i, j)| (i, j, cost(i, j))).collect()
}

fn cliques(photo: &Planes, model: &RobustPn) -> Vec<Clique> {
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (pixel, number) in slic(photo, &model.superpixels).into_iter().enumerate() {
        let number = number as usize;
        if number == members.len() {
            members.push(Vec::new());
        }
        members[number].push(pixel);
    }
    let falloff = 0.5 / f64::from(model.consistency_colour).powi(2);
    let clique = |pixels: Vec<usize>| {
        let size = pixels.len() as f64;
        let most = f64::from(model.consistency_weight) * size * (-falloff * variance(photo, &pixels)).exp();
        let slope = units(most / (f64::from(model.truncation) * size));
        let most = units(most).min(slope * pixels.len() as i64 / 2);
        Clique { pixels, slope, most }
    };
    members.into_iter().map(clique).collect()
}

/// Mean squared distance of the colours of `pixels` from their mean.
fn variance(photo: &Planes, pixels: &[usize]) -> f64 {
    let of_plane = |plane: &&[f32]| {
        let values = || pixels.iter().map(|&pixel| f64::from(plane[pixel]));
        let mean = values().sum::<f64>() / pixels.len() as f64;
        values().map(|value| (value - mean).powi(2)).sum::<f64>() / pixels.len() as f64
    };
    photo.rgb().iter().map(of_plane).sum()
}

/// A labelling that no expansion improves, and the energy at the start and after every expansion tried.
pub(super) fn minimise(energy: &Energy) -> (Vec<usize>, Vec<i64>) {
    let mut labelling = energy.start();
    let mut trace = vec![energy.of(&labelling)];
    let mut since_better = 0;
    for label in (0..energy.labels).cycle() {
        let expanded = expand(energy, &labelling, label);
        let (before, after) = (trace[trace.len() - 1], energy.of(&expanded));
        trace.push(after);
        if after < before {
            labelling = expanded;
            since_better = 0;
        } else {
            since_better += 1;
        }
        if since_better >= energy.labels {
            break;
        }
    }
    (labelling, trace)
}

/// The best labelling in which every pixel keeps its label or takes `alpha`.
///
/// A node on the source's side keeps. Two more nodes for each superpixel stand for its cost being paid in full:
/// min(A, B, γ) = min(A, γ) + min(B, γ) − γ, where A is the cost with α as commonest label and B that with the
/// majority label of now, since at least one of A and B is no less than γ.
fn expand(energy: &Energy, labelling: &[usize], alpha: usize) -> Vec<usize> {
    let pixels = labelling.len();
    let mut graph = Graph::new(pixels + 2 * energy.cliques.len());
    for (pixel, &label) in labelling.iter().enumerate() {
        let costs = &energy.unary[pixel * energy.labels..][..energy.labels];
        graph.add_terminal(pixel, costs[alpha], costs[label]);
    }
    for &(i, j, cost) in &energy.pairs {
        let differing = |a: usize, b: usize| if a == b { 0 } else { cost };
        let (both, first, second) = (
            differing(labelling[i], labelling[j]),
            differing(labelling[i], alpha),
            differing(alpha, labelling[j]),
        );
        // Costs of keeping: `first` for i alone, `second` for j alone, `both` for both.
        graph.add_terminal(i, 0, first);
        graph.add_terminal(j, 0, both - first);
        graph.add_arc(j, i, first + second - both, 0);
    }
    let mut counts = vec![0; energy.labels];
    for (number, clique) in energy.cliques.iter().enumerate() {
        // Kept by A: θ for every pixel that keeps a label other than α.
        let to_alpha = pixels + number;
        graph.add_terminal(to_alpha, 0, clique.most);
        for &pixel in clique.pixels.iter().filter(|&&pixel| labelling[pixel] != alpha) {
            graph.add_arc(pixel, to_alpha, clique.slope, 0);
        }
        // Kept by B: θ for every pixel that already differs from the majority or leaves it.
        if let Some((majority, others)) = clique.majority(labelling, &mut counts)
            && majority != alpha
        {
            let to_majority = to_alpha + energy.cliques.len();
            graph.add_terminal(to_majority, clique.most, clique.slope * others as i64);
            for &pixel in clique.pixels.iter().filter(|&&pixel| labelling[pixel] == majority) {
                graph.add_arc(to_majority, pixel, clique.slope, 0);
            }
        }
    }
    graph.maximise();
    let kept = |(pixel, &label): (usize, &usize)| if graph.on_source_side(pixel) { label } else { alpha };
    labelling.iter().enumerate().map(kept).collect()
}

/// One-hot planes of the labels (C×H×W).
pub(super) fn refine(probabilities: &Planes, photo: &Planes, model: &RobustPn) -> Planes {
    let (labelling, _) = minimise(&Energy::new(probabilities, photo, model));
    let mut planes = Planes::zeros_like(probabilities);
    for (pixel, label) in labelling.into_iter().enumerate() {
        planes.plane_mut(label)[pixel] = 1.0;
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every labelling of `pixels` pixels.
    fn labellings(pixels: usize, labels: usize) -> impl Iterator<Item = Vec<usize>> {
        (0..labels.pow(pixels as u32)).map(move |mut code| {
            let digit = |_| {
                let digit = code % labels;
                code /= labels;
                digit
            };
            (0..pixels).map(digit).collect()
        })
    }

    /// 2×3 pixels, their seven pairs, and two overlapping superpixels of four.
    fn tiny(labels: usize) -> impl Strategy<Value = Energy> {
        let unary = prop::collection::vec(0..40_i64, 6 * labels);
        let pairs = prop::collection::vec(0..15_i64, 7);
        let cliques = prop::collection::vec((1..20_i64, 0..=100_i64), 2);
        (unary, pairs, cliques).prop_map(move |(unary, costs, cliques)| {
            let ends = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)];
            let pixels = [vec![0, 1, 3, 4], vec![1, 2, 4, 5]];
            let clique = |(pixels, (slope, share)): (Vec<usize>, (i64, i64))| Clique {
                pixels,
                slope,
                most: 2 * slope * share / 100,
            };
            Energy {
                labels,
                unary,
                pairs: ends.iter().zip(costs).map(|(&(i, j), cost)| (i, j, cost)).collect(),
                cliques: pixels.into_iter().zip(cliques).map(clique).collect(),
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn the_first_expansion_of_two_labels_finds_the_least_energy(energy in tiny(2)) {
            // From all 0, the expansions of 1 are all labellings.
            let found = energy.of(&expand(&energy, &[0; 6], 1));
            let least = labellings(6, 2).map(|x| energy.of(&x)).min().expect("labellings");
            prop_assert_eq!(found, least);
        }

        #[test]
        fn an_expansion_is_the_best_of_all(energy in tiny(3), start in prop::collection::vec(0..3_usize, 6), alpha in 0..3_usize) {
            let found = energy.of(&expand(&energy, &start, alpha));
            let moves = labellings(6, 2).map(|kept| {
                (0..6).map(|i| if kept[i] == 1 { start[i] } else { alpha }).collect::<Vec<_>>()
            });
            let least = moves.map(|x| energy.of(&x)).min().expect("moves");
            prop_assert_eq!(found, least);
        }

        #[test]
        fn energies_never_rise_and_end_where_no_expansion_helps(energy in tiny(3)) {
            let (labelling, trace) = minimise(&energy);
            prop_assert!(trace.windows(2).all(|pair| pair[1] <= pair[0]), "{:?}", trace);
            let last = energy.of(&labelling);
            prop_assert_eq!(last, trace[trace.len() - 1]);
            for alpha in 0..3 {
                for kept in labellings(6, 2) {
                    let moved: Vec<_> = (0..6).map(|i| if kept[i] == 1 { labelling[i] } else { alpha }).collect();
                    prop_assert!(energy.of(&moved) >= last);
                }
            }
        }
    }
}
