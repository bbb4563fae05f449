//! Finds the layer of each box.

use super::shape::{Link, Size};

/// A graph in layers: every edge leads from one layer to the next. The first vertices are the boxes;
/// the others are places that edges pass.
pub(super) struct Layered {
    /// The vertices of each layer, in a first order.
    pub(super) layers: Vec<Vec<usize>>,
    /// The layer of each vertex.
    pub(super) layer_of: Vec<usize>,
    /// Heights, by vertex; none for a place that an edge passes.
    pub(super) heights: Vec<Option<f64>>,
    /// What lies before and behind each vertex.
    pub(super) before: Vec<Vec<Neighbour>>,
    pub(super) behind: Vec<Vec<Neighbour>>,
    /// The vertices from box to box, by link; nothing for a link that closes a cycle.
    pub(super) chains: Vec<Option<Vec<usize>>>,
}

/// The other end of an edge.
#[derive(Clone, Copy)]
pub(super) struct Neighbour {
    pub(super) vertex: usize,
    /// How much the edge wants to be straight.
    pub(super) weight: f64,
}

const MINOR: f64 = 1e-6;
const BETWEEN_BOXES: f64 = 1.0;
const BOX_TO_PASS: f64 = 2.0;
const BETWEEN_PASSES: f64 = 8.0;

/// Finds the layers of a connected graph.
pub(super) fn layered(sizes: &[Size], links: &[Link]) -> Layered {
    let closes = closing_links(sizes.len(), links);
    let forward: Vec<Link> = links
        .iter()
        .zip(&closes)
        .filter(|(_, closes)| !**closes)
        .map(|(link, _)| *link)
        .collect();
    let layer_of = longest_paths(sizes.len(), &forward);
    let mut graph = Layered {
        layers: Vec::new(),
        layer_of,
        heights: sizes.iter().map(|size| Some(size.height)).collect(),
        before: vec![Vec::new(); sizes.len()],
        behind: vec![Vec::new(); sizes.len()],
        chains: Vec::new(),
    };
    for (link, closes) in links.iter().zip(closes) {
        let chain = (!closes).then(|| graph.chain(*link));
        graph.chains.push(chain);
    }
    graph.fill_layers(sizes.len());
    graph
}

impl Layered {
    /// Returns how often all layers are visited, there and back: less often if edges pass very many layers.
    pub(super) fn sweeps(&self) -> usize {
        (500_000 / self.layer_of.len().max(1)).clamp(1, 12)
    }

    /// Adds the vertices that a link passes, and its edges.
    fn chain(&mut self, link: Link) -> Vec<usize> {
        let mut chain = vec![link.from];
        for layer in self.layer_of[link.from] + 1..self.layer_of[link.to] {
            // Places come after all boxes, so the number of a box is also its place in the list of sizes.
            chain.push(self.layer_of.len());
            self.layer_of.push(layer);
            self.heights.push(None);
            self.before.push(Vec::new());
            self.behind.push(Vec::new());
        }
        chain.push(link.to);
        for pair in chain.windows(2) {
            let passes = pair
                .iter()
                .filter(|vertex| self.heights[**vertex].is_none());
            // A bend in the middle of a long edge looks worst, so its inner parts pull the most.
            let weight = match passes.count() {
                _ if link.is_minor => MINOR,
                0 => BETWEEN_BOXES,
                1 => BOX_TO_PASS,
                _ => BETWEEN_PASSES,
            };
            self.behind[pair[0]].push(Neighbour {
                vertex: pair[1],
                weight,
            });
            self.before[pair[1]].push(Neighbour {
                vertex: pair[0],
                weight,
            });
        }
        chain
    }

    /// Puts the vertices into their layers, depth first, so that connected boxes are near each other. Boxes
    /// with nothing before them come in two turns, the main line first.
    fn fill_layers(&mut self, boxes: usize) {
        let count = self.layer_of.iter().max().map_or(0, |last| last + 1);
        self.layers = vec![Vec::new(); count];
        let is_minor =
            |vertex: &usize| self.behind[*vertex].iter().all(|next| next.weight <= MINOR);
        let starts = (0..boxes).filter(|vertex| self.before[*vertex].is_empty());
        let (minor, main): (Vec<usize>, Vec<usize>) = starts.partition(is_minor);
        let mut is_known = vec![false; self.layer_of.len()];
        for start in main.into_iter().chain(minor) {
            let mut open = vec![start];
            while let Some(vertex) = open.pop() {
                if std::mem::replace(&mut is_known[vertex], true) {
                    continue;
                }
                self.layers[self.layer_of[vertex]].push(vertex);
                // Reversed, because the stack returns the last one first.
                open.extend(self.behind[vertex].iter().rev().map(|next| next.vertex));
            }
        }
    }
}

/// Finds the links that close a cycle: they lead back to a box from which a depth-first walk came.
fn closing_links(boxes: usize, links: &[Link]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let outgoing = outgoing(boxes, links);
    let mut has_incoming = vec![false; boxes];
    for link in links {
        has_incoming[link.to] = true;
    }
    let (inner, starts): (Vec<usize>, Vec<usize>) =
        (0..boxes).partition(|node| has_incoming[*node]);
    let mut state = vec![State::New; boxes];
    let mut closes = vec![false; links.len()];
    // Boxes that nothing leads to come first: a walk that begins inside a cycle may set the wrong edge aside.
    for start in starts.into_iter().chain(inner) {
        if state[start] != State::New {
            continue;
        }
        state[start] = State::Open;
        // A stack of our own: recursion along a very long chain would overflow the thread's.
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(place) = outgoing[*node].get(*next).copied() else {
                state[*node] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let to = links[place].to;
            match state[to] {
                State::New => {
                    state[to] = State::Open;
                    path.push((to, 0));
                }
                State::Open => closes[place] = true,
                // Two ways to one box are no cycle.
                State::Done => {}
            }
        }
    }
    closes
}

/// The length of the longest path that leads to each box. A box with nothing before it moves to the
/// right, beside what it leads to.
fn longest_paths(boxes: usize, links: &[Link]) -> Vec<usize> {
    let outgoing = outgoing(boxes, links);
    let mut missing = vec![0_usize; boxes];
    for link in links {
        missing[link.to] += 1;
    }
    let starts: Vec<usize> = (0..boxes).filter(|node| missing[*node] == 0).collect();
    let mut layer = vec![0; boxes];
    // The links have no cycle any more, so every box becomes ready.
    let mut ready = starts.clone();
    while let Some(node) = ready.pop() {
        for place in &outgoing[node] {
            let to = links[*place].to;
            layer[to] = layer[to].max(layer[node] + 1);
            missing[to] -= 1;
            if missing[to] == 0 {
                ready.push(to);
            }
        }
    }
    for start in starts {
        let next = outgoing[start].iter().map(|place| layer[links[*place].to]);
        if let Some(next) = next.min() {
            // No underflow: each link leads to a later layer, so `next` is at least 1.
            layer[start] = next - 1;
        }
    }
    layer
}

/// The places of the links that leave each box.
fn outgoing(boxes: usize, links: &[Link]) -> Vec<Vec<usize>> {
    let mut outgoing = vec![Vec::new(); boxes];
    for (place, link) in links.iter().enumerate() {
        outgoing[link.from].push(place);
    }
    outgoing
}
