//! From a pattern's JSON to its branches: objects become paths, `$or` becomes alternatives.

use std::ops::Range;

use super::Pattern;
use super::branch::{Branch, Field};
use super::error::PatternError;
use super::leaf::{self, skip_value};
use crate::json::{Kind, Reader};
use crate::limits::{PATTERN_BRANCHES_MAX, PATTERN_PATHS_MAX};

/// Names that a branch of `$or` may not have as a field: operators, of today and reserved.
pub const RESERVED_IN_OR: [&str; 24] = [
    "<",
    "<=",
    "=",
    ">",
    ">=",
    "anything-but",
    "cidr",
    "date-after",
    "date-before",
    "date-on-or-after",
    "date-on-or-before",
    "equals-ignore-case",
    "exactly",
    "exists",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
    "not-equals-ignore-case",
    "not-wildcard",
    "numeric",
    "prefix",
    "regex",
    "suffix",
    "wildcard",
];

/// How `$or` is read. The service reads a pattern with `$or` as an operator, and if that fails,
/// once more with `$or` as the name of a field like any other.
#[derive(Clone, Copy, PartialEq)]
enum Or {
    Operator,
    /// An operator, inside a branch of another.
    Inside,
    Field,
}

pub(super) fn parse_pattern(text: &str) -> Result<Pattern, PatternError> {
    // If both readings fail, the error of the first is shown: people mean the operator.
    read_pattern(text, Or::Operator)
        .or_else(|error| read_pattern(text, Or::Field).map_err(|_| error))
}

fn read_pattern(text: &str, or: Or) -> Result<Pattern, PatternError> {
    let mut parser = Parser {
        reader: Reader::new(text),
        replaced: Vec::new(),
    };
    let start = parser.reader.offset();
    if parser.reader.peek()? != Kind::Object {
        let span = skip_value(&mut parser.reader)?;
        return Err(PatternError::new("a pattern is a JSON object", span));
    }
    let mut branches = parser.object("", or, vec![Branch::default()])?;
    let span = start..parser.reader.end();
    for branch in &mut branches {
        // Counted after `$or` is expanded, as the limit is on each branch.
        if branch.fields.len() > PATTERN_PATHS_MAX {
            let message = format!("a pattern has at most {PATTERN_PATHS_MAX} fields");
            return Err(PatternError::new(message, span));
        }
        branch
            .fields
            .sort_by(|left, right| left.path.encode_utf16().cmp(right.path.encode_utf16()));
    }
    parser.replaced.sort_unstable_by_key(|key| key.start);
    parser.replaced.dedup();
    Ok(Pattern {
        branches,
        replaced: parser.replaced,
        characters: text[span.clone()].chars().count(),
        span,
    })
}

struct Parser<'t> {
    reader: Reader<'t>,
    /// The keys of fields that a later one of the same path replaces.
    replaced: Vec<Range<usize>>,
}

impl Parser<'_> {
    /// Adds an object's fields to every branch so far, in text order.
    fn object(
        &mut self,
        path: &str,
        or: Or,
        mut branches: Vec<Branch>,
    ) -> Result<Vec<Branch>, PatternError> {
        let start = self.reader.offset();
        self.reader.enter()?;
        let mut first = true;
        while let Some(key) = self.reader.next_key(first)? {
            first = false;
            if or == Or::Inside && RESERVED_IN_OR.contains(&&*key) {
                let message = format!("a branch of `$or` cannot have a field named `{key}`");
                return Err(PatternError::new(message, self.reader.key_span()));
            }
            branches = if key == "$or" && or != Or::Field {
                self.or_branches(path, &branches)?
            } else {
                // A key with a dot and two nested keys give one path: the service does not tell them apart.
                let path = match path {
                    "" => key.into_owned(),
                    path => format!("{path}.{key}"),
                };
                self.value(path, or, branches)?
            };
        }
        if first {
            let message = "an empty object: name at least one field";
            return Err(PatternError::new(message, start..self.reader.end()));
        }
        Ok(branches)
    }

    fn value(
        &mut self,
        path: String,
        or: Or,
        mut branches: Vec<Branch>,
    ) -> Result<Vec<Branch>, PatternError> {
        let key = self.reader.key_span();
        match self.reader.peek()? {
            Kind::Object => self.object(&path, or, branches),
            Kind::Array => {
                let start = self.reader.offset();
                let (tests, absent) = leaf::read_values(&mut self.reader)?;
                let field = Field {
                    path,
                    key,
                    values: start..self.reader.end(),
                    tests,
                    absent,
                };
                for branch in &mut branches {
                    let replaced = branch.put(field.clone());
                    self.replaced.extend(replaced.map(|field| field.key));
                }
                Ok(branches)
            }
            _ => {
                let span = skip_value(&mut self.reader)?;
                let message = format!("`{path}` wants a list of values, in square brackets");
                Err(PatternError::new(message, span))
            }
        }
    }

    /// Crosses every branch so far with every alternative of a `$or`.
    fn or_branches(
        &mut self,
        path: &str,
        branches: &[Branch],
    ) -> Result<Vec<Branch>, PatternError> {
        const SHAPE: &str = "`$or` takes a list of at least two objects";
        if self.reader.peek()? != Kind::Array {
            return Err(PatternError::new(SHAPE, skip_value(&mut self.reader)?));
        }
        let start = self.reader.offset();
        let mut crossed = Vec::new();
        let mut alternatives = 0;
        self.reader.enter()?;
        while self.reader.next_element(alternatives == 0)? {
            alternatives += 1;
            if self.reader.peek()? != Kind::Object {
                return Err(PatternError::new(SHAPE, skip_value(&mut self.reader)?));
            }
            // Checked after each alternative, as several `$or`s multiply and memory would grow with them.
            crossed.extend(self.object(path, Or::Inside, branches.to_vec())?);
            if crossed.len() > PATTERN_BRANCHES_MAX {
                let message = format!(
                    "the `$or`s of a pattern multiply, here to more than {PATTERN_BRANCHES_MAX} branches"
                );
                return Err(PatternError::new(message, start..self.reader.end()));
            }
        }
        if alternatives < 2 {
            return Err(PatternError::new(SHAPE, start..self.reader.end()));
        }
        Ok(crossed)
    }
}
