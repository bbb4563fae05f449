//! From a pattern's JSON to its branches: objects become paths, `$or` becomes alternatives.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::Pattern;
use super::branch::{Branch, Field, FieldId};
use super::complexity::Complexity;
use super::error::{PatternError, PatternErrorKind, PatternWarning};
use super::leaf::{self, skip_value};
use crate::dialect::Dialect;
use crate::json::{Kind, Reader};
use crate::limits::{PATTERN_CHARACTERS_MAX, PATTERN_COMBINATIONS_MAX, PATTERN_PATHS_MAX};

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

pub(super) fn parse_pattern(text: &str, dialect: Dialect) -> Result<Pattern, PatternError> {
    let characters = compact_characters(text);
    if characters > PATTERN_CHARACTERS_MAX {
        let message = format!(
            "{characters} characters: a pattern has at most {PATTERN_CHARACTERS_MAX}, white space between its values aside"
        );
        let error = PatternError::new(message, 0..text.len());
        return Err(error.of_kind(PatternErrorKind::TooLong));
    }
    // If both readings fail, the error of the first is shown: people mean the operator. Too many
    // combinations are refused by the service, though the second reading might not fail.
    let pattern =
        read_pattern(text, Or::Operator, dialect).or_else(|error| match error.kind() {
            PatternErrorKind::TooManyCombinations | PatternErrorKind::NotInDialect => Err(error),
            _ => read_pattern(text, Or::Field, dialect).map_err(|_| error),
        })?;
    pattern.check_wildcards()?;
    Ok(pattern)
}

/// How many characters a JSON text has without the white space between its values.
pub(super) fn compact_characters(text: &str) -> usize {
    let mut in_string = false;
    let mut escaped = false;
    let counts = |letter: &char| {
        let counts = in_string || !matches!(letter, ' ' | '\t' | '\n' | '\r');
        in_string ^= *letter == '"' && !escaped;
        escaped = in_string && *letter == '\\' && !escaped;
        counts
    };
    text.chars().filter(counts).count()
}

fn read_pattern(text: &str, or: Or, dialect: Dialect) -> Result<Pattern, PatternError> {
    let mut parser = Parser {
        reader: Reader::new(text),
        dialect,
        fields: Vec::new(),
        paths: FxHashMap::default(),
        path_of: Vec::new(),
        replaced: Vec::new(),
        warnings: Vec::new(),
    };
    let start = parser.reader.offset();
    if parser.reader.peek()? != Kind::Object {
        let span = skip_value(&mut parser.reader)?;
        return Err(PatternError::new("a pattern is a JSON object", span));
    }
    let branches = parser.object(None, or, vec![Vec::new()])?;
    let end = parser.reader.end();
    Ok(parser.finish(&text[..end], start, branches))
}

/// The fields of a branch, in text order.
type Fields = Vec<FieldId>;

struct Parser<'t> {
    reader: Reader<'t>,
    dialect: Dialect,
    fields: Vec<Field>,
    /// The numbers of the paths so far.
    paths: FxHashMap<String, usize>,
    /// The number of each field's path.
    path_of: Vec<usize>,
    /// The keys of fields that a later one of the same path replaces.
    replaced: Vec<Range<usize>>,
    warnings: Vec<PatternWarning>,
}

