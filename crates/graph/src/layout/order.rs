//! The order of the vertices in a layer, so that few edges cross.

use super::layers::{Layered, Neighbour};
use super::shape::measure;

/// The vertices of each layer from top to bottom: of all orders that were tried, the one with the
/// fewest crossings.
pub(super) fn ordered(graph: &Layered) -> Vec<Vec<usize>> {
    let mut ranks = graph.layers.clone();
    let mut places = vec![0; graph.layer_of.len()];
    for rank in &ranks {
        number(rank, &mut places);
    }
    let mut best = (crossings(graph, &ranks, &places), ranks.clone());
    for _ in 0..graph.sweeps() {
        if best.0 == 0 {
            break;
        }
        for rank in &mut ranks {
            sort(rank, &graph.before, &mut places);
        }
        for rank in ranks.iter_mut().rev() {
            sort(rank, &graph.behind, &mut places);
        }
        swap_neighbours(graph, &mut ranks, &mut places);
        let crossings = crossings(graph, &ranks, &places);
        // A sweep can make the order worse, so keep the best one, not the last.
        if crossings < best.0 {
            best = (crossings, ranks.clone());
        }
    }
    best.1
}

fn number(rank: &[usize], places: &mut [usize]) {
    for (place, vertex) in rank.iter().enumerate() {
        places[*vertex] = place;
    }
}

/// Sorts a layer by the mean place of each vertex's neighbours on one side; a vertex with none stays.
fn sort(rank: &mut [usize], neighbours: &[Vec<Neighbour>], places: &mut [usize]) {
    let mean = |vertex: usize| match neighbours[vertex].as_slice() {
        [] => measure(places[vertex]),
        neighbours => {
            let sum: usize = neighbours.iter().map(|next| places[next.vertex]).sum();
            measure(sum) / measure(neighbours.len())
        }
    };
    let mut keyed: Vec<(f64, usize)> = rank.iter().map(|vertex| (mean(*vertex), *vertex)).collect();
    // The sort is stable: vertices with equal means keep their order, so a picture does not change by chance.
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (slot, (_, vertex)) in rank.iter_mut().zip(keyed) {
        *slot = vertex;
    }
    number(rank, places);
}

/// Swaps two neighbours if fewer edges cross then.
fn swap_neighbours(graph: &Layered, ranks: &mut [Vec<usize>], places: &mut [usize]) {
    for rank in ranks {
        for upper in 1..rank.len() {
            let (a, b) = (rank[upper - 1], rank[upper]);
            let (as_is, swapped) = pair_crossings(graph, a, b, places);
            if swapped < as_is {
                rank.swap(upper - 1, upper);
                // `rank` goes by place, but `places` by vertex.
                places.swap(a, b);
            }
        }
    }
}

/// Counts how often the edges of two neighbours cross, as they stand and swapped. Vertices with very many
/// edges stay as they are, as the time grows with the pairs of edges.
fn pair_crossings(graph: &Layered, a: usize, b: usize, places: &[usize]) -> (usize, usize) {
    const MANY: usize = 32;
    let (mut as_is, mut swapped) = (0, 0);
    for side in [&graph.before, &graph.behind] {
        if side[a].len() > MANY || side[b].len() > MANY {
            return (0, 0);
        }
        for upper in &side[a] {
            for lower in &side[b] {
                let (upper, lower) = (places[upper.vertex], places[lower.vertex]);
                as_is += usize::from(upper > lower);
                swapped += usize::from(upper < lower);
            }
        }
    }
    (as_is, swapped)
}

/// Counts the pairs of edges that cross.
fn crossings(graph: &Layered, ranks: &[Vec<usize>], places: &[usize]) -> usize {
    let mut total = 0;
    for (rank, next) in ranks.iter().zip(ranks.iter().skip(1)) {
        // Edges from top to bottom: each crosses those before it that end further down.
        let mut seen = Counts::new(next.len());
        for vertex in rank {
            let ends = graph.behind[*vertex].iter().map(|next| places[next.vertex]);
            let mut ends: Vec<usize> = ends.collect();
            ends.sort_unstable();
            total += ends.iter().map(|end| seen.above(*end)).sum::<usize>();
            // Only now: edges of the same vertex do not cross each other.
            for end in ends {
                seen.add(end);
            }
        }
    }
    total
}

/// How many of each number there are, as a binary indexed tree.
struct Counts {
    tree: Vec<usize>,
    all: usize,
}

impl Counts {
    fn new(numbers: usize) -> Self {
        Self {
            tree: vec![0; numbers + 1],
            all: 0,
        }
    }

    fn add(&mut self, number: usize) {
        self.all += 1;
        let mut place = number + 1;
        while place < self.tree.len() {
            self.tree[place] += 1;
            // The lowest bit that is set leads to the next node that counts this number.
            place += place & place.wrapping_neg();
        }
    }

    /// Counts those that are greater than a number.
    fn above(&self, number: usize) -> usize {
        let mut place = number + 1;
        let mut up_to = 0;
        while place > 0 {
            up_to += self.tree[place];
            place -= place & place.wrapping_neg();
        }
        self.all - up_to
    }
}
