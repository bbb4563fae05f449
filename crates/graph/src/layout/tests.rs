use super::{Layout, Link, Piece, Point, Route, Size, layout};

/// Numbers that look random, and are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Some boxes and links; of every kind, the more the more links: cycles, loops, doubles, many parts.
fn graph(seed: u64) -> (Vec<Size>, Vec<Link>) {
    let mut numbers = Numbers(seed);
    let boxes = numbers.below(40);
    let mut side = |least: f64| least + 2.0 * super::shape::measure(numbers.below(60));
    let sizes: Vec<Size> = (0..boxes)
        .map(|_| Size {
            width: side(60.0),
            height: side(30.0),
        })
        .collect();
    let count = if boxes == 0 {
        0
    } else {
        numbers.below(2 * boxes)
    };
    let link = |_| Link {
        from: numbers.below(boxes),
        to: numbers.below(boxes),
        is_minor: numbers.below(4) == 0,
    };
    (sizes, (0..count).map(link).collect())
}

fn links(pairs: &[(usize, usize)]) -> Vec<Link> {
    let link = |(from, to): &(usize, usize)| Link {
        from: *from,
        to: *to,
        is_minor: false,
    };
    pairs.iter().map(link).collect()
}

fn boxes(count: usize) -> Vec<Size> {
    vec![
        Size {
            width: 100.0,
            height: 40.0
        };
        count
    ]
}

/// Points along a route, a few of each piece, with those between which it bends.
fn points(route: &Route) -> Vec<Point> {
    let mut points = vec![route.start];
    for piece in &route.pieces {
        let from = *points.last().unwrap();
        let (a, b, end) = match *piece {
            Piece::Line(end) => (from, end, end),
            Piece::Curve(a, b, end) => (a, b, end),
        };
        for step in 1..=20_u8 {
            let t = f64::from(step) / 20.0;
            let mix = |from: f64, a: f64, b: f64, end: f64| {
                let u = 1.0 - t;
                u * u * u * from + 3.0 * u * u * t * a + 3.0 * u * t * t * b + t * t * t * end
            };
            points.push(Point {
                x: mix(from.x, a.x, b.x, end.x),
                y: mix(from.y, a.y, b.y, end.y),
            });
        }
    }
    points
}

#[track_caller]
fn check(sizes: &[Size], links: &[Link]) -> Layout {
    let drawing = layout(sizes, links);
    assert_eq!(drawing, layout(sizes, links), "it is the same every time");
    assert_eq!(
        (drawing.corners.len(), drawing.routes.len()),
        (sizes.len(), links.len())
    );
    let frames: Vec<(Point, Size)> = drawing
        .corners
        .iter()
        .copied()
        .zip(sizes.iter().copied())
        .collect();
    for (place, (corner, size)) in frames.iter().enumerate() {
        assert!(
            corner.x >= 0.0 && corner.x + size.width <= drawing.size.width,
            "{place}"
        );
        assert!(
            corner.y >= 0.0 && corner.y + size.height <= drawing.size.height,
            "{place}"
        );
        for (other, other_size) in &frames[..place] {
            let beside = corner.x + size.width < other.x || other.x + other_size.width < corner.x;
            let below = corner.y + size.height < other.y || other.y + other_size.height < corner.y;
            assert!(beside || below, "boxes overlap: {corner:?} {other:?}");
        }
    }
    for (link, route) in links.iter().zip(&drawing.routes) {
        let ((from, from_size), (to, to_size)) = (frames[link.from], frames[link.to]);
        let start = Point {
            x: from.x + from_size.width,
            y: from.y + from_size.height / 2.0,
        };
        let end = Point {
            x: to.x,
            y: to.y + to_size.height / 2.0,
        };
        assert_eq!((route.start, route.end()), (start, end), "{link:?}");
        for point in points(route) {
            // The sum that a curve is leaves the least inaccuracy.
            let inside = |value: f64, most: f64| (-1e-6..=most + 1e-6).contains(&value);
            let is_inside =
                inside(point.x, drawing.size.width) && inside(point.y, drawing.size.height);
            assert!(is_inside, "{link:?}: {point:?}");
            for (corner, size) in &frames {
                let within_width =
                    point.x > corner.x + 0.1 && point.x < corner.x + size.width - 0.1;
                let within_height = point.y > corner.y && point.y < corner.y + size.height;
                assert!(
                    !(within_width && within_height),
                    "{link:?} runs through a box"
                );
            }
        }
    }
    drawing
}

