//! Where boxes and arrows go: a layered drawing from left to right, after Sugiyama.
//!
//! Each connected part is drawn on its own, and the parts are packed into columns. The steps in a part:
//!
//! 1. `layers` sets edges that close a cycle aside. Every other edge leads to a later layer; the longest
//!    path to a box gives its layer. An edge that passes layers gets a place of its own in each, so that it
//!    never runs through a box.
//! 2. `order` sorts each layer by barycentres.
//! 3. `place` finds the heights by isotonic regression towards the neighbours.
//! 4. `route` draws the curves, and the edges that were set aside along the lower side.
//!
//! All of it but the sorting is linear in the size of the drawing.
//!
//! Crates that were considered instead: `rust-sugiyama` 0.4 returns the places of boxes and no routes of
//! edges, `layout-rs` 0.1 draws in a style of its own, and `dagre` 0.1 is a young port with a network
//! simplex that is too slow for large pipelines.

mod layers;
mod order;
mod place;
mod route;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use shape::{Layout, Link, Piece, Point, Route, Size};

/// The distance between two parts of the drawing.
const BETWEEN_PARTS: f64 = 36.0;
/// The wanted ratio of width to height for a drawing of many parts.
const ASPECT: f64 = 1.5;

/// Draws boxes of the given sizes with edges between them.
pub(crate) fn layout(sizes: &[Size], links: &[Link]) -> Layout {
    let parts = parts(sizes, links);
    let origins = pack(&parts);
    let mut layout = Layout {
        size: Size {
            width: 0.0,
            height: 0.0,
        },
        corners: vec![Point { x: 0.0, y: 0.0 }; sizes.len()],
        routes: vec![
            Route {
                start: Point { x: 0.0, y: 0.0 },
                pieces: Vec::new()
            };
            links.len()
        ],
    };
    for (part, origin) in parts.into_iter().zip(origins) {
        layout.size.width = layout.size.width.max(origin.x + part.drawing.size.width);
        layout.size.height = layout.size.height.max(origin.y + part.drawing.size.height);
        for (node, corner) in part.nodes.into_iter().zip(part.drawing.corners) {
            layout.corners[node] = corner.moved(origin);
        }
        for (link, route) in part.links.into_iter().zip(part.drawing.routes) {
            layout.routes[link] = route.moved(origin);
        }
    }
    layout
}

/// A connected part: its boxes and links by their places in the whole, and its own drawing.
struct Part {
    nodes: Vec<usize>,
    links: Vec<usize>,
    drawing: Layout,
}

/// The connected parts, in the order of their first boxes.
fn parts(sizes: &[Size], links: &[Link]) -> Vec<Part> {
    let mut neighbours = vec![Vec::new(); sizes.len()];
    for link in links {
        neighbours[link.from].push(link.to);
        neighbours[link.to].push(link.from);
    }
    let mut part_of = vec![usize::MAX; sizes.len()];
    let mut members: Vec<Vec<usize>> = Vec::new();
    for first in 0..sizes.len() {
        if part_of[first] != usize::MAX {
            continue;
        }
        let number = members.len();
        part_of[first] = number;
        let mut nodes = vec![first];
        let mut next = 0;
        // `nodes` is also the queue: those from `next` on have not been visited.
        while let Some(node) = nodes.get(next).copied() {
            next += 1;
            for neighbour in &neighbours[node] {
                if part_of[*neighbour] == usize::MAX {
                    part_of[*neighbour] = number;
                    nodes.push(*neighbour);
                }
            }
        }
        // In the order of the whole drawing, whichever way the walk took.
        nodes.sort_unstable();
        members.push(nodes);
    }
    let mut links_of = vec![Vec::new(); members.len()];
    for (place, link) in links.iter().enumerate() {
        // Both ends of a link are in one part.
        links_of[part_of[link.from]].push(place);
    }
    let mut local = vec![0; sizes.len()];
    for nodes in &members {
        for (place, node) in nodes.iter().enumerate() {
            local[*node] = place;
        }
    }
    let draw = |(nodes, part_links): (Vec<usize>, Vec<usize>)| {
        let sizes: Vec<Size> = nodes.iter().map(|node| sizes[*node]).collect();
        let links = part_links.iter().map(|place| {
            let link = links[*place];
            Link {
                from: local[link.from],
                to: local[link.to],
                ..link
            }
        });
        let drawing = draw(&sizes, &links.collect::<Vec<_>>());
        Part {
            nodes,
            links: part_links,
            drawing,
        }
    };
    members.into_iter().zip(links_of).map(draw).collect()
}

/// Draws one connected part.
fn draw(sizes: &[Size], links: &[Link]) -> Layout {
    let graph = layers::layered(sizes, links);
    let ranks = order::ordered(&graph);
    let heights = place::heights(&graph, &ranks);
    route::routed(sizes, links, &graph, &ranks, &heights)
}

/// Puts the parts below each other, and begins a new column when the last one is high enough.
fn pack(parts: &[Part]) -> Vec<Point> {
    let sizes = || parts.iter().map(|part| part.drawing.size);
    let area: f64 = sizes()
        .map(|size| (size.width + BETWEEN_PARTS) * (size.height + BETWEEN_PARTS))
        .sum();
    // No column may be lower than the highest part, which would fit into none.
    let most = sizes().fold((area / ASPECT).sqrt(), |most, size| most.max(size.height));
    let mut corner = Point { x: 0.0, y: 0.0 };
    let mut width: f64 = 0.0;
    let mut origins = Vec::new();
    for size in sizes() {
        if corner.y > 0.0 && corner.y + size.height > most {
            corner = Point {
                x: corner.x + width + BETWEEN_PARTS,
                y: 0.0,
            };
            width = 0.0;
        }
        origins.push(corner);
        corner.y += size.height + BETWEEN_PARTS;
        width = width.max(size.width);
    }
    origins
}
