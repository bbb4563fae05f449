//! Rows and even distances in lists of numbers, which are in order and have each number once.

use std::ops::RangeInclusive;

/// The distance that lies between every two neighbours of at least two.
pub(super) fn progression(values: &[u16]) -> Option<u16> {
    let step = values.get(1)? - values[0];
    let is_even = values.windows(2).all(|pair| pair[1] - pair[0] == step);
    is_even.then_some(step)
}

/// The distance of a progression, its first and its last value, on a circle: the first value of `all` comes after the
/// last one, as with the hours 20, 22, 0 and 2.
pub(super) fn round_progression(
    values: &[u16],
    all: &RangeInclusive<u16>,
) -> Option<(u16, u16, u16)> {
    if let ([first, .., last], Some(step)) = (values, progression(values)) {
        return Some((step, *first, *last));
    }
    let size = all.end() - all.start() + 1;
    (1..values.len()).find_map(|start| {
        let (after, before) = values.split_at(start);
        let round: Vec<u16> = after.iter().map(|value| value + size).collect();
        let step = progression(&[before, &round].concat())?;
        Some((step, *before.first()?, *after.last()?))
    })
}

/// The distance between minutes that goes on evenly from one hour to the next.
pub(super) fn even_step(minutes: &[u16]) -> Option<u16> {
    let step = progression(minutes)?;
    (usize::from(step) * minutes.len() == 60).then_some(step)
}

/// The first and the last of every row of successive values.
pub(super) fn runs(values: &[u16]) -> Vec<(u16, u16)> {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *value => *last = *value,
            _ => runs.push((*value, *value)),
        }
    }
    runs
}

/// The rows on a circle. One that goes over the end of `all` comes last, and ends with a smaller value.
pub(super) fn round_runs(values: &[u16], all: &RangeInclusive<u16>) -> Vec<(u16, u16)> {
    let mut runs = runs(values);
    if let [(first, to), .., (_, last)] = runs.as_mut_slice()
        && *first == *all.start()
        && *last == *all.end()
    {
        *last = *to;
        runs.remove(0);
    }
    runs
}

/// The rows of at least three values, and the other values each as its own row: two values read better one by one.
pub(super) fn rows(values: &[u16]) -> Vec<(u16, u16)> {
    let split = |(from, to): (u16, u16)| match to.checked_sub(from) {
        Some(1) => vec![(from, from), (to, to)],
        _ => vec![(from, to)],
    };
    runs(values).into_iter().flat_map(split).collect()
}

/// The rows of at least three values on a circle, as [`round_runs`] has them, and the other values.
pub(super) fn round_rows(values: &[u16], all: &RangeInclusive<u16>) -> Vec<(u16, u16)> {
    match round_runs(values, all).last() {
        // More than the last value and the first one.
        Some((from, to)) if from > to && (from, to) != (all.end(), all.start()) => {
            let (before, round) = (to + 1, from - 1);
            let inner = values
                .iter()
                .filter(|value| (before..=round).contains(value));
            let mut found = rows(&inner.copied().collect::<Vec<u16>>());
            found.push((*from, *to));
            found
        }
        _ => rows(values),
    }
}
