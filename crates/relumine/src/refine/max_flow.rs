//! Minimum cuts of graphs with two terminals.
//!
//! Source: Y. Boykov, V. Kolmogorov, "An Experimental Comparison of Min-Cut/Max-Flow Algorithms for Energy
//! Minimization in Vision", PAMI 2004: two search trees, one from each terminal, grow until they meet; the path
//! is augmented; nodes that lose their parent are adopted by another or set free. Marks of time and distance keep
//! the search for a new parent short, as in section 3.2.3 of V. Kolmogorov's thesis, 2003.
//!
//! Capacities are integers, so that a cut is exactly minimal. Time O(E V² C) at worst, near linear on grids;
//! the general graph libraries' algorithms visit every node for each augmenting path, which a photo has too many of.

use std::collections::VecDeque;

use crate::Result;
use crate::watch::CancelToken;

const NONE: u32 = u32::MAX;
/// Parent of a node that hangs on its terminal.
const TERMINAL: u32 = u32::MAX - 1;

/// Which terminal's search tree a node is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tree {
    Free,
    Source,
    Sink,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    first_arc: u32,
    /// The arc from this node to its parent, [`TERMINAL`] or [`NONE`].
    parent: u32,
    tree: Tree,
    /// When `distance` was last known to be right.
    time: u32,
    /// Arcs to the terminal.
    distance: u32,
    /// Residual capacity from the source if positive, to the sink if negative.
    terminal: i64,
    queued: bool,
}

/// An arc and, at the neighbouring index (`arc ^ 1`), its reverse.
#[derive(Clone, Copy, Debug)]
struct Arc {
    head: u32,
    next: u32,
    residual: i64,
}

/// A graph with source and sink; every node starts without arcs.
#[derive(Debug)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    arcs: Vec<Arc>,
    active: VecDeque<u32>,
    orphans: VecDeque<u32>,
    time: u32,
    flow: i64,
}

impl Graph {
    pub(super) fn new(nodes: usize) -> Self {
        assert!(nodes < TERMINAL as usize, "fewer than 2^32 - 2 nodes");
        let node = Node {
            first_arc: NONE,
            parent: NONE,
            tree: Tree::Free,
            time: 0,
            distance: 0,
            terminal: 0,
            queued: false,
        };
        Self {
            nodes: vec![node; nodes],
            arcs: Vec::new(),
            active: VecDeque::new(),
            orphans: VecDeque::new(),
            time: 0,
            flow: 0,
        }
    }

    /// Adds capacity from the source to `node` and from `node` to the sink; either may be negative, which adds
    /// the same constant to every cut (and to the flow) as it takes from the other side.
    pub(super) fn add_terminal(&mut self, node: usize, from_source: i64, to_sink: i64) {
        let terminal = &mut self.nodes[node].terminal;
        let (source, sink) = ((*terminal).max(0) + from_source, (-*terminal).max(0) + to_sink);
        self.flow += source.min(sink);
        *terminal = source - sink;
    }

    /// Adds an arc from `tail` to `head`, neither capacity negative.
    pub(super) fn add_arc(&mut self, tail: usize, head: usize, capacity: i64, reverse: i64) {
        assert!(capacity >= 0 && reverse >= 0, "capacities are not negative");
        let index = self.arcs.len() as u32;
        for (arc, (from, to, residual)) in (index..).zip([(tail, head, capacity), (head, tail, reverse)]) {
            let next = std::mem::replace(&mut self.nodes[from].first_arc, arc);
            self.arcs.push(Arc { head: to as u32, next, residual });
        }
    }

    /// The greatest flow, which is the capacity of the least cut.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), polled at each node and at each path.
    pub(super) fn maximise(&mut self, token: &CancelToken) -> Result<i64> {
        for node in 0..self.nodes.len() as u32 {
            let Node { tree, parent, distance, terminal, .. } = &mut self.nodes[node as usize];
            if *terminal != 0 {
                *tree = if *terminal > 0 { Tree::Source } else { Tree::Sink };
                (*parent, *distance) = (TERMINAL, 1);
                self.activate(node);
            }
        }
        while let Some(node) = self.active.pop_front() {
            token.check()?;
            self.nodes[node as usize].queued = false;
            // A node is done only once no path is left through it.
            while let Some(bridge) = self.grow(node) {
                token.check()?;
                self.augment(bridge);
                self.time += 1;
                self.adopt();
            }
        }
        Ok(self.flow)
    }

