//! A field's list of values and operators.

use std::borrow::Cow;
use std::ops::Range;

use super::error::{PatternError, PatternErrorKind, PatternWarning, PatternWarningKind};
use super::ip::Cidr;
use super::number::{self, Number};
use super::scalar::{NumericRange, Scalar, ValueTest};
use super::text::{CaseFolded, TextTest, Wildcard};
use crate::dialect::Dialect;
use crate::json::{JsonError, Kind, Reader, exact};
use crate::limits::{NUMERIC_DIGITS, NUMERIC_MAX};

const OPERATORS: &str = "`prefix`, `suffix`, `equals-ignore-case`, `wildcard`, `anything-but`, \
                         `numeric`, `exists` and `cidr`";

/// Reads a leaf list: its tests, and whether `exists: false` is among them.
pub(super) fn read_values(
    reader: &mut Reader<'_>,
    dialect: Dialect,
    warnings: &mut Vec<PatternWarning>,
) -> Result<(Vec<ValueTest>, bool), PatternError> {
    let start = reader.offset();
    let mut tests = Vec::new();
    let mut absent = false;
    reader.enter()?;
    let mut first = true;
    while reader.next_element(first)? {
        first = false;
        let start = reader.offset();
        match reader.peek()? {
            Kind::Object => match read_operator(reader, dialect, warnings)? {
                Some(test) => tests.push(test),
                // `exists: false` is about the field, so it is no test of a value.
                None => absent = true,
            },
            Kind::Array => {
                skip_value(reader)?;
                let message = "a list in a list: the values of a field stand in one list";
                return Err(PatternError::new(message, start..reader.end()));
            }
            _ => tests.push(ValueTest::Equals(scalar(reader)?)),
        }
    }
    if first {
        let message = "an empty list can match nothing";
        return Err(PatternError::new(message, start..reader.end()));
    }
    Ok((tests, absent))
}

fn scalar(reader: &mut Reader<'_>) -> Result<Scalar, PatternError> {
    Ok(match reader.peek()? {
        Kind::String => Scalar::Text(reader.string()?.into_owned()),
        Kind::Number => Scalar::Number(Number::new(reader.number()?.text)),
        kind => {
            reader.literal(kind)?;
            match kind {
                Kind::Null => Scalar::Null,
                kind => Scalar::Bool(kind == Kind::True),
            }
        }
    })
}

/// Reads `{"operator": operand}`: none for `exists: false`.
fn read_operator(
    reader: &mut Reader<'_>,
    dialect: Dialect,
    warnings: &mut Vec<PatternWarning>,
) -> Result<Option<ValueTest>, PatternError> {
    let start = reader.offset();
    reader.enter()?;
    let Some(name) = reader.next_key(true)? else {
        let message = format!("an empty operator; there are {OPERATORS}");
        return Err(PatternError::new(message, start..reader.end()));
    };
    let name_span = reader.key_span();
    let test = match &*name {
        "exists" => exists(reader)?,
        "numeric" => Some(ValueTest::Numeric(numeric(reader, warnings)?)),
        "cidr" => Some(ValueTest::Cidr(cidr(reader)?)),
        "anything-but" => Some(anything_but(reader)?),
        name if TEXT_OPERATORS.contains(&name) => Some(ValueTest::Text(text_test(name, reader)?)),
        name => {
            let message = format!("`{name}` is no operator; there are {OPERATORS}");
            return Err(PatternError::new(message, name_span));
        }
    };
    close(reader, start)?;
    // EventBridge user guide, "Event filtering in Amazon EventBridge Pipes".
    let refused = match &test {
        Some(ValueTest::Text(TextTest::Wildcard(_))) => Some("`wildcard`"),
        Some(ValueTest::NotText(_)) => {
            Some("`anything-but` with `prefix`, `suffix`, `equals-ignore-case` or `wildcard`")
        }
        _ => None,
    };
    match refused {
        Some(operator) if dialect == Dialect::Pipes => {
            let message = format!("filters of pipes have no {operator}");
            let error = PatternError::new(message, start..reader.end());
            Err(error.of_kind(PatternErrorKind::NotInDialect))
        }
        _ => Ok(test),
    }
}

/// Wants the end of an object that holds one operator.
fn close(reader: &mut Reader<'_>, start: usize) -> Result<(), PatternError> {
    if reader.next_key(false)?.is_none() {
        return Ok(());
    }
    let message = "one operator for each object: write `[{…}, {…}]`, of which one must match";
    Err(PatternError::new(message, start..reader.end()))
}

const TEXT_OPERATORS: [&str; 5] = [
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "exactly",
];

