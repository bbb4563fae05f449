//! The elements of an event's arrays, and the search for values that lie in elements which agree.

use std::collections::HashSet;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

/// An element of an array that is itself an object or an array. Plain values are bound to no element.
pub(super) type ElementId = u32;
pub(super) type ArrayId = u32;

/// The arrays and elements that values of an event lie in. An array lies in at most one element.
#[derive(Clone, Debug, Default)]
pub(super) struct Elements {
    /// The element around each array.
    around: Vec<ElementId>,
    /// The array of each element, from element 1 on.
    arrays: Vec<ArrayId>,
}

impl Elements {
    /// In no element of an array.
    pub(super) const NONE: ElementId = 0;

    pub(super) fn clear(&mut self) {
        self.around.clear();
        self.arrays.clear();
    }

    /// Adds an array that lies in an element.
    pub(super) fn add_array(&mut self, around: ElementId) -> ArrayId {
        self.around.push(around);
        narrow(self.around.len() - 1)
    }

    /// Adds an element of an array.
    pub(super) fn add_element(&mut self, array: ArrayId) -> ElementId {
        self.arrays.push(array);
        narrow(self.arrays.len())
    }

    /// The elements around a value, innermost first, each with its array.
    fn upwards(&self, element: ElementId) -> impl Iterator<Item = (ArrayId, ElementId)> {
        let mut next = element;
        std::iter::from_fn(move || {
            let element = next;
            let array = self.arrays[element.checked_sub(1)? as usize];
            next = self.around[array as usize];
            Some((array, element))
        })
    }
}

/// An event has at most a megabyte, so it has fewer arrays and elements than that.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The verdict on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Match,
    NoMatch,
    /// The search was given up: it takes time that grows exponentially with the arrays of an event.
    Undecided,
}

/// How much work one rule may make with one event. Real events come nowhere near it.
const STEPS_MAX: u64 = 1_500_000;

/// Steps that a rule may still take with an event.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Default for Budget {
    fn default() -> Self {
        Self(STEPS_MAX)
    }
}

/// Too much work.
struct Exhausted;

impl Budget {
    fn take(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.0 = self.0.saturating_sub(steps as u64);
        if self.0 == 0 { Err(Exhausted) } else { Ok(()) }
    }
}

/// The values that a field may be matched by.
#[derive(Debug)]
pub(super) struct FieldValues {
    /// Whether a missing field matches.
    absent: bool,
    lies_in_arrays: bool,
    /// All values at the field's path.
    all: Tree,
    /// Those that pass a test of the field.
    passing: Tree,
}

impl FieldValues {
    /// Arranges values by the elements that they lie in; none if that is too much work.
    pub(super) fn new(
        absent: bool,
        all: &[ElementId],
        passing: &[ElementId],
        elements: &Elements,
        budget: &mut Budget,
    ) -> Option<Self> {
        Some(Self {
            absent,
            lies_in_arrays: all.iter().any(|element| *element != Elements::NONE),
            all: Tree::new(all, elements, budget).ok()?,
            passing: Tree::new(passing, elements, budget).ok()?,
        })
    }

    /// Whether the field matches, where it has nothing to agree with.
    fn holds_alone(&self) -> bool {
        !self.passing.ends.is_empty() || self.absent && self.all.ends.is_empty()
    }

    /// Whether the field may match. In an array it can be missing from one element and be there in another.
    pub(super) fn may_match(&self) -> bool {
        self.absent || !self.passing.ends.is_empty()
    }
}

/// Whether each field of a branch, in UTF-16 order of their paths, can be matched such that no two are
/// matched in different elements of one array.
pub(super) fn agree(fields: &[&FieldValues], elements: &Elements, budget: &mut Budget) -> Verdict {
    let in_arrays = fields.iter().filter(|field| field.lies_in_arrays).count();
    let found = match in_arrays {
        0 | 1 => Ok(fields.iter().all(|field| field.holds_alone())),
        _ if !fields.iter().all(|field| field.may_match()) => Ok(false),
        _ => Search::new(fields, elements, budget).and_then(|mut search| search.from(0)),
    };
    match found {
        Ok(true) => Verdict::Match,
        Ok(false) => Verdict::NoMatch,
        Err(Exhausted) => Verdict::Undecided,
    }
}

/// The elements of some values, as the tree of arrays and elements that leads to them.
#[derive(Debug, Default)]
struct Tree {
    /// The arrays in an element, or at the top, that lead to values.
    arrays: FxHashMap<ElementId, Vec<ArrayId>>,
    /// The elements of an array that lead to values.
    elements: FxHashMap<ArrayId, Vec<ElementId>>,
    /// The elements that hold values themselves.
    ends: FxHashSet<ElementId>,
}

