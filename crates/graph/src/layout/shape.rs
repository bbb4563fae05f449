//! What a drawing is made of: boxes, links between them, and the routes of links.

/// A place, in pixels from the upper left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// An edge to draw, between boxes by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Whether the edge is not part of the main line, which is kept straight.
    pub(crate) is_minor: bool,
}

/// A piece of an edge, from where the piece before it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Piece {
    Line(Point),
    /// A cubic Bézier curve: two control points and the end.
    Curve(Point, Point, Point),
}

/// An edge as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    pub(crate) start: Point,
    pub(crate) pieces: Vec<Piece>,
}

/// A drawing: where each box has its upper left corner, and how each edge runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    pub(crate) size: Size,
    pub(crate) corners: Vec<Point>,
    pub(crate) routes: Vec<Route>,
}

impl Point {
    pub(super) fn moved(self, by: Self) -> Self {
        Self {
            x: self.x + by.x,
            y: self.y + by.y,
        }
    }
}

impl Route {
    /// The point at which the piece ends.
    #[cfg(test)]
    pub(super) fn end(&self) -> Point {
        match self.pieces.last() {
            Some(Piece::Line(end) | Piece::Curve(_, _, end)) => *end,
            None => self.start,
        }
    }

    pub(super) fn moved(self, by: Point) -> Self {
        let moved = |piece| match piece {
            Piece::Line(end) => Piece::Line(end.moved(by)),
            Piece::Curve(a, b, end) => Piece::Curve(a.moved(by), b.moved(by), end.moved(by)),
        };
        Self {
            start: self.start.moved(by),
            pieces: self.pieces.into_iter().map(moved).collect(),
        }
    }
}

/// A number of things as a measure.
pub(super) fn measure(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