fn text_test(name: &str, reader: &mut Reader<'_>) -> Result<TextTest, PatternError> {
    let nested = matches!(name, "prefix" | "suffix") && reader.peek()? == Kind::Object;
    if !nested {
        let (text, span) = read_string(reader, name)?;
        return plain_text_test(name, &text, span);
    }
    let start = reader.offset();
    reader.enter()?;
    if reader.next_key(true)?.as_deref() != Some("equals-ignore-case") {
        let message = format!("`{name}` takes a string, or `{{\"equals-ignore-case\": string}}`");
        return Err(PatternError::new(message, start..reader.end()));
    }
    let (text, _) = read_string(reader, "equals-ignore-case")?;
    close(reader, start)?;
    let folded = CaseFolded::new(&text);
    Ok(match name {
        "prefix" => TextTest::PrefixIgnoringCase(folded),
        _ => TextTest::SuffixIgnoringCase(folded),
    })
}

fn plain_text_test(name: &str, text: &str, span: Range<usize>) -> Result<TextTest, PatternError> {
    Ok(match name {
        "prefix" => TextTest::Prefix(text.to_owned()),
        "suffix" => TextTest::Suffix(text.to_owned()),
        "equals-ignore-case" => TextTest::EqualsIgnoringCase(CaseFolded::new(text)),
        "wildcard" => {
            let parsed = Wildcard::parse(text);
            TextTest::Wildcard(parsed.map_err(|message| PatternError::new(message, span))?)
        }
        _ => TextTest::Exactly(text.to_owned()),
    })
}

fn read_string<'a>(
    reader: &mut Reader<'a>,
    operator: &str,
) -> Result<(Cow<'a, str>, Range<usize>), PatternError> {
    let start = reader.offset();
    if reader.peek()? != Kind::String {
        skip_value(reader)?;
        let message = format!("`{operator}` takes a string");
        return Err(PatternError::new(message, start..reader.end()));
    }
    let text = reader.string()?;
    Ok((text, start..reader.end()))
}

fn exists(reader: &mut Reader<'_>) -> Result<Option<ValueTest>, PatternError> {
    let kind = reader.peek()?;
    let span = skip_value(reader)?;
    match kind {
        Kind::True => Ok(Some(ValueTest::Exists)),
        Kind::False => Ok(None),
        _ => Err(PatternError::new("`exists` takes `true` or `false`", span)),
    }
}

fn cidr(reader: &mut Reader<'_>) -> Result<Cidr, PatternError> {
    let (text, span) = read_string(reader, "cidr")?;
    Cidr::parse(&text).map_err(|message| PatternError::new(message, span))
}

fn numeric(
    reader: &mut Reader<'_>,
    warnings: &mut Vec<PatternWarning>,
) -> Result<NumericRange, PatternError> {
    const SHAPE: &str =
        "`numeric` takes `[\"<\", 10]`, or `[\">=\", 0, \"<\", 10]` with the lower end first";
    let mut ahead = reader.clone();
    let span = skip_value(&mut ahead)?;
    let refuse = |message: &str| PatternError::new(message, span.clone());
    if reader.peek()? != Kind::Array {
        return Err(refuse(SHAPE));
    }
    reader.enter()?;
    let mut parts = Vec::new();
    let mut text = String::new();
    while reader.next_element(parts.is_empty())? {
        if parts.len() == 2 || reader.peek()? != Kind::String {
            return Err(refuse(SHAPE));
        }
        let comparison = reader.string()?;
        if !reader.next_element(false)? || reader.peek()? != Kind::Number {
            return Err(refuse(SHAPE));
        }
        let start = reader.offset();
        let number = Number::new(reader.number()?.text);
        let Some(value) = number.value() else {
            return Err(PatternError::new(TOO_PRECISE, start..reader.end()));
        };
        warnings.extend(imprecise(number.text(), value, start..reader.end()));
        if !text.is_empty() {
            text.push_str(" and ");
        }
        text.extend([&*comparison, " ", number.text()]);
        parts.push((comparison, value));
    }
    let (lower, upper) = match parts.as_slice() {
        [(comparison, value)] => match &**comparison {
            "=" => (Some((*value, true)), Some((*value, true))),
            "<" => (None, Some((*value, false))),
            "<=" => (None, Some((*value, true))),
            ">" => (Some((*value, false)), None),
            ">=" => (Some((*value, true)), None),
            _ => return Err(refuse(SHAPE)),
        },
        [(low, from), (high, to)] => {
            let lower_included = included(low, ">", ">=").ok_or_else(|| refuse(SHAPE))?;
            let upper_included = included(high, "<", "<=").ok_or_else(|| refuse(SHAPE))?;
            if from >= to {
                return Err(refuse(
                    "the lower end of a `numeric` range must be below the upper",
                ));
            }
            (Some((*from, lower_included)), Some((*to, upper_included)))
        }
        _ => return Err(refuse(SHAPE)),
    };
    Ok(NumericRange { lower, upper, text })
}