impl Tree {
    fn new(
        values: &[ElementId],
        elements: &Elements,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut tree = Self::default();
        budget.take(values.len())?;
        for value in values {
            if !tree.ends.insert(*value) {
                continue;
            }
            let mut steps = 0;
            // An element that leads to a value already needs no second way there.
            if !tree.arrays.contains_key(value) {
                for (array, element) in elements.upwards(*value) {
                    steps += 1;
                    let known = tree.elements.entry(array).or_default();
                    known.push(element);
                    if known.len() > 1 {
                        break;
                    }
                    let around = elements.around[array as usize];
                    let arrays = tree.arrays.entry(around).or_default();
                    arrays.push(array);
                    if arrays.len() > 1 || tree.ends.contains(&around) {
                        break;
                    }
                }
            }
            budget.take(steps)?;
        }
        Ok(tree)
    }

    fn leads_on(&self, element: ElementId) -> bool {
        self.ends.contains(&element) || self.arrays.contains_key(&element)
    }
}

/// The element that is chosen in each array.
type Chosen = FxHashMap<ArrayId, ElementId>;

struct Search<'s> {
    fields: &'s [&'s FieldValues],
    elements: &'s Elements,
    /// The last field that has values in each array.
    last_fields: FxHashMap<ArrayId, usize>,
    /// The elements that the fields so far have been matched in.
    chosen: Chosen,
    /// Fields from which the search has failed, with the elements chosen then: never tried again.
    failed: HashSet<(usize, Vec<ElementId>), FxBuildHasher>,
    budget: &'s mut Budget,
}

impl<'s> Search<'s> {
    fn new(
        fields: &'s [&'s FieldValues],
        elements: &'s Elements,
        budget: &'s mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut last_fields = FxHashMap::default();
        for (place, field) in fields.iter().enumerate() {
            budget.take(field.all.elements.len())?;
            last_fields.extend(field.all.elements.keys().map(|array| (*array, place)));
        }
        Ok(Self {
            fields,
            elements,
            last_fields,
            chosen: Chosen::default(),
            failed: HashSet::default(),
            budget,
        })
    }

    /// Tries every value of each field in turn that fits the elements chosen so far.
    fn from(&mut self, place: usize) -> Result<bool, Exhausted> {
        let Some(field) = self.fields.get(place).copied() else {
            return Ok(true);
        };
        let key = (place, self.chosen_for(place));
        self.budget.take(key.1.len() + 1)?;
        if self.failed.contains(&key) {
            return Ok(false);
        }
        let mut fitting = Vec::new();
        if field.absent {
            fits(
                &field.all,
                Elements::NONE,
                &self.chosen,
                self.budget,
                &mut fitting,
            )?;
            // A missing field binds no element, so this leaves the most room for later fields.
            if fitting.is_empty() && self.from(place + 1)? {
                return Ok(true);
            }
            fitting.clear();
        }
        fits(
            &field.passing,
            Elements::NONE,
            &self.chosen,
            self.budget,
            &mut fitting,
        )?;
        // Quickly found out again, and there can be many such.
        if fitting.is_empty() {
            return Ok(false);
        }
        for element in fitting {
            let added = self.choose(element, place)?;
            let matched = self.from(place + 1)?;
            // The next value of this field may lie in other elements, so this one's are released.
            for array in added {
                self.chosen.remove(&array);
            }
            if matched {
                return Ok(true);
            }
        }
        self.failed.insert(key);
        Ok(false)
    }

    /// The chosen elements that matter to a field or a later one. The order in which they were chosen does not.
    fn chosen_for(&self, place: usize) -> Vec<ElementId> {
        let matters = |(array, _): &(&ArrayId, &ElementId)| self.last_field(**array) >= Some(place);
        let chosen = self.chosen.iter().filter(matters);
        let mut chosen: Vec<ElementId> = chosen.map(|(_, element)| *element).collect();
        chosen.sort_unstable();
        chosen
    }

    fn last_field(&self, array: ArrayId) -> Option<usize> {
        self.last_fields.get(&array).copied()
    }

    /// Chooses the elements around a value, and returns the arrays that are new.
    fn choose(&mut self, element: ElementId, place: usize) -> Result<Vec<ArrayId>, Exhausted> {
        let mut added = Vec::new();
        let mut steps = 0;
        for (array, element) in self.elements.upwards(element) {
            steps += 1;
            // If no later field has values in this array, its element need not be kept.
            if self.last_field(array) > Some(place) && !self.chosen.contains_key(&array) {
                self.chosen.insert(array, element);
                added.push(array);
            }
        }
        self.budget.take(steps)?;
        Ok(added)
    }
}

/// Adds the values below an element that lie in no other element of an array than the one chosen.
fn fits(
    tree: &Tree,
    element: ElementId,
    chosen: &Chosen,
    budget: &mut Budget,
    fitting: &mut Vec<ElementId>,
) -> Result<(), Exhausted> {
    budget.take(1)?;
    if tree.ends.contains(&element) {
        fitting.push(element);
    }
    for array in tree.arrays.get(&element).into_iter().flatten() {
        match chosen.get(array) {
            Some(chosen_one) if !tree.leads_on(*chosen_one) => budget.take(1)?,
            Some(chosen_one) => fits(tree, *chosen_one, chosen, budget, fitting)?,
            None => {
                for element in &tree.elements[array] {
                    fits(tree, *element, chosen, budget, fitting)?;
                }
            }
        }
    }
    Ok(())
}
