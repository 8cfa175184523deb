//! Gaussian filtering over points with many coordinates, by the permutohedral lattice.
//!
//! Source: A. Adams, J. Baek, M. A. Davis, "Fast High-Dimensional Filtering Using the Permutohedral Lattice",
//! Eurographics 2010. Each point lies in a simplex of `V = d + 1` lattice vertices; values are *splatted* onto
//! these with barycentric weights, *blurred* along the `d + 1` axes of the lattice, and *sliced* back.
//!
//! Shapes: `N` points of `d` coordinates, each already divided by the standard deviation wanted along it; values
//! and vertex tables are rows of `blocks` [`Block`]s, so that eight channels at a time fill a vector register.
//! A table has one row more than there are vertices: the last stays zero and stands for every vertex that no
//! point touches.
//!
//! Differs from the paper: vertices are numbered in the order in which the points first touch them, which makes
//! the result independent of the hash function and keeps neighbouring pixels' vertices near each other.

use multiversion::multiversion;
use rustc_hash::FxHashMap;

/// How many channels are filtered side by side.
pub(super) const LANES: usize = 8;

/// Eight channels of one point or vertex.
pub(super) type Block = [f32; LANES];

/// Blocks that hold `channels` channels.
pub(super) fn blocks_for(channels: usize) -> usize {
    channels.div_ceil(LANES)
}

/// One vertex of the simplex around a point, with the point's barycentric weight at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Corner {
    vertex: u32,
    weight: f32,
}

/// The lattice under a fixed set of points, with `V = d + 1` corners to a simplex.
#[derive(Debug)]
pub(super) struct Lattice<const V: usize> {
    corners: Vec<[Corner; V]>,
    /// For each axis in turn, the two neighbours of every vertex along it.
    neighbours: Vec<Vec<[u32; 2]>>,
}

impl<const V: usize> Lattice<V> {
    /// Builds the lattice under `points`, rows of `V - 1` coordinates in units of standard deviations.
    pub(super) fn new(points: &[f32]) -> Self {
        let dimensions = V - 1;
        assert_eq!(points.len() % dimensions, 0, "points of {dimensions} coordinates");
        let mut vertices = FxHashMap::<[i32; V], u32>::default();
        let mut keys = Vec::new();
        let mut corners: Vec<[Corner; V]> = Vec::with_capacity(points.len() / dimensions);
        let scale = elevation_scale::<V>();
        let mut last: Option<([i32; V], [u32; V], [u32; V])> = None;
        for point in points.chunks_exact(dimensions) {
            let simplex = Simplex::around(point, &scale);
            // Neighbouring pixels are mostly in the same simplex: its vertices need not be looked up again.
            let here: [u32; V] = match last {
                Some((origin, rank, here)) if origin == simplex.origin && rank == simplex.rank => here,
                _ => std::array::from_fn(|corner| {
                    let key = simplex.corner(corner);
                    *vertices.entry(key).or_insert_with(|| {
                        keys.push(key);
                        vertex_number(keys.len() - 1)
                    })
                }),
            };
            last = Some((simplex.origin, simplex.rank, here));
            corners.push(std::array::from_fn(|corner| Corner {
                vertex: here[corner],
                weight: simplex.weights[corner],
            }));
        }
        let neighbours = (0..V).map(|axis| neighbours_along(axis, &keys, &vertices)).collect();
        Self { corners, neighbours }
    }

    /// Points under which the lattice lies.
    pub(super) fn points(&self) -> usize {
        self.corners.len()
    }

    /// Vertices that any point touches.
    pub(super) fn vertices(&self) -> usize {
        self.neighbours[0].len()
    }

    /// The simplex of each point.
    pub(super) fn corners(&self) -> &[[Corner; V]] {
        &self.corners
    }

    /// A table of zeros with `blocks` blocks to a vertex.
    pub(super) fn table(&self, blocks: usize) -> Vec<Block> {
        vec![[0.0; LANES]; (self.vertices() + 1) * blocks]
    }