/// Warns of a number for which the service promises nothing, though its engine takes it
/// (EventBridge user guide, "Comparison operators", numeric matching).
fn imprecise(text: &str, value: f64, span: Range<usize>) -> Option<PatternWarning> {
    let digits = number::significant_digits(text);
    let message = if !(-NUMERIC_MAX..=NUMERIC_MAX).contains(&value) {
        "EventBridge promises to compare numbers from -5.0e9 to 5.0e9, and this one is outside of that"
            .to_owned()
    } else if digits > NUMERIC_DIGITS {
        format!(
            "EventBridge promises to compare numbers of {NUMERIC_DIGITS} digits, and this one has {digits}"
        )
    } else {
        return None;
    };
    Some(PatternWarning::new(
        PatternWarningKind::ImpreciseNumber,
        message,
        span,
    ))
}

const TOO_PRECISE: &str =
    "a number that a double cannot hold exactly as written: use at most 15 digits";

fn included(comparison: &str, open: &str, closed: &str) -> Option<bool> {
    (comparison == open || comparison == closed).then_some(comparison == closed)
}

fn anything_but(reader: &mut Reader<'_>) -> Result<ValueTest, PatternError> {
    if reader.peek()? == Kind::Object {
        return anything_but_text(reader).map(ValueTest::NotText);
    }
    let excluded = one_or_list(reader, "anything-but", |reader| {
        let start = reader.offset();
        let value = match reader.peek()? {
            Kind::String | Kind::Number => scalar(reader)?,
            _ => {
                let span = skip_value(reader)?;
                let message = "`anything-but` takes strings or numbers";
                return Err(PatternError::new(message, span));
            }
        };
        match &value {
            Scalar::Number(number) if number.value().is_none() => {
                Err(PatternError::new(TOO_PRECISE, start..reader.end()))
            }
            _ => Ok((value, start..reader.end())),
        }
    })?;
    let is_text = |value: &Scalar| matches!(value, Scalar::Text(_));
    let first_is_text = excluded.first().is_some_and(|(value, _)| is_text(value));
    if let Some((_, span)) = excluded
        .iter()
        .find(|(value, _)| is_text(value) != first_is_text)
    {
        let message = "`anything-but` takes strings or numbers, not both";
        return Err(PatternError::new(message, span.clone()));
    }
    let excluded = excluded.into_iter().map(|(value, _)| value).collect();
    Ok(ValueTest::NotEquals(excluded))
}

fn anything_but_text(reader: &mut Reader<'_>) -> Result<Vec<TextTest>, PatternError> {
    let start = reader.offset();
    reader.enter()?;
    let name = reader.next_key(true)?.unwrap_or_default();
    if !TEXT_OPERATORS[..4].contains(&&*name) {
        let message = "`anything-but` takes values, or one of `prefix`, `suffix`, \
                       `equals-ignore-case` and `wildcard`";
        return Err(PatternError::new(message, start..reader.end()));
    }
    let tests = one_or_list(reader, &name, |reader| {
        let (text, span) = read_string(reader, &name)?;
        if text.is_empty() && matches!(&*name, "prefix" | "suffix") {
            let message = format!("every string has the empty `{name}`");
            return Err(PatternError::new(message, span));
        }
        plain_text_test(&name, &text, span)
    })?;
    close(reader, start)?;
    Ok(tests)
}

/// Reads one operand, or a list of at least one.
fn one_or_list<'a, T>(
    reader: &mut Reader<'a>,
    operator: &str,
    mut one: impl FnMut(&mut Reader<'a>) -> Result<T, PatternError>,
) -> Result<Vec<T>, PatternError> {
    if reader.peek()? != Kind::Array {
        return Ok(vec![one(reader)?]);
    }
    let start = reader.offset();
    let mut values = Vec::new();
    reader.enter()?;
    while reader.next_element(values.is_empty())? {
        values.push(one(reader)?);
    }
    if values.is_empty() {
        let message = format!("`{operator}` takes a list of at least one value");
        return Err(PatternError::new(message, start..reader.end()));
    }
    Ok(values)
}

/// Reads past one value of any kind.
pub(super) fn skip_value(reader: &mut Reader<'_>) -> Result<Range<usize>, JsonError> {
    let start = reader.offset();
    exact::check_value(reader)?;
    Ok(start..reader.end())
}
