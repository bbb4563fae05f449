//! Addresses of resources, as Terraform writes them.

use std::fmt;

use hcl::expr::{Traversal, TraversalOperator, Variable};
use hcl::{Expression, Identifier};

/// One part of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A name; all but the first stand behind a dot.
    Name(String),
    /// The number of an instance of `count`.
    Number(u64),
    /// The key of an instance of `for_each`.
    Key(String),
}

/// The address of a resource, or of one instance of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address(Vec<Step>);

impl Address {
    /// Reads an address; a text that is none makes nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let step;
            (step, rest) = match rest.strip_prefix('[') {
                Some(inside) if !steps.is_empty() => bracketed(inside)?,
                Some(_) => return None,
                None => {
                    let name = match (rest.strip_prefix('.'), steps.is_empty()) {
                        (Some(name), false) => name,
                        (None, true) => rest,
                        _ => return None,
                    };
                    let end = name.find(['.', '[']).unwrap_or(name.len());
                    let (name, rest) = name.split_at(end);
                    (Step::Name(is_name(name).then(|| name.to_owned())?), rest)
                }
            };
            steps.push(step);
        }
        (!steps.is_empty()).then_some(Self(steps))
    }

    /// The address of a resource in a module, which is empty for the root module.
    pub(super) fn of_resource(
        module: &str,
        kind: &str,
        name: &str,
        key: Option<Step>,
    ) -> Option<Self> {
        let mut address = match module {
            "" => Self(Vec::new()),
            module => Self::parse(module)?,
        };
        if !is_name(kind) || !is_name(name) {
            return None;
        }
        let names = [kind, name].map(|name| Step::Name(name.to_owned()));
        address.0.extend(names.into_iter().chain(key));
        Some(address)
    }

    /// Whether it is in a module of this name below the root module.
    pub(super) fn is_in_module(&self, name: &str) -> bool {
        matches!(self.0.as_slice(), [Step::Name(module), Step::Name(of), ..] if module == "module" && of == name)
    }

    /// Whether two instances of one module have the same key, as one mapping may make both.
    pub(super) fn is_of_one_entry(&self, other: &Self) -> bool {
        let parts = |address: &Self| match address.0.as_slice() {
            [module @ .., Step::Name(_), Step::Name(_), Step::Key(key)] => {
                Some((module.to_vec(), key.clone()))
            }
            _ => None,
        };
        parts(self)
            .is_some_and(|(module, key)| !module.is_empty() && parts(other) == Some((module, key)))
    }

    /// The address as an expression.
    pub(super) fn expression(&self) -> Expression {
        let mut steps = self.0.iter();
        let Some(Step::Name(root)) = steps.next() else {
            return Expression::Null;
        };
        let operators = steps.map(|step| match step {
            Step::Name(name) => TraversalOperator::GetAttr(Identifier::unchecked(name)),
            Step::Number(number) => TraversalOperator::Index(Expression::from(*number)),
            Step::Key(key) => TraversalOperator::Index(Expression::String(key.clone())),
        });
        let root = Variable::from(Identifier::unchecked(root));
        Expression::from(Traversal::new(root, operators.collect::<Vec<_>>()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if index == 0 => out.write_str(name)?,
                Step::Name(name) => write!(out, ".{name}")?,
                Step::Number(number) => write!(out, "[{number}]")?,
                Step::Key(key) => {
                    out.write_str("[\"")?;
                    let escaped = key.replace("${", "$${").replace("%{", "%%{");
                    for c in escaped.chars() {
                        match c {
                            '"' | '\\' => write!(out, "\\{c}")?,
                            '\n' => out.write_str("\\n")?,
                            '\r' => out.write_str("\\r")?,
                            '\t' => out.write_str("\\t")?,
                            c if c.is_control() => write!(out, "\\u{:04x}", u32::from(c))?,
                            c => write!(out, "{c}")?,
                        }
                    }
                    out.write_str("\"]")?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a text is an identifier of HCL.
fn is_name(text: &str) -> bool {
    let is_first = |c: char| c.is_alphabetic() || c == '_';
    text.starts_with(is_first)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// What stands behind `[`, and what follows the bracket that closes it.
fn bracketed(text: &str) -> Option<(Step, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (number, rest) = text.split_once(']')?;
        return Some((Step::Number(number.parse().ok()?), rest));
    };
    let mut key = String::new();
    let mut chars = quoted.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => {
                let rest = quoted[place + 1..].strip_prefix(']')?;
                let key = key.replace("$${", "${").replace("%%{", "%{");
                return Some((Step::Key(key), rest));
            }
            '\\' => key.push(match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => code_point(&mut chars, 4)?,
                'U' => code_point(&mut chars, 8)?,
                c @ ('"' | '\\') => c,
                _ => return None,
            }),
            c => key.push(c),
        }
    }
    None
}

fn code_point(chars: &mut std::str::CharIndices<'_>, digits: usize) -> Option<char> {
    let mut number = 0_u32;
    for _ in 0..digits {
        number = number.checked_mul(16)? + chars.next()?.1.to_digit(16)?;
    }
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_as_terraform_does() {
        for text in [
            "aws_cloudwatch_event_rule.orders",
            "aws_cloudwatch_event_rule.orders[12]",
            r#"module.a.module.b-c["x.y[0]"].aws_sqs_queue.this["a \"b\" \\ $${c} %%{d} \n é"]"#,
            "module.events[0].aws_cloudwatch_event_rule.this[\"orders\"]",
        ] {
            let address = Address::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(address.to_string(), text);
            let written = hcl::format::to_string(&address.expression()).unwrap();
            let read: Expression = written.parse().unwrap();
            assert_eq!(read.to_string(), address.expression().to_string(), "{text}");
        }
        let key = Address::parse(r#"a.b["\u0041\U0001F600"]"#).unwrap();
        assert_eq!(key.to_string(), "a.b[\"A😀\"]");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            ".",
            "a.",
            "a..b",
            "[0]",
            "a[",
            "a[x]",
            "a[\"x]",
            "a[\"x\"",
            "a[\"\\q\"]",
            "a[-1]",
            "a b",
            "a[\"\\u00\"]",
            "1a",
            "a[\"\\uD800\"]",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
        assert_eq!(Address::of_resource("", "a b", "c", None), None);
        assert_eq!(Address::of_resource("x[", "a", "c", None), None);
    }
}
