//! Tests of all rules at one path, arranged so that a value finds those that it matches: the time does
//! not grow with the tests that fail.

use std::collections::BTreeMap;
use std::net::IpAddr;

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

use super::super::ip::{Cidr, Network, address};
use super::super::number;
use super::super::scalar::{NumericRange, Scalar, ScalarRef, ValueTest};
use super::super::text::{CaseFolded, TextTest, Wildcard};
use super::hits::{Effect, FieldId, Found, Hit};
use super::numbers::{Gap, Numbers, Ranges, cut};
use super::runs::Runs;
use crate::json::NumberText;

/// The tests of one path while they are collected.
#[derive(Debug, Default)]
pub(super) struct Values {
    index: ValueIndex,
    ranges: Ranges,
    /// Parts that a string has to hold somewhere, with what it then means.
    parts: Vec<(Vec<u8>, Hit)>,
}

/// A set of values that is ready to be asked.
#[derive(Debug, Default)]
pub(super) struct ValueIndex {
    exists: Vec<FieldId>,
    /// The fields of `anything-but` tests.
    unless: Vec<FieldId>,
    /// `null`, `false` and `true`.
    literals: [Vec<Effect>; 3],
    numbers: Numbers,
    /// Numbers that are only compared as text.
    number_texts: FxHashMap<Box<str>, Vec<Effect>>,
    addresses: FxHashMap<IpAddr, Vec<Effect>>,
    /// By the bits of their mask.
    networks: BTreeMap<u32, FxHashMap<Network, Vec<Effect>>>,
    texts: FxHashMap<Box<str>, Vec<Effect>>,
    prefixes: Runs,
    suffixes: Runs,
    /// Values in lower-case ASCII, for patterns that ignore case.
    lower_prefixes: Runs,
    lower_suffixes: Runs,
    parts: Option<Parts>,
}

/// Tests of a path to which no further value of an event adds anything.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled {
    event: u64,
    /// Numbers of a gap.
    gap: Option<Gap>,
    /// The last event in which the tests that any value may pass have all matched.
    any: u64,
}

impl Settled {
    fn holds(&self, event: u64, cut: f64) -> bool {
        self.event == event && self.gap.is_some_and(|gap| gap.holds(cut))
    }
}

/// So many `anything-but` tests are looked at for every value. With more it is worth knowing that all of them
/// have matched.
const FEW_EXCLUSIONS: usize = 16;

/// Pieces of strings, each with what it means.
#[derive(Debug)]
struct Parts {
    searcher: AhoCorasick,
    hits: Vec<Hit>,
}

impl Values {
    pub(super) fn insert(&mut self, test: &ValueTest, field: FieldId) {
        let effect = Effect::Matches(field);
        match test {
            ValueTest::Exists => self.index.exists.push(field),
            ValueTest::Equals(Scalar::Text(wanted)) => match address(wanted) {
                Some(address) => push(&mut self.index.addresses, address, effect),
                None => self.insert_exactly(wanted, effect),
            },
            ValueTest::Equals(value) => self.insert_value(value, effect),
            ValueTest::Text(test) => self.insert_text(test, effect),
            ValueTest::Numeric(range) => self.ranges.push(range.clone(), effect),
            ValueTest::Cidr(cidr) => self.insert_network(cidr, effect),
            ValueTest::NotEquals(excluded) => {
                let effect = self.unless(field);
                for value in excluded {
                    self.insert_value(value, effect);
                }
            }
            ValueTest::NotText(tests) => {
                let effect = self.unless(field);
                for test in tests {
                    self.insert_text(test, effect);
                }
            }
        }
    }

    fn unless(&mut self, field: FieldId) -> Effect {
        self.index.unless.push(field);
        Effect::Excludes(self.index.unless.len() - 1)
    }

    fn insert_value(&mut self, value: &Scalar, effect: Effect) {
        match value {
            Scalar::Null => self.index.literals[0].push(effect),
            Scalar::Bool(value) => self.index.literals[1 + usize::from(*value)].push(effect),
            Scalar::Text(text) => self.insert_exactly(text, effect),
            Scalar::Number(number) => match number.value() {
                Some(value) => {
                    let end = Some((value, true));
                    let (lower, upper, text) = (end, end, String::new());
                    let range = NumericRange { lower, upper, text };
                    self.ranges.push(range, effect);
                }
                None => push(&mut self.index.number_texts, number.text().into(), effect),
            },
        }
    }

    fn insert_network(&mut self, cidr: &Cidr, effect: Effect) {
        let networks = self.index.networks.entry(cidr.mask()).or_default();
        push(networks, cidr.network(), effect);
    }

    fn insert_exactly(&mut self, text: &str, effect: Effect) {
        push(&mut self.index.texts, text.into(), effect);
    }

