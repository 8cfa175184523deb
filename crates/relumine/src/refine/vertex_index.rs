//! Numbers for the vertices of a permutohedral lattice ([`super::permutohedral`]), by a hash table made for them.
//!
//! The coordinates of a vertex are packed into one integer by a linear map, so that a step on the lattice is one
//! addition; general hash tables spend several times as long on the millions of look-ups of a photo.

pub(super) fn vertex_number(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 lattice vertices")
}

/// Bits of a packed key for each coordinate of a vertex; five fit, the last of six follows from the others.
const FIELD: usize = 25;

/// A vertex as one number: Σ coordinateᵢ · 2^(25 i) over all coordinates but the last, in wrapping arithmetic.
pub(super) type Key = u128;

/// The unit of coordinate `axis` in a packed key.
pub(super) const fn unit<const V: usize>(axis: usize) -> Key {
    assert!((V - 1) * FIELD <= Key::BITS as usize, "a lattice whose vertices fit in a key");
    if axis == V - 1 { 0 } else { 1 << (FIELD * axis) }
}

/// A step along `axis`: 1 more in every coordinate, except for `V - 1` less in that of the axis.
pub(super) fn step<const V: usize>(axis: usize) -> Key {
    let ones = (0..V).map(unit::<V>).sum::<Key>();
    ones.wrapping_sub(unit::<V>(axis).wrapping_mul(V as Key))
}

/// Numbers of the vertices, by open addressing with linear probing, at most half full.
#[derive(Debug)]
pub(super) struct VertexIndex {
    keys: Vec<Key>,
    /// A power of two of slots: numbers of vertices, or [`EMPTY`].
    slots: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

impl VertexIndex {
    pub(super) fn new() -> Self {
        Self { keys: Vec::new(), slots: vec![EMPTY; 1 << 12] }
    }

    /// The vertices, in the order of their numbers.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The slot that holds `key`, or the empty one where it belongs.
    #[inline(always)]
    fn slot_of(&self, key: Key) -> usize {
        let mixed = (key as u64 ^ (key >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut slot = (mixed >> (u64::BITS - self.slots.len().trailing_zeros())) as usize;
        while self.slots[slot] != EMPTY && self.keys[self.slots[slot] as usize] != key {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        slot
    }

    pub(super) fn find(&self, key: Key) -> Option<u32> {
        let found = self.slots[self.slot_of(key)];
        (found != EMPTY).then_some(found)
    }

    /// The number of `key`, the next free one if it is new.
    #[inline(always)]
    pub(super) fn number(&mut self, key: Key) -> u32 {
        let slot = self.slot_of(key);
        if self.slots[slot] == EMPTY { self.insert(slot, key) } else { self.slots[slot] }
    }

    #[cold]
    fn insert(&mut self, slot: usize, key: Key) -> u32 {
        let number = vertex_number(self.keys.len());
        self.slots[slot] = number;
        self.keys.push(key);
        if self.keys.len() * 2 > self.slots.len() {
            self.slots = vec![EMPTY; self.slots.len() * 2];
            for number in 0..self.keys.len() {
                let slot = self.slot_of(self.keys[number]);
                self.slots[slot] = vertex_number(number);
            }
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_first_touch_and_are_found_again() {
        let keys: Vec<Key> = (0..20_000).map(|i| step::<6>(i % 6).wrapping_mul(i as Key / 6 + 1)).collect();
        let mut index = VertexIndex::new();
        for (number, &key) in keys.iter().enumerate() {
            assert_eq!(index.find(key), None);
            assert_eq!(index.number(key) as usize, number);
        }
        for (number, &key) in keys.iter().enumerate() {
            assert_eq!(index.number(key) as usize, number);
            assert_eq!(index.find(key), Some(vertex_number(number)));
        }
        assert_eq!(index.keys(), keys);
    }

    #[test]
    fn a_step_along_every_axis_leads_back() {
        let there = (0..6).fold(0, |key: Key, axis| key.wrapping_add(step::<6>(axis)));
        assert_eq!(there, 0);
    }
}
