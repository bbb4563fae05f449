//! What all rules want at one path, arranged so that a value finds those that it matches.

use std::collections::HashMap;
use std::net::IpAddr;

use super::super::ip::address;
use super::super::number;
use super::super::scalar::{NumericRange, Scalar, ScalarRef, ValueTest};
use super::super::text::TextTest;
use super::{FieldId, Found};

#[derive(Debug, Default)]
pub(super) struct ValueIndex {
    texts: HashMap<Box<str>, Vec<FieldId>>,
    addresses: HashMap<IpAddr, Vec<FieldId>>,
    /// By the bits of the double, of which -0 is 0.
    numbers: HashMap<u64, Vec<FieldId>>,
    /// Numbers that are only compared as text.
    number_texts: HashMap<Box<str>, Vec<FieldId>>,
    /// `null`, `false` and `true`.
    literals: [Vec<FieldId>; 3],
    prefixes: Runs,
    suffixes: Runs,
    ranges: Vec<(NumericRange, FieldId)>,
    /// Tests that are tried one by one.
    others: Vec<(ValueTest, FieldId)>,
    exists: Vec<FieldId>,
    /// Whether a test asks what every number is worth.
    wants_numbers: bool,
}

impl ValueIndex {
    pub(super) fn insert(&mut self, test: &ValueTest, field: FieldId) {
        match test {
            ValueTest::Equals(value) => self.insert_value(value, field),
            ValueTest::Exists => self.exists.push(field),
            ValueTest::Text(TextTest::Exactly(wanted)) => {
                self.texts
                    .entry(wanted.as_str().into())
                    .or_default()
                    .push(field);
            }
            ValueTest::Text(TextTest::Prefix(wanted)) => {
                self.prefixes.insert(wanted.bytes(), field);
            }
            ValueTest::Text(TextTest::Suffix(wanted)) => {
                self.suffixes.insert(wanted.bytes().rev(), field);
            }
            ValueTest::Numeric(range) => self.ranges.push((range.clone(), field)),
            test => {
                self.wants_numbers |= matches!(test, ValueTest::NotEquals(_));
                self.others.push((test.clone(), field));
            }
        }
    }

    fn insert_value(&mut self, value: &Scalar, field: FieldId) {
        let fields = match value {
            Scalar::Null => &mut self.literals[0],
            Scalar::Bool(value) => &mut self.literals[1 + usize::from(*value)],
            Scalar::Text(text) => match address(text) {
                Some(address) => self.addresses.entry(address).or_default(),
                None => self.texts.entry(text.as_str().into()).or_default(),
            },
            Scalar::Number(number) => match number.value() {
                Some(value) => self.numbers.entry(bits(value)).or_default(),
                None => self.number_texts.entry(number.text().into()).or_default(),
            },
        };
        fields.push(field);
        self.wants_numbers |= !self.number_texts.is_empty();
    }

    /// Adds every field that a number matches. Whether it can be compared at all takes the most time, and
    /// is looked at only where that decides.
    pub(super) fn find_number(&self, text: &str, found: &mut Found<'_>) {
        let decides = |value: f64| {
            let mut ranges = self.ranges.iter();
            self.wants_numbers
                || ranges.any(|(range, field)| found.is_new(*field) && range.contains(value))
                || self.numbers.contains_key(&bits(value))
        };
        let value = text.parse().ok().filter(|value| decides(*value));
        let value = value.and_then(|_| number::comparable(text));
        self.find(ScalarRef::Number(text, value), found);
    }

    /// Adds every field that a value matches.
    pub(super) fn find(&self, value: ScalarRef<'_>, found: &mut Found<'_>) {
        let mut all = |fields: &[FieldId]| fields.iter().for_each(|field| found.add(*field));
        all(&self.exists);
        if let Some(fields) = self.equal(value) {
            all(fields);
        }
        if let ScalarRef::Text(text) = value {
            if let Some(fields) = self.same_address(text) {
                all(fields);
            }
            self.prefixes.find(text.bytes(), &mut all);
            self.suffixes.find(text.bytes().rev(), &mut all);
        }
        if let ScalarRef::Number(_, Some(value)) = value {
            for (range, field) in &self.ranges {
                if range.contains(value) {
                    found.add(*field);
                }
            }
        }
        for (test, field) in &self.others {
            if found.is_new(*field) && test.matches(value) {
                found.add(*field);
            }
        }
    }

    fn equal(&self, value: ScalarRef<'_>) -> Option<&Vec<FieldId>> {
        match value {
            ScalarRef::Null => Some(&self.literals[0]),
            ScalarRef::Bool(value) => Some(&self.literals[1 + usize::from(value)]),
            ScalarRef::Text(text) => self.texts.get(text),
            ScalarRef::Number(_, Some(value)) => self.numbers.get(&bits(value)),
            ScalarRef::Number(text, None) => self.number_texts.get(text),
        }
    }

    fn same_address(&self, text: &str) -> Option<&Vec<FieldId>> {
        if self.addresses.is_empty() {
            return None;
        }
        self.addresses.get(&address(text)?)
    }
}

/// A number that can be looked up: -0 is 0.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

/// Strings of which a value may begin with several: a tree of their bytes.
#[derive(Debug, Default)]
struct Runs {
    nodes: Vec<Run>,
}

#[derive(Debug, Default)]
struct Run {
    children: Vec<(u8, usize)>,
    fields: Vec<FieldId>,
}

impl Runs {
    fn insert(&mut self, bytes: impl Iterator<Item = u8>, field: FieldId) {
        if self.nodes.is_empty() {
            self.nodes.push(Run::default());
        }
        let mut node = 0;
        for byte in bytes {
            let next = self.nodes.len();
            let children = &mut self.nodes[node].children;
            match children.binary_search_by_key(&byte, |(other, _)| *other) {
                Ok(place) => node = children[place].1,
                Err(place) => {
                    children.insert(place, (byte, next));
                    self.nodes.push(Run::default());
                    node = next;
                }
            }
        }
        self.nodes[node].fields.push(field);
    }

    fn find(&self, bytes: impl Iterator<Item = u8>, all: &mut impl FnMut(&[FieldId])) {
        let Some(mut node) = self.nodes.first() else {
            return;
        };
        all(&node.fields);
        for byte in bytes {
            let Ok(place) = node
                .children
                .binary_search_by_key(&byte, |(other, _)| *other)
            else {
                return;
            };
            node = &self.nodes[node.children[place].1];
            all(&node.fields);
        }
    }
}
