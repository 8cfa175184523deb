//! A bounding volume hierarchy over axis-aligned boxes, built with the binned surface area
//! heuristic (I. Wald, "On fast construction of SAH-based bounding volume hierarchies", 2007).

use glam::Vec3;

/// A half-line; `dir` need not have unit length, distances are in multiples of it.
#[derive(Clone, Copy)]
pub(crate) struct Ray {
    pub origin: Vec3,
    pub dir: Vec3,
}

/// An axis-aligned box.
#[derive(Clone, Copy)]
pub(crate) struct Aabb {
    pub min: Vec3,
    pub max: Vec3,
}

impl Aabb {
    /// The box that holds nothing.
    pub(crate) const EMPTY: Self = Self { min: Vec3::INFINITY, max: Vec3::NEG_INFINITY };

    /// Grows the box to hold `p`.
    pub(crate) fn include(&mut self, p: Vec3) {
        self.min = self.min.min(p);
        self.max = self.max.max(p);
    }

    fn join(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    fn centre(self) -> Vec3 {
        0.5 * (self.min + self.max)
    }

    fn half_area(self) -> f32 {
        let d = (self.max - self.min).max(Vec3::ZERO);
        d.x * d.y + d.y * d.z + d.z * d.x
    }

    /// Where the ray enters, if it does before `t_max`.
    fn entry(&self, origin: Vec3, inverse: Vec3, t_max: f32) -> Option<f32> {
        let a = (self.min - origin) * inverse;
        let b = (self.max - origin) * inverse;
        let near = a.min(b).max_element().max(0.0);
        let far = a.max(b).min_element();
        // The factor covers the rounding of the slab distances.
        (near <= far * 1.000_001 && near < t_max).then_some(near)
    }
}

/// `count == 0`: an inner node with children `first` and `first + 1`;
/// otherwise a leaf over the primitives `first..first + count`.
struct Node {
    bounds: Aabb,
    first: u32,
    count: u32,
}

/// The hierarchy; it knows primitives by their place in the order that building it makes.
pub(crate) struct Bvh {
    nodes: Vec<Node>,
}

const BINS: usize = 12;
const LEAF: usize = 3;

impl Bvh {
    /// Builds the hierarchy over primitives with these `boxes` and sorts them by its leaves, so
    /// that neighbours in space are neighbours in memory.
    pub(crate) fn build<T: Clone>(primitives: &mut Vec<T>, boxes: &[Aabb]) -> Self {
        assert_eq!(primitives.len(), boxes.len(), "one box for each primitive");
        let mut order: Vec<u32> = (0..boxes.len() as u32).collect();
        let mut nodes = vec![Node { bounds: Aabb::EMPTY, first: 0, count: order.len() as u32 }];
        let mut open = vec![0usize];
        while let Some(at) = open.pop() {
            let (first, count) = (nodes[at].first as usize, nodes[at].count as usize);
            let members = &mut order[first..first + count];
            nodes[at].bounds = bounds_of(members, boxes);
            if count <= LEAF {
                continue;
            }
            let left = split(members, boxes);
            let child = nodes.len();
            for (start, n) in [(first, left), (first + left, count - left)] {
                nodes.push(Node { bounds: Aabb::EMPTY, first: start as u32, count: n as u32 });
            }
            nodes[at].first = child as u32;
            nodes[at].count = 0;
            open.extend([child, child + 1]);
        }
        *primitives = order.iter().map(|&i| primitives[i as usize].clone()).collect();
        Self { nodes }
    }

    /// The box around everything.
    pub(crate) fn bounds(&self) -> Aabb {
        self.nodes[0].bounds
    }

