//! Names of the spec as Rust identifiers.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

/// Type names that already mean something else in the generated file or in Rust.
const TAKEN_TYPES: [&str; 5] = ["Option", "Result", "Self", "String", "Vec"];

/// The identifiers of one scope, each with what it stands for.
#[derive(Clone, Default)]
pub(super) struct Scope {
    taken: BTreeMap<String, String>,
}

impl Scope {
    /// Takes an identifier for what `origin` describes.
    pub(super) fn claim(&mut self, name: &str, origin: &str) -> anyhow::Result<String> {
        if let Some(first) = self.taken.get(name) {
            bail!("{first} and {origin} would both be `{name}` in Rust: rename one of them");
        }
        self.taken.insert(name.to_owned(), origin.to_owned());
        ident(name).with_context(|| format!("{origin} has no name in Rust"))
    }
}

/// A type's name: `user.sign-up` is `UserSignUp`. `suffix` is added if Rust has a type of that name.
pub(super) fn type_name(name: &str, suffix: &str) -> String {
    let mut pascal: String = words(name).iter().map(|word| capitalized(word)).collect();
    if TAKEN_TYPES.contains(&pascal.as_str()) {
        pascal.push_str(suffix);
    }
    guard_digit(pascal)
}

/// A field's name: `orderId` and `order-id` are `order_id`.
pub(super) fn field_name(name: &str) -> String {
    let words: Vec<_> = words(name)
        .iter()
        .map(|word| word.to_ascii_lowercase())
        .collect();
    guard_digit(words.join("_"))
}

/// Words: runs of ASCII letters and digits. A capital after a small letter begins another word.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for c in name.chars() {
        // Several capitals are one word, because nothing says at which of them the next word begins.
        let is_boundary =
            !c.is_ascii_alphanumeric() || last.is_ascii_lowercase() && c.is_ascii_uppercase();
        if is_boundary {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_ascii_alphanumeric()
        {
            word.push(c);
        }
        last = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn guard_digit(name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

/// The identifier, in its raw form if it is a keyword; with a `_` if it has no raw form.
fn ident(name: &str) -> anyhow::Result<String> {
    match name {
        "" => bail!("it has no ASCII letter or digit"),
        // Rust refuses these as raw identifiers.
        "self" | "super" | "crate" | "Self" => Ok(format!("{name}_")),
        _ if KEYWORDS.binary_search(&name).is_ok() => Ok(format!("r#{name}")),
        _ => Ok(name.to_owned()),
    }
}

/// Words that are no identifiers in the edition of 2024:
/// [keywords](https://doc.rust-lang.org/reference/keywords.html), those reserved for later included.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_pascal_case_whatever_parts_the_words() {
        for (name, expected) in [
            ("user.signup", "UserSignup"),
            ("compute-features", "ComputeFeatures"),
            ("userSignUp", "UserSignUp"),
            ("SQS_message", "SQSMessage"),
            ("30.days", "_30Days"),
            ("a..b--c", "ABC"),
            ("größe", "GrE"),
            ("option", "OptionEvent"),
            ("日本", ""),
        ] {
            assert_eq!(type_name(name, "Event"), expected);
        }
    }

    #[test]
    fn fields_are_snake_case() {
        for (name, expected) in [
            ("order_id", "order_id"),
            ("orderId", "order_id"),
            ("detail-type", "detail_type"),
            ("30d", "_30d"),
            ("_", ""),
        ] {
            assert_eq!(field_name(name), expected);
        }
    }

    #[test]
    fn the_keywords_are_those_that_are_no_identifiers() {
        assert!(KEYWORDS.is_sorted());
        for keyword in KEYWORDS {
            // syn does not know the keyword of 2024.
            let is_ident = syn::parse_str::<syn::Ident>(keyword).is_ok();
            assert!(!is_ident || keyword == "gen", "{keyword}");
        }
    }

    #[test]
    fn keywords_are_made_safe() {
        let mut scope = Scope::default();
        for (name, expected) in [
            ("type", "r#type"),
            ("self", "self_"),
            ("gen", "r#gen"),
            ("_30d", "_30d"),
        ] {
            assert_eq!(scope.claim(name, "it").unwrap(), expected);
        }
    }

    #[test]
    fn two_names_for_one_identifier_are_both_named() {
        let mut scope = Scope::default();
        scope
            .claim("UserSignUp", "the event `user.sign-up`")
            .unwrap();
        let error = scope
            .claim("UserSignUp", "the event `user.sign.up`")
            .unwrap_err();
        let expected = "the event `user.sign-up` and the event `user.sign.up` would both be \
                        `UserSignUp` in Rust: rename one of them";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_name_without_a_letter_or_digit_is_an_error() {
        let error = Scope::default().claim("", "the field `_`").unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "the field `_` has no name in Rust: it has no ASCII letter or digit"
        );
    }
}
