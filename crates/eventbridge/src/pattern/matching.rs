//! The simple matcher: one branch against one event, by backtracking.

use std::collections::HashSet;

use super::branch::{Branch, Field};
use super::event::{Element, Event, Leaf};

/// Walks the fields in order and tries every value of each that fits the array elements chosen so
/// far: two fields never match in different elements of one array.
pub(super) fn branch_matches(branch: &Branch, event: &Event) -> bool {
    let mut search = Search {
        fields: &branch.fields,
        event,
        failed: HashSet::new(),
    };
    search.from(0, &mut Vec::new())
}

struct Search<'a> {
    fields: &'a [Field],
    event: &'a Event,
    /// Fields from which the search has failed, with the elements chosen then: never tried again.
    failed: HashSet<(usize, Vec<Element>)>,
}

impl Search<'_> {
    fn from(&mut self, place: usize, chosen: &mut Vec<Element>) -> bool {
        let Some(field) = self.fields.get(place) else {
            return true;
        };
        // The order in which elements were chosen does not matter for what is left to try.
        let mut key = (place, chosen.clone());
        key.1.sort_unstable();
        if self.failed.contains(&key) {
            return false;
        }
        let leaves = self.event.leaves(&field.path).iter();
        let fitting: Vec<&Leaf> = leaves.filter(|leaf| fits(leaf, chosen)).collect();
        // A missing field binds no element, so this leaves the most room for later fields.
        if field.absent && fitting.is_empty() && self.from(place + 1, chosen) {
            return true;
        }
        let passes = |leaf: &&Leaf| {
            field
                .tests
                .iter()
                .any(|test| test.matches(leaf.value.borrowed()))
        };
        for leaf in fitting.into_iter().filter(passes) {
            let known = chosen.len();
            for element in &leaf.elements {
                if !chosen.contains(element) && self.matters(element.0, place + 1) {
                    chosen.push(*element);
                }
            }
            let matched = self.from(place + 1, chosen);
            // The next value of this field may lie in other elements, so this one's are released.
            chosen.truncate(known);
            if matched {
                return true;
            }
        }
        self.failed.insert(key);
        false
    }

    /// Whether a later field has values in this array: if none has, its element need not be kept.
    fn matters(&self, array: usize, from: usize) -> bool {
        self.fields[from..].iter().any(|field| {
            let mut leaves = self.event.leaves(&field.path).iter();
            leaves.any(|leaf| leaf.elements.iter().any(|(other, _)| *other == array))
        })
    }
}

/// Whether a value lies in no other element of an array than the one chosen.
fn fits(leaf: &Leaf, chosen: &[Element]) -> bool {
    leaf.elements.iter().all(|(array, index)| {
        chosen
            .iter()
            .all(|(other, chosen)| array != other || index == chosen)
    })
}