    /// Offers `visit` the primitives along the ray, near boxes first. `visit(index, t_max)`
    /// answers a hit's distance, which becomes the new `t_max`; a negative one ends the walk.
    pub(crate) fn walk(&self, ray: &Ray, mut t_max: f32, mut visit: impl FnMut(u32, f32) -> Option<f32>) {
        let inverse = ray.dir.recip();
        let mut stack = [(0u32, 0.0f32); 64];
        let mut depth = 0;
        let Some(entry) = self.nodes[0].bounds.entry(ray.origin, inverse, t_max) else {
            return;
        };
        let mut current = (0u32, entry);
        loop {
            let node = &self.nodes[current.0 as usize];
            let mut next = None;
            if current.1 < t_max {
                if node.count > 0 {
                    for index in node.first..node.first + node.count {
                        if let Some(t) = visit(index, t_max) {
                            t_max = t;
                            if t < 0.0 {
                                return;
                            }
                        }
                    }
                } else {
                    let enter = |k: u32| {
                        let bounds = &self.nodes[(node.first + k) as usize].bounds;
                        bounds.entry(ray.origin, inverse, t_max).map(|t| (node.first + k, t))
                    };
                    next = match (enter(0), enter(1)) {
                        (Some(a), Some(b)) => {
                            let (near, far) = if a.1 <= b.1 { (a, b) } else { (b, a) };
                            stack[depth] = far;
                            depth += 1;
                            Some(near)
                        }
                        (a, b) => a.or(b),
                    };
                }
            }
            current = match next {
                Some(node) => node,
                None if depth == 0 => return,
                None => {
                    depth -= 1;
                    stack[depth]
                }
            };
        }
    }
}

fn bounds_of(members: &[u32], boxes: &[Aabb]) -> Aabb {
    members.iter().fold(Aabb::EMPTY, |sum, &i| sum.join(boxes[i as usize]))
}

/// Reorders `members` into two groups and answers the size of the first.
fn split(members: &mut [u32], boxes: &[Aabb]) -> usize {
    let mut centres = Aabb::EMPTY;
    for &i in members.iter() {
        centres.include(boxes[i as usize].centre());
    }
    let extent = centres.max - centres.min;
    let axis = (0..3).max_by(|&a, &b| extent[a].total_cmp(&extent[b])).expect("three axes");
    let half = members.len() / 2;
    if extent[axis] <= 0.0 {
        return half;
    }
    let bin = |i: u32| {
        let u = (boxes[i as usize].centre()[axis] - centres.min[axis]) / extent[axis];
        ((u * BINS as f32) as usize).min(BINS - 1)
    };
    let mut bins = [(Aabb::EMPTY, 0usize); BINS];
    for &i in members.iter() {
        let slot = &mut bins[bin(i)];
        slot.0 = slot.0.join(boxes[i as usize]);
        slot.1 += 1;
    }
    let cost = |side: &[(Aabb, usize)]| {
        let (area, n) = side.iter().fold((Aabb::EMPTY, 0), |(a, n), b| (a.join(b.0), n + b.1));
        area.half_area() * n as f32
    };
    let cut = (1..BINS)
        .min_by(|&a, &b| {
            let price = |k: usize| cost(&bins[..k]) + cost(&bins[k..]);
            price(a).total_cmp(&price(b))
        })
        .expect("more than one bin");
    let mut left = 0;
    for at in 0..members.len() {
        if bin(members[at]) < cut {
            members.swap(at, left);
            left += 1;
        }
    }
    // Unbalanced cuts would deepen the tree beyond the traversal stack.
    if left * 64 < members.len() || (members.len() - left) * 64 < members.len() {
        members.select_nth_unstable_by(half, |&a, &b| {
            let key = |i: u32| boxes[i as usize].centre()[axis];
            key(a).total_cmp(&key(b)).then(a.cmp(&b))
        });
        return half;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Rng;

    #[test]
    fn walk_finds_the_nearest_box_that_brute_force_finds() {
        let mut rng = Rng::new(3);
        let mut boxes: Vec<Aabb> = (0..500)
            .map(|_| {
                let c = rng.sphere() * rng.range(1.0, 20.0);
                Aabb { min: c - 0.3, max: c + 0.3 }
            })
            .collect();
        let given = boxes.clone();
        let bvh = Bvh::build(&mut boxes, &given);
        let mut hits = 0;
        for _ in 0..300 {
            let (origin, aim) = (rng.sphere() * 25.0, rng.sphere() * 15.0 * rng.unit());
            let ray = Ray { origin, dir: (aim - origin).normalize() };
            let inverse = ray.dir.recip();
            let entry = |i: u32, t: f32| boxes[i as usize].entry(ray.origin, inverse, t);
            let mut found = f32::INFINITY;
            bvh.walk(&ray, f32::INFINITY, |i, t| entry(i, t).inspect(|&t| found = t));
            let brute = (0..500).filter_map(|i| entry(i, f32::INFINITY)).fold(f32::INFINITY, f32::min);
            assert_eq!(found, brute);
            hits += usize::from(brute.is_finite());
        }
        assert!(hits > 20, "too few rays hit to prove anything: {hits}");
    }
}
