//! Ranges of numbers, several at once: a segment tree over the pieces of the number line that their ends
//! make.

use super::super::scalar::NumericRange;
use super::hits::Effect;

/// Ranges that are still being collected.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<(NumericRange, Effect)>);

/// With `n` ends of ranges there are `2n + 1` pieces: piece `2i` lies below end `i`, piece `2i + 1` is that
/// end itself, and the last lies above all.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    ends: Vec<f64>,
    /// The ends in units of [`cut`], rounded.
    cut_ends: Vec<f64>,
    /// Node `p + pieces` is piece `p`, and node `n` covers nodes `2n` and `2n + 1`.
    tree: Vec<Vec<Effect>>,
}

impl Ranges {
    pub(super) fn push(&mut self, range: NumericRange, effect: Effect) {
        self.0.push((range, effect));
    }

    pub(super) fn build(self) -> Numbers {
        let bounds = |(range, _): &(NumericRange, Effect)| [range.lower, range.upper];
        let ends = self.0.iter().flat_map(bounds).flatten();
        let mut ends: Vec<f64> = ends.map(|(end, _)| end).collect();
        ends.sort_unstable_by(f64::total_cmp);
        ends.dedup_by(|right, left| right <= left);
        let mut numbers = Numbers {
            cut_ends: ends.iter().map(|end| end * CUT_UNITS).collect(),
            tree: vec![Vec::new(); 2 * (2 * ends.len() + 1)],
            ends,
        };
        for (range, effect) in self.0 {
            numbers.insert(&range, effect);
        }
        numbers
    }
}

impl Numbers {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn insert(&mut self, range: &NumericRange, effect: Effect) {
        let pieces = self.tree.len() / 2;
        let first = range.lower.map_or(0, |(end, included)| {
            self.piece(end) + usize::from(!included)
        });
        let behind = range.upper.map_or(pieces, |(end, included)| {
            self.piece(end) + usize::from(included)
        });
        let (mut low, mut high) = (first + pieces, behind + pieces);
        while low < high {
            if low % 2 == 1 {
                self.tree[low].push(effect);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                self.tree[high].push(effect);
            }
            low /= 2;
            high /= 2;
        }
    }

    /// The piece that a number lies in.
    pub(super) fn piece(&self, value: f64) -> usize {
        let place = self.ends.partition_point(|end| *end < value);
        let is_end = self.ends.get(place).is_some_and(|end| *end <= value);
        2 * place + usize::from(is_end)
    }

    /// The piece between two ends that a number lies in for certain, by what [`cut`] has left of it.
    pub(super) fn gap(&self, cut: f64) -> Option<Gap> {
        let place = self.cut_ends.partition_point(|end| *end < cut);
        let below = place.checked_sub(1).map(|place| self.cut_ends[place]);
        let gap = Gap {
            piece: 2 * place,
            above: below.unwrap_or(f64::NEG_INFINITY),
            below: self.cut_ends.get(place).copied().unwrap_or(f64::INFINITY),
        };
        gap.holds(cut).then_some(gap)
    }

    /// Lists the effects of the numbers of a piece.
    pub(super) fn effects(&self, piece: usize) -> impl Iterator<Item = Effect> {
        let leaf = piece + self.tree.len() / 2;
        let nodes = std::iter::successors(Some(leaf), |node| (*node > 1).then_some(node / 2));
        nodes.flat_map(|node| self.tree.get(node).into_iter().flatten().copied())
    }
}

/// A piece between two ends, in units of [`cut`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) piece: usize,
    above: f64,
    below: f64,
}

impl Gap {
    /// Whether a number lies in it for certain.
    pub(super) fn holds(&self, cut: f64) -> bool {
        self.above < cut - 2.0 && cut + 2.0 < self.below
    }
}

/// Places behind the point that [`cut`] keeps.
const CUT_PLACES: usize = 8;

const CUT_UNITS: f64 = 1e8;

/// A number without all behind its eighth decimal place, in units of that place: the value lies less than
/// one unit further from zero. None for numbers with fewer places, or more than seven digits before the
/// point, which are read as they are.
pub(super) fn cut(text: &str, point: usize) -> Option<f64> {
    let bytes = text.as_bytes();
    let negative = bytes.first() == Some(&b'-');
    let whole = bytes.get(usize::from(negative)..point)?;
    if whole.len() > 7 {
        return None;
    }
    let digit = |byte: &u8| f64::from(byte.wrapping_sub(b'0'));
    let whole = whole
        .iter()
        .fold(0.0, |value, byte| value * 10.0 + digit(byte));
    let places = bytes.get(point + 1..)?.first_chunk::<CUT_PLACES>()?;
    let value = whole * CUT_UNITS + f64::from(eight_digits(*places));
    Some(if negative { -value } else { value })
}

/// The value of eight decimal digits: pairs, then fours, then all of them at once.
fn eight_digits(digits: [u8; 8]) -> u32 {
    let ones = u64::from_le_bytes(digits) & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let all = (fours & 0xffff) * 10_000 + (fours >> 32);
    u32::try_from(all).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_less_than_a_unit() {
        for (text, point, wanted) in [
            ("-122.42916360922355", 4, Some(-12_242_916_360.0)),
            ("0.00000001", 1, Some(1.0)),
            ("1234567.999999999", 7, Some(123_456_799_999_999.0)),
            ("12345678.00000000", 8, None),
            ("1.2345678", 1, None),
        ] {
            assert_eq!(cut(text, point), wanted, "{text}");
        }
        assert_eq!(eight_digits(*b"12345678"), 12_345_678);
        assert_eq!(eight_digits(*b"99999999"), 99_999_999);
    }

    #[test]
    fn every_piece_knows_its_ranges() {
        let ends = [-1.5, 0.0, 2.0, 7.25];
        let mut ranges = Ranges::default();
        let mut wanted = Vec::new();
        let bounds = |end: Option<f64>| end.into_iter().flat_map(|end| [(end, true), (end, false)]);
        for lower in ends.map(Some).into_iter().chain([None]) {
            for upper in ends.map(Some).into_iter().chain([None]) {
                for lower in bounds(lower)
                    .map(Some)
                    .chain(lower.is_none().then_some(None))
                {
                    for upper in bounds(upper)
                        .map(Some)
                        .chain(upper.is_none().then_some(None))
                    {
                        let text = String::new();
                        let range = NumericRange { lower, upper, text };
                        ranges.push(range.clone(), Effect::Matches(wanted.len()));
                        wanted.push(range);
                    }
                }
            }
        }
        let numbers = ranges.build();
        for value in [-9.0, -1.5, -1.0, -0.0, 0.0, 1.0, 2.0, 3.0, 7.25, 8.0] {
            let effects = numbers.effects(numbers.piece(value));
            let mut found: Vec<usize> = effects
                .map(|effect| match effect {
                    Effect::Matches(place) | Effect::Excludes(place) => place,
                })
                .collect();
            found.sort_unstable();
            let all = 0..wanted.len();
            let holding: Vec<usize> = all.filter(|place| wanted[*place].contains(value)).collect();
            assert_eq!(found, holding, "{value}");
        }
    }
}