    /// Multiplies point `i` by `factors[i]` on its way in and on its way out: K becomes D K D.
    pub(super) fn scale_points(&mut self, factors: &[f32]) {
        assert_eq!(factors.len(), self.points(), "one factor a point");
        for (corners, factor) in self.corners.iter_mut().zip(factors) {
            for corner in corners {
                corner.weight *= factor;
            }
        }
    }

    /// Blurs `table` along every axis with the weights 1/4, 1/2, 1/4; `scratch` has the size of `table`.
    pub(super) fn blur(&self, table: &mut Vec<Block>, scratch: &mut Vec<Block>) {
        assert_eq!(table.len(), scratch.len(), "tables of one size");
        let blocks = table.len() / (self.vertices() + 1);
        for neighbours in &self.neighbours {
            blur_axis(neighbours, table, scratch, blocks);
            std::mem::swap(table, scratch);
        }
    }

    /// Filters `values`, rows of `blocks` blocks, one a point.
    pub(super) fn filter(&self, values: &[Block], blocks: usize) -> Vec<Block> {
        assert_eq!(values.len(), self.points() * blocks, "one row of values a point");
        let mut table = self.table(blocks);
        let mut scratch = self.table(blocks);
        for (corners, row) in self.corners.iter().zip(values.chunks_exact(blocks)) {
            for (block, value) in row.iter().enumerate() {
                splat(corners, &mut table, blocks, block, value);
            }
        }
        self.blur(&mut table, &mut scratch);
        let mut filtered = Vec::with_capacity(values.len());
        for corners in &self.corners {
            filtered.extend((0..blocks).map(|block| slice(corners, &table, blocks, block)));
        }
        filtered
    }

    /// What each point gives to itself: the diagonal of the filter, as if every vertex of the lattice existed.
    pub(super) fn self_response(&self) -> Vec<f32> {
        let response = corner_response::<V>();
        let of_point = |corners: &[Corner; V]| {
            let pairs = corners.iter().enumerate().flat_map(|(i, a)| {
                corners.iter().enumerate().map(move |(j, b)| a.weight * b.weight * response[i.abs_diff(j)])
            });
            pairs.sum()
        };
        self.corners.iter().map(of_point).collect()
    }
}

/// Adds `value` to block `block` of the vertices around a point.
#[inline(always)]
pub(super) fn splat<const V: usize>(
    corners: &[Corner; V],
    table: &mut [Block],
    blocks: usize,
    block: usize,
    value: &Block,
) {
    for corner in corners {
        let vertex = &mut table[corner.vertex as usize * blocks + block];
        for (sum, value) in vertex.iter_mut().zip(value) {
            *sum += corner.weight * value;
        }
    }
}

/// Block `block` of the table at a point, interpolated from the vertices around it.
#[inline(always)]
pub(super) fn slice<const V: usize>(
    corners: &[Corner; V],
    table: &[Block],
    blocks: usize,
    block: usize,
) -> Block {
    let mut sum = [0.0; LANES];
    for corner in corners {
        let vertex = &table[corner.vertex as usize * blocks + block];
        for (sum, value) in sum.iter_mut().zip(vertex) {
            *sum += corner.weight * value;
        }
    }
    sum
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn blur_axis(neighbours: &[[u32; 2]], table: &[Block], blurred: &mut [Block], blocks: usize) {
    let rows = table.chunks_exact(blocks).zip(blurred.chunks_exact_mut(blocks));
    for (&[below, above], (row, blurred)) in neighbours.iter().zip(rows) {
        let below = &table[below as usize * blocks..][..blocks];
        let above = &table[above as usize * blocks..][..blocks];
        for (((out, here), below), above) in blurred.iter_mut().zip(row).zip(below).zip(above) {
            for lane in 0..LANES {
                out[lane] = 0.5 * here[lane] + 0.25 * (below[lane] + above[lane]);
            }
        }
    }
}

fn vertex_number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 lattice vertices")
}

