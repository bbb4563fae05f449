//! Where names are found, and what a renaming leaves as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use pipeline::syntax::Document;
use pipeline::{Surroundings, parse};

use super::{NameKind, Names, rename};
use crate::fixes::apply;

const SPEC: &str = "\
# order.placed is what it is about
pipeline: shop
source: shop
values: { bucket: { local: b }, on: { type: boolean, local: true } }
encryption: { queues: main }
events:
  order.placed: { detail_type: Order Placed, external: true }
  order.billed: { detail_type: \"Order Billed\" }
jobs:
  bill: # the job bill
    description: bill says ${bucket}
    function: &code { package: bill, environment: { BUCKET: \"a-${bucket}-$${bucket}-${environment}\" }, secrets: { KEY: crm }, kms_key: main }
    triggers:
      - event: order.placed   # order.placed
        id: placed
      - { schedule: rate(1 day), enabled: '${on}', emits: [order.billed] }
    emits: 'order.billed'
  again:
    function: *code
    triggers: [ { pattern: { source: [shop], detail: { event_type: [order.billed] } } } ]
";

/// The byte of the first letter of a piece of a text.
fn place(text: &str, piece: &str, within: &str) -> u32 {
    let start = text.find(piece).unwrap_or_else(|| panic!("{piece}"));
    let inside = piece.find(within).unwrap_or_else(|| panic!("{within}"));
    u32::try_from(start + inside).unwrap()
}

fn names(text: &str) -> Names {
    Names::find(text, &Document::read(text).unwrap())
}

/// The lines, from 1, of the places that a name has, the declaration marked.
fn lines(text: &str, offset: u32) -> Vec<String> {
    let names = names(text);
    let definition = names.definition(offset);
    let references = names.references(offset, true).into_iter();
    let shown = references.map(|span| {
        let line = text[..span.start as usize].matches('\n').count() + 1;
        let mark = if Some(span) == definition { "*" } else { "" };
        format!("{line}{mark}")
    });
    shown.collect()
}

#[test]
fn a_name_is_found_wherever_the_spec_language_has_one() {
    for (piece, within, expected) in [
        ("event: order.placed", "order.placed", vec!["7*", "14"]),
        (
            "emits: 'order.billed'",
            "order.billed",
            vec!["8*", "16", "17", "20"],
        ),
        (
            "event_type: [order.billed]",
            "order.billed",
            vec!["8*", "16", "17", "20"],
        ),
        ("bill: # the job", "bill", vec!["10*"]),
        ("id: placed", "placed", vec!["15*"]),
        ("a-${bucket}-", "bucket", vec!["4*", "12"]),
        ("'${on}'", "on", vec!["4*", "16"]),
        ("-${environment}", "environment", vec!["12"]),
        ("KEY: crm", "crm", vec!["12"]),
        ("queues: main", "main", vec!["5", "12"]),
        ("*code", "code", vec!["12*", "19"]),
    ] {
        assert_eq!(lines(SPEC, place(SPEC, piece, within)), expected, "{piece}");
    }
    for (piece, within) in [
        ("says ${bucket}", "bucket"),
        ("$${bucket}", "bucket"),
        ("# order.placed is", "placed"),
        ("package: bill", "bill"),
    ] {
        assert_eq!(lines(SPEC, place(SPEC, piece, within)), [""; 0], "{piece}");
    }
}

#[test]
fn a_name_ends_where_the_cursor_may_still_stand() {
    let names = names(SPEC);
    let at = place(SPEC, "event: order.placed", "order.placed");
    for offset in [at, at + 5, at + 12] {
        assert_eq!(
            names.at(offset).map(|name| name.text.as_str()),
            Some("order.placed")
        );
    }
    assert_eq!(names.at(at + 13), None);
}

#[test]
fn references_leave_the_declaration_out_if_asked() {
    let names = names(SPEC);
    let at = place(SPEC, "event: order.placed", "order.placed");
    assert_eq!(names.references(at, true).len(), 2);
    assert_eq!(names.references(at, false).len(), 1);
}

/// Renames what stands at `at`, and returns the new text.
fn renamed(text: &str, at: u32, new: &str) -> Result<String, String> {
    let edits = rename(text, at, new).map_err(|why| why.to_string())?;
    Ok(apply(text, &edits).expect("edits do not overlap"))
}

#[track_caller]
fn check(piece: &str, within: &str, new: &str, changes: &[(&str, &str)]) {
    let mut expected = SPEC.to_owned();
    for (old, new) in changes {
        assert!(expected.contains(old), "{old}");
        expected = expected.replace(old, new);
    }
    let found = renamed(SPEC, place(SPEC, piece, within), new).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn only_names_change() {
    check(
        "event: order.placed",
        "order.placed",
        "order.made",
        &[
            ("  order.placed: {", "  order.made: {"),
            ("event: order.placed ", "event: order.made "),
        ],
    );
    check(
        "emits: 'order.billed'",
        "order.billed",
        "paid",
        &[("order.billed", "paid")],
    );
    check(
        "values: { bucket",
        "bucket",
        "store",
        &[("{ bucket:", "{ store:"), ("a-${bucket}", "a-${store}")],
    );
    check(
        "&code",
        "code",
        "base",
        &[("&code", "&base"), ("*code", "*base")],
    );
    check(
        "queues: main",
        "main",
        "own",
        &[
            ("queues: main", "queues: own"),
            ("kms_key: main", "kms_key: own"),
        ],
    );
    check("KEY: crm", "crm", "erp", &[("KEY: crm", "KEY: erp")]);
}

#[test]
fn a_job_or_trigger_says_what_it_was_called() {
    check(
        "  bill: #",
        "bill",
        "charge",
        &[
            ("  bill: #", "  charge: #"),
            (
                "    emits: 'order.billed'\n",
                "    emits: 'order.billed'\n    renamed_from: bill\n",
            ),
        ],
    );
    check(
        "id: placed",
        "placed",
        "new-order",
        &[(
            "        id: placed\n",
            "        id: new-order\n        renamed_from: placed\n",
        )],
    );
}

#[test]
fn names_that_a_job_had_before_stay() {
    for (before, new, expected) in [
        (
            "renamed_from: old",
            "c",
            Ok("jobs:\n  c: { triggers: [], renamed_from: [old, b] } # x\n"),
        ),
        (
            "renamed_from: [ older, old ] ",
            "c",
            Ok("jobs:\n  c: { triggers: [], renamed_from: [older, old, b]  } # x\n"),
        ),
        (
            "renamed_from: old",
            "old",
            Ok("jobs:\n  old: { triggers: [] } # x\n"),
        ),
        (
            "renamed_from: [older, old]",
            "old",
            Ok("jobs:\n  old: { triggers: [], renamed_from: [older] } # x\n"),
        ),
        (
            "renamed_from: [older, old]",
            "older",
            Err(
                "`older` is a name that it had before the last one, and keeps on AWS: `renamed_from` has it",
            ),
        ),
        (
            "renamed_from: [n1, n2, n3, n4, n5, n6, n7, n8, n9, n10]",
            "c",
            Err("it has had 10 names, which is as many as `renamed_from` may have"),
        ),
    ] {
        let text = format!("jobs:\n  b: {{ triggers: [], {before} }} # x\n");
        let found = renamed(&text, place(&text, "b:", "b"), new);
        assert_eq!(
            found.as_deref().map_err(String::as_str),
            expected,
            "{before}"
        );
    }
    let text = "jobs:\r\n  b:\r\n    renamed_from:\r\n      - older # first\r\n      - old\r\n    triggers: []\r\n";
    let changed = renamed(text, place(text, "b:", "b"), "c").unwrap();
    assert_eq!(
        changed,
        text.replace("  b:", "  c:")
            .replace("- old\r\n", "- old\r\n      - b\r\n")
    );
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    for (piece, within, new, why) in [
        (
            "event: order.placed",
            "placed",
            "order.billed",
            "`order.billed` is the name of another one already",
        ),
        (
            "event: order.placed",
            "placed",
            "Größe",
            "`Größe` cannot be the name of an event: it has letters, digits, dots, hyphens and underscores, a letter first",
        ),
        (
            "  bill: #",
            "bill",
            "again",
            "`again` is the name of another one already",
        ),
        (
            "  bill: #",
            "bill",
            "a--b",
            "`a--b` cannot be the name of a job: it has small letters, digits and single hyphens, a letter first",
        ),
        (
            "values: { bucket",
            "bucket",
            "region",
            "`region` is there without being declared",
        ),
        (
            "values: { bucket",
            "bucket",
            "Bucket",
            "`Bucket` cannot be the name of a value",
        ),
        (
            "-${environment}",
            "environment",
            "x",
            "`environment` is there without being declared",
        ),
        (
            "&code",
            "code",
            "a b",
            "`a b` cannot be the name of an anchor: it has letters, digits, `_`, `-`, `.` and `/`",
        ),
        ("package: bill", "bill", "x", "no name stands here"),
    ] {
        let at = place(SPEC, piece, within);
        assert_eq!(renamed(SPEC, at, new), Err(why.to_owned()), "{piece}");
    }
    assert!(renamed("jobs: {", 0, "x").is_err());
}

#[test]
fn names_of_a_spec_with_mistakes_are_renamed_too() {
    let text = "pipeline: p\nevnts: {}\nevents: { a: { detail_type: 5 } }\njobs: { j: { emits: a, triggers: [ { event: a }, 7 ] } }\n";
    let changed = renamed(text, place(text, "a: {", "a"), "b").unwrap();
    assert_eq!(
        changed,
        text.replace("{ a: {", "{ b: {")
            .replace("emits: a", "emits: b")
            .replace("event: a", "event: b")
    );
}

/// The specs of the examples, and SpendSense's.
fn specs() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let examples = fs::read_dir(root.join("examples")).unwrap();
    let mut paths: Vec<PathBuf> = examples.map(|one| one.unwrap().path()).collect();
    paths.push(root);
    let paths = paths.iter().map(|folder| folder.join("pipeline.yaml"));
    let specs: Vec<String> = paths
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect();
    assert!(specs.len() >= 6, "{}", specs.len());
    specs
}

/// How many findings of each kind there are. That a name is kept on AWS is what a renaming is for.
fn findings(text: &str) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for found in parse(text, &Surroundings::default()).diagnostics {
        if found.lint.id != "kept-name" {
            *counts.entry(found.lint.id).or_default() += 1;
        }
    }
    counts
}

/// A text without its lines of earlier names.
fn without(text: &str) -> Vec<&str> {
    let lines = text.split_inclusive('\n');
    lines
        .filter(|line| !line.contains("renamed_from:"))
        .collect()
}

#[test]
fn a_renaming_and_its_way_back_change_no_byte_of_any_example() {
    let mut done = 0;
    for text in specs() {
        let all = names(&text);
        let mut seen = Vec::new();
        for name in all.all() {
            if seen.contains(&(name.kind, name.text.clone()))
                || all.prepare_rename(name.span.start).is_err()
            {
                continue;
            }
            seen.push((name.kind, name.text.clone()));
            let fresh = "zz9";
            let changed = renamed(&text, name.span.start, fresh)
                .unwrap_or_else(|why| panic!("{}: {why}", name.text));
            assert_eq!(findings(&changed), findings(&text), "{}", name.text);
            let places = names(&changed);
            let new: Vec<_> = places
                .all()
                .iter()
                .filter(|one| one.text == fresh && one.kind == name.kind)
                .collect();
            assert_eq!(
                new.len(),
                all.references(name.span.start, true).len(),
                "{}",
                name.text
            );
            let before = if matches!(name.kind, NameKind::Job | NameKind::Trigger(_)) {
                assert!(changed.contains("renamed_from:"));
                1
            } else {
                0
            };
            let lines = |text: &str| text.lines().count();
            assert!(lines(&changed) - lines(&text) <= before);
            let back = renamed(&changed, new[0].span.start, &name.text)
                .unwrap_or_else(|why| panic!("{}: {why}", name.text));
            // A name alone and a list of it are the same.
            assert_eq!(without(&back), without(&text), "{}", name.text);
            done += 1;
        }
    }
    assert!(done >= 60, "{done}");
}
