//! The routes of the edges between boxes that have their places.

use super::layers::Layered;
use super::shape::{Layout, Link, Piece, Point, Route, Size, measure};

/// The least distance between two layers.
const GAP: f64 = 36.0;
/// The most that is added to it if edges climb far.
const CLIMB: f64 = 60.0;
/// The distance between a box and an edge that turns back beside it, and between two such edges.
const TURN: f64 = 20.0;
const TRACK: f64 = 9.0;
/// The distance between the lowest box and an edge that runs back below it.
const LANE: f64 = 18.0;
/// The radius of a turn.
const CORNER: f64 = 9.0;

/// The columns of the drawing.
struct Columns {
    left: Vec<f64>,
    right: Vec<f64>,
    /// The lower end of each column.
    bottom: Vec<f64>,
    /// How many edges were drawn that turn back behind each, and before each.
    behind: Vec<usize>,
    before: Vec<usize>,
}

pub(super) fn routed(
    sizes: &[Size],
    links: &[Link],
    graph: &Layered,
    ranks: &[Vec<usize>],
    middles: &[f64],
) -> Layout {
    let mut columns = columns(sizes, links, graph, ranks, middles);
    let layer = |node: usize| graph.layer_of[node];
    let corner = |node: usize| {
        let (left, right) = (columns.left[layer(node)], columns.right[layer(node)]);
        Point {
            x: (f64::midpoint(left, right) - sizes[node].width / 2.0).round(),
            y: middles[node] - sizes[node].height / 2.0,
        }
    };
    let corners: Vec<Point> = (0..sizes.len()).map(corner).collect();
    let start = |node: usize| Point {
        x: corners[node].x + sizes[node].width,
        y: middles[node],
    };
    let end = |node: usize| Point {
        x: corners[node].x,
        y: middles[node],
    };
    let mut routes: Vec<Option<Route>> = graph
        .chains
        .iter()
        .zip(links)
        .map(|(chain, link)| {
            let chain = chain.as_ref()?;
            Some(forward(
                graph,
                &columns,
                chain,
                middles,
                start(link.from),
                end(link.to),
            ))
        })
        .collect();
    // The short ones first, so that longer ones run around them.
    let mut back: Vec<usize> = (0..links.len())
        .filter(|link| routes[*link].is_none())
        .collect();
    // No underflow: such a link leads to no later layer.
    back.sort_by_key(|place| layer(links[*place].from) - layer(links[*place].to));
    for place in back {
        let link = links[place];
        let ends = (start(link.from), end(link.to));
        let route = backward(&mut columns, layer(link.from), layer(link.to), ends);
        routes[place] = Some(route);
    }
    let bottom = columns.bottom.iter().copied().fold(0.0, f64::max);
    let last = columns.right.len() - 1;
    let margin = turn_room(columns.behind[last]);
    Layout {
        size: Size {
            width: columns.right[last] + margin,
            height: bottom.ceil(),
        },
        corners,
        // Each link has a route by now, so the order is that of the links.
        routes: routes.into_iter().flatten().collect(),
    }
}

fn columns(
    sizes: &[Size],
    links: &[Link],
    graph: &Layered,
    ranks: &[Vec<usize>],
    middles: &[f64],
) -> Columns {
    let count = ranks.len();
    let mut columns = Columns {
        left: Vec::new(),
        right: Vec::new(),
        bottom: Vec::new(),
        behind: vec![0; count],
        before: vec![0; count],
    };
    // How many there will be, for the room that they need.
    let (mut behind, mut before) = (vec![0; count], vec![0; count]);
    for (link, chain) in links.iter().zip(&graph.chains) {
        if chain.is_none() {
            behind[graph.layer_of[link.from]] += 1;
            before[graph.layer_of[link.to]] += 1;
        }
    }
    let mut x = before.first().map_or(0.0, |turns| turn_room(*turns));
    for (layer, rank) in ranks.iter().enumerate() {
        let boxes = || rank.iter().filter_map(|vertex| sizes.get(*vertex));
        let width = boxes().map(|size| size.width).fold(0.0, f64::max);
        let bottoms = rank.iter().map(|vertex| {
            middles[*vertex] + graph.heights[*vertex].map_or(0.0, |height| height / 2.0)
        });
        columns.left.push(x);
        columns.right.push(x + width);
        columns.bottom.push(bottoms.fold(0.0, f64::max));
        let climb = rank.iter().flat_map(|vertex| {
            let ends = graph.behind[*vertex].iter();
            ends.map(|next| (middles[next.vertex] - middles[*vertex]).abs())
        });
        let climb = climb.fold(0.0, f64::max);
        let turns = turn_room(behind[layer]) + before.get(layer + 1).map_or(0.0, |t| turn_room(*t));
        x += (width + GAP + (climb / 6.0).min(CLIMB) + turns).round();
    }
    columns
}