    fn insert_text(&mut self, test: &TextTest, effect: Effect) {
        let hit = Hit {
            effect,
            check: None,
        };
        let checked = || Hit {
            effect,
            check: Some(Box::new(test.clone())),
        };
        let index = &mut self.index;
        match test {
            TextTest::Exactly(wanted) => self.insert_exactly(wanted, effect),
            TextTest::Prefix(wanted) => index.prefixes.begins(wanted.bytes(), hit),
            TextTest::Suffix(wanted) => index.suffixes.begins(wanted.bytes().rev(), hit),
            TextTest::EqualsIgnoringCase(wanted) => match wanted.ascii() {
                Some(wanted) => index.lower_prefixes.equals(lower(wanted.as_bytes()), hit),
                None => {
                    for start in starts(wanted) {
                        index
                            .lower_prefixes
                            .begins(lower(start.as_bytes()), checked());
                    }
                }
            },
            TextTest::PrefixIgnoringCase(wanted) => match wanted.ascii() {
                Some(wanted) => index.lower_prefixes.begins(lower(wanted.as_bytes()), hit),
                None => {
                    for start in starts(wanted) {
                        index
                            .lower_prefixes
                            .begins(lower(start.as_bytes()), checked());
                    }
                }
            },
            TextTest::SuffixIgnoringCase(wanted) => match wanted.ascii() {
                Some(wanted) => index
                    .lower_suffixes
                    .begins(lower(wanted.as_bytes()).rev(), hit),
                None => {
                    for end in ends(wanted) {
                        index
                            .lower_suffixes
                            .begins(lower(end.as_bytes()).rev(), checked());
                    }
                }
            },
            TextTest::Wildcard(wanted) => self.insert_wildcard(wanted, hit, checked()),
        }
    }

    /// Looks a wildcard up by the longest of its parts that has to stand at an end, and otherwise by the longest
    /// of all. Only one that is no more than its start or its end is `certain`.
    fn insert_wildcard(&mut self, wanted: &Wildcard, certain: Hit, checked: Hit) {
        let index = &mut self.index;
        let parts = wanted.parts();
        let [first, middle @ .., last] = parts else {
            // Without a star it is a plain text.
            let whole = parts.concat();
            let text = String::from_utf8_lossy(&whole);
            return self.insert_exactly(&text, certain.effect);
        };
        let one_end = middle.is_empty() && (first.is_empty() || last.is_empty());
        if first.is_empty() && last.is_empty() {
            let longest = middle.iter().max_by_key(|part| part.len());
            if let Some(longest) = longest {
                return self.parts.push((longest.clone(), checked));
            }
        }
        let hit = if one_end { certain } else { checked };
        if first.len() >= last.len() {
            index.prefixes.begins(first.iter().copied(), hit);
        } else {
            index.suffixes.begins(last.iter().rev().copied(), hit);
        }
    }

    pub(super) fn build(self) -> ValueIndex {
        let mut index = self.index;
        index.numbers = self.ranges.build();
        let (parts, hits): (Vec<_>, Vec<_>) = self.parts.into_iter().unzip();
        if parts.is_empty() {
            return index;
        }
        match AhoCorasick::new(&parts) {
            Ok(searcher) => index.parts = Some(Parts { searcher, hits }),
            // Without the searcher each string is checked against all of them: slower, and still right.
            Err(_too_large) => {
                for hit in hits {
                    index.prefixes.begins(std::iter::empty(), hit);
                }
            }
        }
        index
    }
}

impl ValueIndex {
    /// How many marks of a value are needed: for `anything-but` tests, and for parts of wildcards.
    pub(super) fn marks(&self) -> usize {
        self.unless.len() + self.parts.as_ref().map_or(0, |parts| parts.hits.len())
    }

    /// Adds every field that `null`, `false` or `true` matches.
    pub(super) fn find_literal(
        &self,
        value: ScalarRef<'_>,
        settled: &mut Settled,
        found: &mut Found<'_>,
    ) {
        let place = match value {
            ScalarRef::Bool(value) => 1 + usize::from(value),
            _ => 0,
        };
        found.apply_all(&self.literals[place]);
        self.find_any(settled, found);
    }

    /// Adds every field that a string matches.
    pub(super) fn find_text(&self, text: &str, settled: &mut Settled, found: &mut Found<'_>) {
        if let Some(effects) = self.texts.get(text) {
            found.apply_all(effects);
        }
        let bytes = || text.bytes();
        self.prefixes.find(bytes(), |hit| found.hit(hit, text));
        self.suffixes
            .find(bytes().rev(), |hit| found.hit(hit, text));
        let lower = || lower(text.as_bytes());
        self.lower_prefixes
            .find(lower(), |hit| found.hit(hit, text));
        self.lower_suffixes
            .find(lower().rev(), |hit| found.hit(hit, text));
        if let Some(parts) = &self.parts {
            for part in parts.searcher.find_overlapping_iter(text) {
                let part = part.pattern().as_usize();
                found.hit_once(self.unless.len() + part, &parts.hits[part], text);
            }
        }
        self.find_address(text, found);
        self.find_any(settled, found);
    }

