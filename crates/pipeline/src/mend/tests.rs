//! What a change of a text leaves as it was.

use super::settle;
use crate::diagnostic::{Diagnostic, Edit};
use crate::lints::UNKNOWN_KEY;
use crate::span::Span;
use crate::suggestion::Mend;
use crate::syntax::Document;
use crate::{Surroundings, parse};

/// Applies what a mend does at `«…»`.
fn mended(marked: &str, mend: impl Fn(Span) -> Mend) -> Option<String> {
    let start = marked.find('«').expect("a mark");
    let end = marked.find('»').expect("a mark") - '«'.len_utf8();
    let text = marked.replace(['«', '»'], "");
    let document = Document::read(&text).unwrap();
    let offset = |at: usize| u32::try_from(at).unwrap();
    let span = Span {
        start: offset(start),
        end: offset(end),
    };
    let mut found = [Diagnostic::new(&UNKNOWN_KEY, span, "").with_mend(mend(span))];
    settle(&document, &mut found);
    let [found] = found;
    let [fix] = found.fixes.try_into().ok()?;
    let [Edit { span, text: new }] = fix.edits.try_into().expect("one edit");
    let mut changed = text;
    changed.replace_range(span.range(), &new);
    Document::read(&changed).unwrap_or_else(|found| panic!("{found:?}\n{changed}"));
    Some(changed)
}

#[track_caller]
fn check_write(marked: &str, value: &str, expected: &str) {
    let write = |at| Mend::Write {
        at,
        shown: value.to_owned(),
        value: value.to_owned(),
        plain: false,
    };
    assert_eq!(mended(marked, write).as_deref(), Some(expected), "{marked}");
}

#[track_caller]
fn check_remove(marked: &str, expected: Option<&str>) {
    let remove = |at| Mend::Remove { at };
    assert_eq!(mended(marked, remove).as_deref(), expected, "{marked}");
}

#[track_caller]
fn check_add(marked: &str, expected: &str) {
    let add = |beside| Mend::Add {
        beside,
        key: "x",
        yaml: "1".to_owned(),
    };
    assert_eq!(mended(marked, add).as_deref(), Some(expected), "{marked}");
}

#[test]
fn a_value_keeps_its_quotes_and_gets_those_that_it_needs() {
    for (marked, value, expected) in [
        ("a: «b» # why\n", "c", "a: c # why\n"),
        ("a: «'b'»\n", "it's", "a: 'it''s'\n"),
        ("a: «\"b\"»\n", "c\\\"", "a: \"c\\\\\\\"\"\n"),
        ("a: «b»\n", "true", "a: \"true\"\n"),
        ("a: «b»\n", "1e3", "a: \"1e3\"\n"),
        ("a: «b»\n", "c: d", "a: \"c: d\"\n"),
        ("a: «b»\n", "c #d", "a: \"c #d\"\n"),
        ("a: «b»\n", "f(x, y)", "a: f(x, y)\n"),
        ("a: { b: «c» }\n", "f(x, y)", "a: { b: \"f(x, y)\" }\n"),
        ("a: [«c»]\n", "${x}", "a: [\"${x}\"]\n"),
        ("«a»: &x b\nc: *x\n", "d", "d: &x b\nc: *x\n"),
        ("é: &x «b»\nc: *x\n", "d", "é: &x d\nc: *x\n"),
    ] {
        check_write(marked, value, expected);
    }
}

#[test]
fn what_a_value_says_does_not_take_the_place_of_its_name() {
    let write = |value: &str| {
        let value = value.to_owned();
        move |at| Mend::Write {
            at,
            shown: value.clone(),
            value: value.clone(),
            plain: false,
        }
    };
    assert_eq!(mended("a: «b-${c}»\n", write("b-d")), None);
    let changed = mended("a: «b-${c}»\n", write("b-${d}"));
    assert_eq!(changed.as_deref(), Some("a: b-${d}\n"));
}

#[test]
fn of_a_text_over_several_lines_the_word_changes() {
    check_write(
        "a: >-\n  «one ${tow}\n  three»\n",
        "one ${two} three",
        "a: >-\n  one ${two}\n  three\n",
    );
    check_write(
        "a: |\n  «{ \"x\": <emial> }»\n",
        "{ \"x\": <email> }\n",
        "a: |\n  { \"x\": <email> }\n",
    );
}