fn turn_room(turns: usize) -> f64 {
    match turns {
        0 => 0.0,
        turns => TURN + measure(turns) * TRACK,
    }
}

/// Draws an edge that leads on: straight through the columns, curved between them.
fn forward(
    graph: &Layered,
    columns: &Columns,
    chain: &[usize],
    middles: &[f64],
    start: Point,
    end: Point,
) -> Route {
    let mut path = Path::from(start);
    for pair in chain.windows(2) {
        let (from, to) = (graph.layer_of[pair[0]], graph.layer_of[pair[1]]);
        path.line(Point {
            x: columns.right[from],
            y: middles[pair[0]],
        });
        path.bend(Point {
            x: columns.left[to],
            y: middles[pair[1]],
        });
    }
    path.line(end);
    path.done()
}

/// Draws an edge that leads back: around the right side, below everything between, around the left side.
fn backward(columns: &mut Columns, from: usize, to: usize, ends: (Point, Point)) -> Route {
    let (start, end) = ends;
    let right = columns.right[from] + TURN + measure(columns.behind[from]) * TRACK;
    let left = columns.left[to] - TURN - measure(columns.before[to]) * TRACK;
    // The next edge that turns here runs outside of this one.
    columns.behind[from] += 1;
    columns.before[to] += 1;
    let lowest = columns.bottom[to..=from]
        .iter()
        .copied()
        .fold(0.0, f64::max);
    let lane = lowest + LANE;
    // Edges that come later are at least as long, and run below this one.
    for bottom in &mut columns.bottom[to..=from] {
        *bottom = lane;
    }
    let mut path = Path::from(start);
    path.line(Point {
        x: right - CORNER,
        y: start.y,
    });
    path.turn(
        Point {
            x: right,
            y: start.y,
        },
        Point {
            x: right,
            y: start.y + CORNER,
        },
    );
    path.line(Point {
        x: right,
        y: lane - CORNER,
    });
    path.turn(
        Point { x: right, y: lane },
        Point {
            x: right - CORNER,
            y: lane,
        },
    );
    path.line(Point {
        x: left + CORNER,
        y: lane,
    });
    path.turn(
        Point { x: left, y: lane },
        Point {
            x: left,
            y: lane - CORNER,
        },
    );
    path.line(Point {
        x: left,
        y: end.y + CORNER,
    });
    path.turn(
        Point { x: left, y: end.y },
        Point {
            x: left + CORNER,
            y: end.y,
        },
    );
    path.line(end);
    path.done()
}

/// A route that is being built: it leaves out pieces of no length, and joins lines of one direction.
struct Path {
    start: Point,
    at: Point,
    pieces: Vec<Piece>,
}

impl From<Point> for Path {
    fn from(start: Point) -> Self {
        Self {
            start,
            at: start,
            pieces: Vec::new(),
        }
    }
}

impl Path {
    fn line(&mut self, to: Point) {
        if self.at == to {
            return;
        }
        // A line that follows a line goes on in its direction.
        match self.pieces.last_mut() {
            Some(Piece::Line(end)) => *end = to,
            _ => self.pieces.push(Piece::Line(to)),
        }
        self.at = to;
    }

    /// Leads from level to level, within the space between two columns.
    fn bend(&mut self, to: Point) {
        let middle = f64::midpoint(self.at.x, to.x);
        let out = Point {
            x: middle,
            y: self.at.y,
        };
        let back = Point { x: middle, y: to.y };
        if out == back {
            self.line(to);
        } else {
            self.pieces.push(Piece::Curve(out, back, to));
            self.at = to;
        }
    }

    /// Around a corner.
    fn turn(&mut self, corner: Point, to: Point) {
        self.pieces.push(Piece::Curve(corner, corner, to));
        self.at = to;
    }

    fn done(self) -> Route {
        Route {
            start: self.start,
            pieces: self.pieces,
        }
    }
}