#[test]
fn boxes_stand_apart_and_edges_run_between_them() {
    for seed in 0..300 {
        let (sizes, links) = graph(seed);
        check(&sizes, &links);
    }
}

#[test]
fn nothing_is_an_empty_drawing() {
    let drawing = check(&[], &[]);
    assert_eq!(
        drawing.size,
        Size {
            width: 0.0,
            height: 0.0
        }
    );
}

#[test]
fn a_chain_is_a_straight_line() {
    let drawing = check(&boxes(4), &links(&[(0, 1), (1, 2), (2, 3)]));
    assert!(
        drawing.corners.iter().all(|corner| corner.y == 0.0),
        "{drawing:?}"
    );
    assert!(
        drawing.corners.is_sorted_by(|a, b| a.x < b.x),
        "{drawing:?}"
    );
    assert!(
        drawing.routes.iter().all(|route| route.pieces.len() == 1),
        "{drawing:?}"
    );
}

#[test]
fn what_is_minor_does_not_bend_the_main_line() {
    let mut links = links(&[(0, 2), (1, 2), (2, 3)]);
    links[1].is_minor = true;
    let drawing = check(&boxes(4), &links);
    let heights: Vec<f64> = drawing.corners.iter().map(|corner| corner.y).collect();
    assert_eq!(heights, [0.0, 60.0, 0.0, 0.0]);
}

#[test]
fn a_source_stands_beside_what_it_starts() {
    let drawing = check(&boxes(4), &links(&[(0, 1), (1, 2), (3, 2)]));
    let nearer = drawing.corners[3].x - drawing.corners[1].x;
    assert!(nearer.abs() < 1.0, "{drawing:?}");
}

#[test]
fn what_closes_a_cycle_runs_below() {
    let drawing = check(&boxes(3), &links(&[(0, 1), (1, 2), (2, 0), (1, 1)]));
    assert!(
        drawing.corners.iter().all(|corner| corner.y == 0.0),
        "{drawing:?}"
    );
    let lowest = |route: &Route| {
        points(route)
            .iter()
            .map(|point| point.y)
            .fold(0.0, f64::max)
    };
    let lowest: Vec<f64> = drawing.routes.iter().map(lowest).collect();
    assert!(lowest[0] <= 40.0 && lowest[1] <= 40.0, "{lowest:?}");
    assert!(40.0 < lowest[3] && lowest[3] < lowest[2], "{lowest:?}");
}

#[test]
fn edges_that_need_not_cross_do_not() {
    // Two rows whose links are given crosswise.
    let drawing = check(&boxes(6), &links(&[(0, 4), (1, 3), (2, 5), (4, 5), (3, 2)]));
    assert!(drawing.size.height <= 2.0 * 40.0 + 40.0, "{drawing:?}");
}

#[test]
fn many_small_parts_fill_several_columns() {
    let pairs: Vec<(usize, usize)> = (0..30).map(|part| (2 * part, 2 * part + 1)).collect();
    let drawing = check(&boxes(60), &links(&pairs));
    let Size { width, height } = drawing.size;
    assert!(height < width && width < 3.0 * height, "{width} × {height}");
}

#[test]
fn a_thousand_jobs_and_their_events() {
    let mut pairs = Vec::new();
    for job in 0..1_000 {
        pairs.push((job / 3 + 1_000, job));
        pairs.push((job, (job + 1) % 1_000 + 1_000));
    }
    let drawing = layout(&boxes(2_000), &links(&pairs));
    assert_eq!(drawing.routes.len(), 2_000);
}