    fn find_address(&self, text: &str, found: &mut Found<'_>) {
        if self.addresses.is_empty() && self.networks.is_empty() {
            return;
        }
        let Some(address) = address(text) else {
            return;
        };
        if let Some(effects) = self.addresses.get(&address) {
            found.apply_all(effects);
        }
        for (mask, networks) in &self.networks {
            if let Some(effects) = networks.get(&Network::of(address, *mask)) {
                found.apply_all(effects);
            }
        }
    }

    /// Adds every field that a number matches. Its value, and whether it can be compared at all, take the
    /// most time, and are looked at only if they decide.
    #[expect(
        clippy::inline_always,
        reason = "as a call of its own it costs three per cent of matching numbers"
    )]
    #[inline(always)]
    pub(super) fn find_number(
        &self,
        number: NumberText<'_>,
        settled: &mut Settled,
        found: &mut Found<'_>,
    ) {
        let cut = number.point.and_then(|point| cut(number.text, point));
        if let Some(cut) = cut
            && settled.holds(found.event, cut)
        {
            return;
        }
        let gap = cut.and_then(|cut| self.numbers.gap(cut));
        let piece = gap.map(|gap| gap.piece).or_else(|| {
            let value = number.text.parse();
            let value = value.ok().filter(|_| !self.numbers.is_empty())?;
            Some(self.numbers.piece(value))
        });
        let comparable = self.find_in_piece(piece, number.text, found);
        if let Some(effects) = self.number_texts.get(number.text) {
            found.apply_all(effects);
        }
        self.find_any(settled, found);
        if let Some(gap) = gap
            && comparable
            && self.number_texts.is_empty()
        {
            settled.event = found.event;
            settled.gap = Some(gap);
        }
    }

    /// Adds what the numbers of a piece match, if this one can be compared, or if that changes nothing:
    /// else the answer is no.
    fn find_in_piece(&self, piece: Option<usize>, text: &str, found: &mut Found<'_>) -> bool {
        let effects = || {
            piece
                .into_iter()
                .flat_map(|piece| self.numbers.effects(piece))
        };
        if !effects().any(|effect| found.is_new(effect)) {
            return true;
        }
        if number::comparable(text).is_none() {
            return false;
        }
        effects().for_each(|effect| found.apply(effect));
        true
    }

    fn find_any(&self, settled: &mut Settled, found: &mut Found<'_>) {
        self.exists.iter().for_each(|field| found.add(*field));
        if self.unless.len() <= FEW_EXCLUSIONS {
            found.add_unless_excluded(&self.unless);
        } else if settled.any != found.event {
            found.add_unless_excluded(&self.unless);
            if found.has_all(&self.unless) {
                settled.any = found.event;
            }
        }
    }
}

fn push<K: Eq + std::hash::Hash>(map: &mut FxHashMap<K, Vec<Effect>>, key: K, effect: Effect) {
    map.entry(key).or_default().push(effect);
}

fn lower(bytes: &[u8]) -> impl DoubleEndedIterator<Item = u8> {
    bytes.iter().map(u8::to_ascii_lowercase)
}

/// Returns what a string begins with if it begins with these letters in any case: their ASCII start, or the forms
/// of the first.
fn starts(wanted: &CaseFolded) -> Vec<String> {
    let run: Vec<&str> = ascii_run(wanted.letters().iter());
    run_or_forms(&run, wanted.letters().first())
}

/// Returns what a string ends with if it ends with these letters in any case.
fn ends(wanted: &CaseFolded) -> Vec<String> {
    let mut run: Vec<&str> = ascii_run(wanted.letters().iter().rev());
    run.reverse();
    run_or_forms(&run, wanted.letters().last())
}

fn ascii_run<'l>(letters: impl Iterator<Item = &'l [String; 2]>) -> Vec<&'l str> {
    let is_ascii = |[lower, upper]: &&[String; 2]| lower.is_ascii() && upper.is_ascii();
    let run = letters.take_while(is_ascii);
    run.map(|[lower, _]| lower.as_str()).collect()
}

fn run_or_forms(run: &[&str], forms: Option<&[String; 2]>) -> Vec<String> {
    if run.is_empty() {
        return forms.into_iter().flatten().cloned().collect();
    }
    vec![run.concat()]
}
