//! At which height the vertices of a layer stand, so that edges are straight.

use super::layers::{Layered, Neighbour};

/// The distance between two boxes, and between a box and an edge that passes.
const BETWEEN_BOXES: f64 = 20.0;
const BESIDE_PASS: f64 = 16.0;
const BETWEEN_PASSES: f64 = 12.0;
/// Rounds to whole pixels. Many heights end in a half: the smallest inaccuracy must not round two of them apart.
const HALF: f64 = 0.7;
/// The weight with which a vertex without neighbours on a side keeps its place.
const STAYING: f64 = 1e-9;

/// The height of each vertex's middle; the uppermost box begins at 0.
pub(super) fn heights(graph: &Layered, ranks: &[Vec<usize>]) -> Vec<f64> {
    let mut middles = vec![0.0; graph.layer_of.len()];
    for rank in ranks {
        let wanted: Vec<Wish> = rank
            .iter()
            .map(|_| Wish {
                middle: 0.0,
                weight: 1.0,
            })
            .collect();
        settle(graph, rank, &wanted, &mut middles);
    }
    // From left to right last: what a job emits is level with it.
    for _ in 0..graph.sweeps() {
        for rank in ranks.iter().rev() {
            let wanted = wishes(rank, &graph.behind, &middles);
            settle(graph, rank, &wanted, &mut middles);
        }
        for rank in ranks {
            let wanted = wishes(rank, &graph.before, &middles);
            settle(graph, rank, &wanted, &mut middles);
        }
    }
    let top = |vertex: usize| middles[vertex] - graph.heights[vertex].unwrap_or(0.0) / 2.0;
    let top = (0..middles.len()).map(top).fold(f64::INFINITY, f64::min);
    middles
        .iter()
        .map(|middle| (middle - top + HALF).floor())
        .collect()
}

/// The height that a vertex wishes for, and the weight of the wish.
#[derive(Clone, Copy)]
struct Wish {
    middle: f64,
    weight: f64,
}

/// The mean of the neighbours, each with its weight.
fn wishes(rank: &[usize], neighbours: &[Vec<Neighbour>], middles: &[f64]) -> Vec<Wish> {
    let wish = |vertex: &usize| {
        let (mut sum, mut weight) = (middles[*vertex] * STAYING, STAYING);
        for next in &neighbours[*vertex] {
            sum += middles[next.vertex] * next.weight;
            weight += next.weight;
        }
        Wish {
            middle: sum / weight,
            weight,
        }
    };
    rank.iter().map(wish).collect()
}

/// Places a layer as near to the wishes as its order and its distances allow: the least sum of weighted
/// squares, by pooling neighbours whose wishes are too close (isotonic regression).
fn settle(graph: &Layered, rank: &[usize], wanted: &[Wish], middles: &mut [f64]) {
    let mut offsets = Vec::with_capacity(rank.len());
    let mut offset = 0.0;
    for (place, vertex) in rank.iter().enumerate() {
        if let Some(upper) = place.checked_sub(1) {
            offset += distance(graph.heights[rank[upper]], graph.heights[*vertex]);
        }
        offsets.push(offset);
    }
    // Each pool: its wish, and how many vertices are in it.
    let mut pools: Vec<(Wish, usize)> = Vec::new();
    for (wish, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (
            Wish {
                // Without the offsets one rule is left: no vertex is above the one before it.
                middle: wish.middle - offset,
                ..*wish
            },
            1,
        );
        // The joined pool moves, and may then be too close to the next one above.
        while let Some((upper, count)) = pools.pop_if(|(upper, _)| upper.middle > pool.0.middle) {
            let weight = upper.weight + pool.0.weight;
            let sum = upper.middle * upper.weight + pool.0.middle * pool.0.weight;
            pool = (
                Wish {
                    middle: sum / weight,
                    weight,
                },
                count + pool.1,
            );
        }
        pools.push(pool);
    }
    let settled = pools
        .iter()
        .flat_map(|(wish, count)| std::iter::repeat_n(wish.middle, *count));
    for ((vertex, offset), middle) in rank.iter().zip(offsets).zip(settled) {
        middles[*vertex] = middle + offset;
    }
}

/// The distance between the middles of two vertices that stand next to each other.
fn distance(upper: Option<f64>, lower: Option<f64>) -> f64 {
    let free = match (upper, lower) {
        (Some(_), Some(_)) => BETWEEN_BOXES,
        (None, None) => BETWEEN_PASSES,
        _ => BESIDE_PASS,
    };
    f64::midpoint(upper.unwrap_or(0.0), lower.unwrap_or(0.0)) + free
}