#[test]
fn what_is_removed_takes_its_line_or_its_comma_along() {
    for (marked, expected) in [
        (
            "a: 1\n«b»: 2 # two\n# three\nc: 3\n",
            "a: 1\n# three\nc: 3\n",
        ),
        ("a: 1\r\n«b»: 2\r\nc: 3\r\n", "a: 1\r\nc: 3\r\n"),
        ("a: 1\n«b»:\n  - x\n  - y\n", "a: 1\n"),
        ("a: 1\n«b»: 2", "a: 1"),
        ("a: { «b»: 1, c: 2 }\n", "a: { c: 2 }\n"),
        ("a: { b: 1, «c»: [2, 3] }\n", "a: { b: 1 }\n"),
        ("a: { b: 1, c: «2» }\n", "a: { b: 1 }\n"),
        ("a: 1\nb: { «c»: 2 }\nd: 3\n", "a: 1\nd: 3\n"),
        ("- «a»: 1\n  b: 2\n", "- b: 2\n"),
        ("a:\n  - «b»\n  - c\n", "a:\n  - c\n"),
        ("a: [b, «c»]\n", "a: [b]\n"),
        ("x: &x 1\na: [*x, «c», *x]\n", "x: &x 1\na: [*x, *x]\n"),
        ("x: &x 1\na: 2\n«b»: *x\nc: 4\n", "x: &x 1\na: 2\nc: 4\n"),
    ] {
        check_remove(marked, Some(expected));
    }
}

#[test]
fn what_others_need_stays() {
    check_remove("a: 1\n«b»: &x 2\nc: *x\n", None);
    check_remove("«a»: 1\n", None);
    check_remove("a: &x { b: 1, «c»: 2 }\nd: *x\n", None);
}

#[test]
fn a_key_comes_behind_the_others() {
    for (marked, expected) in [
        ("«a»: 1 # one\n", "a: 1 # one\nx: 1\n"),
        (
            "a:\n  - «b»: 1\n    c: [2]\n# end\n",
            "a:\n  - b: 1\n    c: [2]\n    x: 1\n# end\n",
        ),
        ("«a»: 1\r\nb: 2\r\n", "a: 1\r\nb: 2\r\nx: 1\r\n"),
        ("a: { «b»: 1 }\n", "a: { b: 1, x: 1 }\n"),
        (
            "y: &y { z: 1 }\na:\n  b: «1»\n  <<: *y # all\n",
            "y: &y { z: 1 }\na:\n  b: 1\n  <<: *y # all\n  x: 1\n",
        ),
        ("«a»: 1", "a: 1\nx: 1"),
    ] {
        check_add(marked, expected);
    }
}

#[test]
fn a_value_that_an_environment_says_is_not_written_into_the_spec() {
    let spec = "pipeline: p\nsource: s\nvalues: { memory: { type: integer, local: 64 } }\njobs: { j: { function: { package: j, memory_mb: \"${memory}\" }, triggers: [ { schedule: rate(1 day) } ] } }\n";
    let found = parse(spec, &Surroundings::default()).diagnostics;
    let [found] = found.try_into().unwrap();
    assert_eq!((found.lint.id, found.fixes), ("out-of-range", vec![]));
}

/// The tree of a large text is gone when its findings get their edits.
#[test]
fn a_large_text_has_the_edits_of_a_small_one() {
    let spec = "pipeline: p\nsource: s\nevents: { a.b: { detail_type: A, external: true } }\njobs: { j: { function: { package: j }, triggers: [ { event: a.c } ] } }\n";
    let large = format!("{spec}{}", "# A remark.\n".repeat(100_000));
    assert!(large.len() > crate::LARGE);
    let fixes = |text: &str| {
        let found = parse(text, &Surroundings::default()).diagnostics;
        let fixes = found.into_iter().flat_map(|found| found.fixes);
        fixes.collect::<Vec<_>>()
    };
    assert!(!fixes(spec).is_empty());
    assert_eq!(fixes(&large), fixes(spec));
}