/// The two neighbours of every vertex along `axis`; the row after the last stands for those that do not exist.
fn neighbours_along<const V: usize>(
    axis: usize,
    keys: &[[i32; V]],
    vertices: &FxHashMap<[i32; V], u32>,
) -> Vec<[u32; 2]> {
    let nobody = vertex_number(keys.len());
    let mut neighbours = vec![[nobody; 2]; keys.len()];
    for (vertex, key) in keys.iter().enumerate() {
        let mut above = key.map(|coordinate| coordinate + 1);
        above[axis] -= V as i32;
        if let Some(&above) = vertices.get(&above) {
            neighbours[vertex][1] = above;
            neighbours[above as usize][0] = vertex_number(vertex);
        }
    }
    neighbours
}

/// Factors that take coordinates onto the hyperplane of the lattice so that splatting, blurring and slicing
/// together have unit variance (section 3.1 of the paper).
fn elevation_scale<const V: usize>() -> [f32; V] {
    let unit_variance = V as f64 * (2.0_f64 / 3.0).sqrt();
    std::array::from_fn(|i| (unit_variance / (((i + 1) * (i + 2)) as f64).sqrt()) as f32)
}

/// The simplex around one point.
struct Simplex<const V: usize> {
    /// The vertex of remainder 0, all of whose coordinates are multiples of `V`.
    origin: [i32; V],
    /// Place of each coordinate in the order of falling distance from `origin`.
    rank: [u32; V],
    /// Barycentric weight of each corner.
    weights: [f32; V],
}

impl<const V: usize> Simplex<V> {
    #[inline]
    fn around(point: &[f32], scale: &[f32; V]) -> Self {
        let mut elevated = [0.0_f32; V];
        let mut sum = 0.0;
        for i in (1..V).rev() {
            let scaled = point[i - 1] * scale[i - 1];
            elevated[i] = sum - i as f32 * scaled;
            sum += scaled;
        }
        elevated[0] = sum;

        let side = V as f32;
        let mut origin = elevated.map(|coordinate| (coordinate / side).round_ties_even() as i32);
        let excess: i32 = origin.iter().sum();
        origin = origin.map(|multiple| multiple * V as i32);

        let mut rank = [0_i32; V];
        let offset: [f32; V] = std::array::from_fn(|i| elevated[i] - origin[i] as f32);
        for i in 0..V {
            for j in i + 1..V {
                let behind = offset[i] < offset[j];
                rank[i] += i32::from(behind);
                rank[j] += i32::from(!behind);
            }
        }
        // Rounding may have left the hyperplane: the coordinates that it moved the most go back.
        for i in 0..V {
            rank[i] += excess;
            if rank[i] < 0 {
                rank[i] += V as i32;
                origin[i] += V as i32;
            } else if rank[i] >= V as i32 {
                rank[i] -= V as i32;
                origin[i] -= V as i32;
            }
        }
        let rank = rank.map(|rank| rank as u32);

        let mut weights = [0.0; V];
        weights[0] = 1.0;
        for i in 0..V {
            let delta = (elevated[i] - origin[i] as f32) / side;
            let corner = V - 1 - rank[i] as usize;
            weights[corner] += delta;
            weights[(corner + 1) % V] -= delta;
        }
        Self { origin, rank, weights }
    }

    /// Coordinates of the corner of remainder `corner`.
    fn corner(&self, corner: usize) -> [i32; V] {
        std::array::from_fn(|i| {
            let wraps = self.rank[i] as usize + corner >= V;
            self.origin[i] + corner as i32 - if wraps { V as i32 } else { 0 }
        })
    }
}

/// What the blur carries between two corners of one simplex, by the difference of their remainders.
///
/// A step along axis `j` adds 1 to every coordinate but `j`, from which it takes `d`; two corners whose remainders
/// differ by `k` are `k` such steps apart, along different axes. As the steps along all axes together lead back,
/// a path is the vector of steps −1, 0 or 1 along each, and two paths have one end where they differ by one
/// constant vector.
fn corner_response<const V: usize>() -> [f32; V] {
    std::array::from_fn(|remainder| {
        let weight_of = |steps: i32| match steps {
            0 => 0.5_f32,
            -1 | 1 => 0.25,
            _ => 0.0,
        };
        let paths = (-2..=2).map(|round| {
            weight_of(1 + round).powi(remainder as i32) * weight_of(round).powi((V - remainder) as i32)
        });
        paths.sum()
    })
}
