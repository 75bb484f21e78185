//! A **binner** is a categorical that finds the bin of a value quickly.

use wide::{CmpGe, f32x8, i32x8};

use crate::features::categorical::{Bins, Categorical};

/// Counts from here on are looked for among the edges.
const MOST_COUNTED: usize = 512;
/// No categorical has more edges.
const MOST_EDGES: usize = 16;

/// The bins of one categorical.
#[derive(Clone, Debug)]
pub struct Binner {
    /// The bin of each small count.
    counts: Vec<u8>,
    /// The edges, and infinity after them.
    edges: [f32; MOST_EDGES],
    edge_count: usize,
}

impl Binner {
    /// The bins of `categorical`.
    pub fn new(categorical: &Categorical) -> Self {
        let edges = match categorical.bins {
            Bins::Edges(edges) => edges,
            Bins::Names(_) => &[],
        };
        let counted = edges.iter().rev().find(|&&edge| edge < MOST_COUNTED as f32);
        let most = counted.map_or(0, |&edge| edge.ceil().max(0.0) as usize);
        let most = match categorical.bins {
            Bins::Edges(_) => most,
            Bins::Names(names) => names.len(),
        };
        let mut padded = [f32::INFINITY; MOST_EDGES];
        padded[..edges.len()].copy_from_slice(edges);
        Self {
            counts: (0..=most)
                .map(|count| categorical.bin(count as f32))
                .collect(),
            edges: padded,
            edge_count: edges.len(),
        }
    }

    /// The bin of a count.
    pub fn count(&self, count: usize) -> u8 {
        match self.counts.get(count) {
            Some(&bin) => bin,
            None => self.share(count as f32),
        }
    }

    /// The bins of many values.
    pub fn shares(&self, values: &[f32], bins: &mut [u8]) {
        for (values, bins) in values.chunks(8).zip(bins.chunks_mut(8)) {
            let mut lanes = [0.0; 8];
            lanes[..values.len()].copy_from_slice(values);
            let lanes = f32x8::new(lanes);
            let mut passed = i32x8::ZERO;
            for &edge in &self.edges[..self.edge_count] {
                // Where it holds, all bits are set: -1.
                passed -= bytemuck::cast::<_, i32x8>(lanes.cmp_ge(f32x8::splat(edge)));
            }
            for (bin, passed) in bins.iter_mut().zip(passed.to_array()) {
                *bin = passed as u8;
            }
        }
    }

    /// The bin of a value.
    pub fn share(&self, value: f32) -> u8 {
        let passed = self.edges.iter().map(|&edge| u8::from(value >= edge));
        passed.sum()
    }
}