    /// Whether `node` is on the source's side of the least cut; nodes that neither terminal reaches are not.
    pub(super) fn on_source_side(&self, node: usize) -> bool {
        self.nodes[node].tree == Tree::Source
    }

    fn activate(&mut self, node: u32) {
        let queued = &mut self.nodes[node as usize].queued;
        if !*queued {
            *queued = true;
            self.active.push_back(node);
        }
    }

    /// Arcs out of a node, by the heads of the lists.
    fn arcs_of(&self, node: u32) -> impl Iterator<Item = u32> {
        let first = self.nodes[node as usize].first_arc;
        std::iter::successors((first != NONE).then_some(first), |&arc| {
            let next = self.arcs[arc as usize].next;
            (next != NONE).then_some(next)
        })
    }

    /// Residual capacity of `arc`, which leaves a node of `tree`, in the direction in which that tree's flow runs.
    fn outward(&self, arc: u32, tree: Tree) -> i64 {
        let arc = if tree == Tree::Source { arc } else { arc ^ 1 };
        self.arcs[arc as usize].residual
    }

    /// Takes free neighbours into the tree of `node`; the arc from the source's tree to the sink's if one is met.
    fn grow(&mut self, node: u32) -> Option<u32> {
        let Node { tree, time, distance, first_arc, .. } = self.nodes[node as usize];
        if tree == Tree::Free {
            return None;
        }
        let mut arc = first_arc;
        while arc != NONE {
            let Arc { head, next, .. } = self.arcs[arc as usize];
            if self.outward(arc, tree) > 0 {
                let other = &mut self.nodes[head as usize];
                if other.tree == Tree::Free {
                    (other.tree, other.parent) = (tree, arc ^ 1);
                    (other.time, other.distance) = (time, distance + 1);
                    self.activate(head);
                } else if other.tree != tree {
                    return Some(if tree == Tree::Source { arc } else { arc ^ 1 });
                } else if other.time <= time && other.distance > distance + 1 {
                    (other.parent, other.time, other.distance) = (arc ^ 1, time, distance + 1);
                }
            }
            arc = next;
        }
        None
    }

    /// Sends as much as fits through `bridge`, from the source's tree to the sink's.
    fn augment(&mut self, bridge: u32) {
        let ends = [(self.arcs[bridge as usize ^ 1].head, 1), (self.arcs[bridge as usize].head, 0)];
        let mut least = self.arcs[bridge as usize].residual;
        for (end, against) in ends {
            let mut node = end;
            while let arc @ 0..TERMINAL = self.nodes[node as usize].parent {
                least = least.min(self.arcs[(arc ^ against) as usize].residual);
                node = self.arcs[arc as usize].head;
            }
            least = least.min(self.nodes[node as usize].terminal.abs());
        }
        self.push(bridge, least);
        for (end, against) in ends {
            let mut node = end;
            while let arc @ 0..TERMINAL = self.nodes[node as usize].parent {
                self.push(arc ^ against, least);
                if self.arcs[(arc ^ against) as usize].residual == 0 {
                    self.orphan(node);
                }
                node = self.arcs[arc as usize].head;
            }
            let terminal = &mut self.nodes[node as usize].terminal;
            *terminal -= terminal.signum() * least;
            if *terminal == 0 {
                self.orphan(node);
            }
        }
        self.flow += least;
    }

    fn push(&mut self, arc: u32, amount: i64) {
        self.arcs[arc as usize].residual -= amount;
        self.arcs[arc as usize ^ 1].residual += amount;
    }

    fn orphan(&mut self, node: u32) {
        self.nodes[node as usize].parent = NONE;
        self.orphans.push_back(node);
    }

    /// Finds a new parent for every orphan, or sets it free.
    fn adopt(&mut self) {
        while let Some(node) = self.orphans.pop_front() {
            let tree = self.nodes[node as usize].tree;
            let parents = self.arcs_of(node).filter(|&arc| self.outward(arc ^ 1, tree) > 0);
            let candidates: Vec<_> = parents
                .filter(|&arc| self.nodes[self.arcs[arc as usize].head as usize].tree == tree)
                .collect();
            let mut best: Option<(u32, u32)> = None;
            for arc in candidates {
                let parent = self.arcs[arc as usize].head;
                if let Some(distance) = self.distance_to_terminal(parent)
                    && best.is_none_or(|(least, _)| distance < least)
                {
                    best = Some((distance, arc));
                }
            }
            let time = self.time;
            let orphan = &mut self.nodes[node as usize];
            if let Some((distance, arc)) = best {
                (orphan.parent, orphan.time, orphan.distance) = (arc, time, distance + 1);
            } else {
                orphan.tree = Tree::Free;
                self.set_free(node, tree);
            }
        }
    }