impl Parser<'_> {
    fn finish(mut self, text: &str, start: usize, branches: Vec<Fields>) -> Pattern {
        self.replaced.sort_unstable_by_key(|key| key.start);
        self.replaced.dedup();
        let replaced = self.replaced.iter().map(PatternWarning::replaced);
        self.warnings.extend(replaced);
        self.warnings.sort_by_key(|warning| warning.span().start);
        let mut paths: Vec<(&String, usize)> = self
            .paths
            .iter()
            .map(|(path, number)| (path, *number))
            .collect();
        paths.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
        let mut ranks = vec![0; paths.len()];
        for (rank, (_, number)) in paths.into_iter().enumerate() {
            ranks[number] = rank;
        }
        let in_order = |mut fields: Fields| {
            fields.sort_unstable_by_key(|field| ranks[self.path_of[*field as usize]]);
            Branch { fields }
        };
        let branches: Vec<Branch> = branches.into_iter().map(in_order).collect();
        Pattern {
            complexity: Complexity::of(&self.fields, &branches),
            branches,
            text: text.into(),
            start,
            fields: self.fields,
            warnings: self.warnings,
        }
    }

    /// Adds an object's fields to every branch so far, in text order. `path` is none at the top.
    fn object(
        &mut self,
        path: Option<&str>,
        or: Or,
        mut branches: Vec<Fields>,
    ) -> Result<Vec<Fields>, PatternError> {
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
                    None => key.into_owned(),
                    Some(path) => format!("{path}.{key}"),
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
        mut branches: Vec<Fields>,
    ) -> Result<Vec<Fields>, PatternError> {
        let key = self.reader.key_span();
        match self.reader.peek()? {
            Kind::Object => self.object(Some(&path), or, branches),
            Kind::Array => {
                let start = self.reader.offset();
                let (tests, absent) =
                    leaf::read_values(&mut self.reader, self.dialect, &mut self.warnings)?;
                self.add(
                    Field {
                        path,
                        key,
                        values: start..self.reader.end(),
                        tests,
                        absent,
                    },
                    &mut branches,
                )?;
                Ok(branches)
            }
            _ => {
                let span = skip_value(&mut self.reader)?;
                let message = format!("`{path}` wants a list of values, in square brackets");
                Err(PatternError::new(message, span))
            }
        }
    }

    /// Adds a field to every branch. As in the service, the later of two fields with one path wins.
    fn add(&mut self, field: Field, branches: &mut [Fields]) -> Result<(), PatternError> {
        // A pattern of 4,096 characters has fewer fields than that.
        let id = FieldId::try_from(self.fields.len()).unwrap_or(FieldId::MAX);
        let next = self.paths.len();
        let path = *self.paths.entry(field.path.clone()).or_insert(next);
        let key = field.key.clone();
        self.fields.push(field);
        self.path_of.push(path);
        for branch in branches {
            // Only a path that is known can be in a branch: a thousand branches are not searched for a new one.
            let known = (path < next).then(|| {
                branch
                    .iter()
                    .position(|other| self.path_of[*other as usize] == path)
            });
            if let Some(place) = known.flatten() {
                let replaced = branch.remove(place);
                self.replaced
                    .push(self.fields[replaced as usize].key.clone());
            }
            branch.push(id);
            // Counted after `$or` is expanded, as the limit is on each branch.
            if branch.len() > PATTERN_PATHS_MAX {
                let message = format!("a pattern has at most {PATTERN_PATHS_MAX} fields");
                return Err(PatternError::new(message, key));
            }
        }
        Ok(())
    }

    /// Crosses every branch so far with every alternative of a `$or`.
    fn or_branches(
        &mut self,
        path: Option<&str>,
        branches: &[Fields],
    ) -> Result<Vec<Fields>, PatternError> {
        const SHAPE: &str = "`$or` takes a list of at least two objects";
        if self.reader.peek()? != Kind::Array {
            return Err(PatternError::new(SHAPE, skip_value(&mut self.reader)?));
        }
        let key = self.reader.key_span();
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
            if crossed.len() > PATTERN_COMBINATIONS_MAX {
                let message = format!(
                    "the `$or`s of a pattern multiply, here to more than {PATTERN_COMBINATIONS_MAX} combinations"
                );
                let error = PatternError::new(message, key);
                return Err(error.of_kind(PatternErrorKind::TooManyCombinations));
            }
        }
        if alternatives < 2 {
            return Err(PatternError::new(SHAPE, start..self.reader.end()));
        }
        Ok(crossed)
    }
}