    /// Tells the neighbours of `node`, which has left `tree`: its children are orphans, and those that could reach
    /// it must look at it again.
    fn set_free(&mut self, node: u32, tree: Tree) {
        let mut arc = self.nodes[node as usize].first_arc;
        while arc != NONE {
            let Arc { head, next, .. } = self.arcs[arc as usize];
            let neighbour = self.nodes[head as usize];
            if neighbour.tree == tree {
                if self.outward(arc ^ 1, tree) > 0 {
                    self.activate(head);
                }
                if neighbour.parent == arc ^ 1 {
                    self.orphan(head);
                }
            }
            arc = next;
        }
    }

    /// Arcs from `node` to its terminal, if it still hangs on one; marks the way as checked at this time.
    fn distance_to_terminal(&mut self, node: u32) -> Option<u32> {
        let mut steps = 0;
        let mut at = node;
        let known = loop {
            let Node { time, distance, parent, .. } = self.nodes[at as usize];
            if time == self.time && parent != NONE {
                break distance;
            }
            match parent {
                TERMINAL => break 1,
                NONE => return None,
                arc => at = self.arcs[arc as usize].head,
            }
            steps += 1;
        };
        let mut at = node;
        for distance in (known..=known + steps).rev() {
            let current = &mut self.nodes[at as usize];
            (current.time, current.distance) = (self.time, distance);
            if let arc @ 0..TERMINAL = current.parent {
                at = self.arcs[arc as usize].head;
            }
        }
        Some(known + steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The least cut, by trying every one.
    fn least_cut(nodes: usize, terminals: &[(i64, i64)], arcs: &[(usize, usize, i64, i64)]) -> i64 {
        let capacity = |side: usize| {
            let on_source = |node: usize| side >> node & 1 == 1;
            let ends = terminals.iter().enumerate();
            let ends: i64 = ends.map(|(node, &(s, t))| if on_source(node) { t } else { s }).sum();
            let crossed = arcs.iter().map(|&(a, b, forth, back)| match (on_source(a), on_source(b)) {
                (true, false) => forth,
                (false, true) => back,
                _ => 0,
            });
            ends + crossed.sum::<i64>()
        };
        (0..1 << nodes).map(capacity).min().expect("at least one cut")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn flow_and_cut_are_those_of_trying_every_cut(
            terminals in prop::collection::vec((0..20_i64, 0..20_i64), 8),
            arcs in prop::collection::vec((0..8_usize, 0..8_usize, 0..12_i64, 0..12_i64), 0..24),
        ) {
            let mut graph = Graph::new(8);
            for (node, &(source, sink)) in terminals.iter().enumerate() {
                graph.add_terminal(node, source, sink);
            }
            for &(tail, head, capacity, reverse) in &arcs {
                graph.add_arc(tail, head, capacity, reverse);
            }
            let flow = graph.maximise(&CancelToken::new()).unwrap();
            prop_assert_eq!(flow, least_cut(8, &terminals, &arcs));
            let side = |node: usize| graph.on_source_side(node);
            let ends = terminals.iter().enumerate();
            let cut: i64 = ends.map(|(node, &(s, t))| if side(node) { t } else { s }).sum::<i64>()
                + arcs.iter().filter(|a| side(a.0) && !side(a.1)).map(|a| a.2).sum::<i64>()
                + arcs.iter().filter(|a| side(a.1) && !side(a.0)).map(|a| a.3).sum::<i64>();
            prop_assert_eq!(cut, flow);
        }
    }

    #[test]
    fn a_long_grid_is_cut_at_its_weakest_column() {
        let (height, width) = (40, 60);
        let mut graph = Graph::new(height * width);
        for row in 0..height {
            graph.add_terminal(row * width, 1_000, 0);
            graph.add_terminal(row * width + width - 1, 0, 1_000);
            for column in 0..width - 1 {
                let node = row * width + column;
                let capacity = if column == 23 { 3 } else { 5 + (node % 7) as i64 };
                graph.add_arc(node, node + 1, capacity, capacity);
                if row + 1 < height {
                    graph.add_arc(node, node + width, 4, 4);
                }
            }
        }
        assert_eq!(graph.maximise(&CancelToken::new()).unwrap(), 3 * height as i64);
        assert!(graph.on_source_side(23) && !graph.on_source_side(24));
    }
}
