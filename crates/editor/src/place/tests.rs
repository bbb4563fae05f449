use pipeline::syntax::{Document, Kind, Node};

use super::*;

/// What stands at the mark `|` of a text: the path, the role, the word, and the other keys.
fn at_mark(marked: &str) -> Option<String> {
    let offset = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let place = Place::at(&text, offset)?;
    let mut path = place.keys_on_path().join("/");
    if path.is_empty() {
        "the spec".clone_into(&mut path);
    }
    let word = &text[place.word.range()];
    let keys = place.keys.join(",");
    Some(format!("{path} {:?} `{word}` [{keys}]", place.role))
}

#[track_caller]
fn check(marked: &str, expected: &str) {
    assert_eq!(
        at_mark(marked).as_deref().unwrap_or("nothing"),
        expected,
        "{marked}"
    );
}

#[test]
fn keys_below_each_other() {
    check("|", "the spec Key `` []");
    check("a: 1\n|", "the spec Key `` [a]");
    check("a: 1\nso|\nb: 2\n", "the spec Key `so` [a,b]");
    check("a: 1\nso|: x\nb: 2\n", "the spec Key `so` [a,b]");
    check("jobs:\n  |", "jobs Either `` []");
    check("jobs:\n  |\n  b: 1\n", "jobs Either `` [b]");
    check(
        "jobs:\n  b:\n    f: 1\n    |\n    g: 2\n  c: 3\n",
        "jobs/b Key `` [f,g]",
    );
    check("jobs:\n  b:\n    f: 1\n  |\n", "jobs Key `` [b]");
    check("jobs:\n  b:\n    fu|\n  c: 1\n", "jobs/b Either `fu` []");
    check("\"a b|\": 1\n", "the spec Key `a b` []");
}

#[test]
fn values_behind_keys() {
    check("a: |", "a Value `` []");
    check("a:|", "a Value `` []");
    check("a: tru|e # no\nb: 1", "a Value `true` []");
    check("a: 'x|y'", "a Value `xy` []");
    check("a: \"x|", "a Value `x` []");
    check("a:\n  b: \"x|\nc: \"d\"", "a/b Value `x` []");
    check("a: &x !!str wo|rd", "a Value `word` []");
    check("a: |# no", "a Value `` []");
    check("a: b # n|o", "nothing");
    check("# n|o", "nothing");
    check("a: b\n    |", "nothing");
    check("a: *ba|se", "a Value `*base` []");
    check("a: http://x|", "a Value `http://x` []");
}

#[test]
fn elements_of_lists() {
    check("a:\n  - |", "a/* Either `` []");
    check("a:\n  - |\n    c: 1\n", "a/* Either `` [c]");
    check("a:\n  - ev|\n", "a/* Either `ev` []");
    check("a:\n  - event: |\n", "a/*/event Value `` []");
    check("a:\n  - event: x\n    |\n  - b: 1", "a/* Key `` [event]");
    check("a:\n- event: x\n  wh|: 1\n", "a/* Key `wh` [event]");
    check("a:\n- event: x\nem|\nb: 1", "the spec Key `em` [a,b]");
    check("a:\n  - x\n  |", "a Either `` []");
    check("a:\n  - - x\n    - y|", "a/*/* Either `y` []");
}

#[test]
fn collections_in_brackets() {
    check("a: { | }", "a Key `` []");
    check("a: { b: 1, | }", "a Key `` [b]");
    check("a: { b: 1, c|, d: 2 }", "a Key `c` [b,d]");
    check("a: { b|: 1, d: 2 }", "a Key `b` [d]");
    check("a: { b: | }", "a/b Value `` []");
    check("a: { b: |", "a/b Value `` []");
    check("a: { b: x|y, c: 1 }", "a/b Value `xy` []");
    check("a: [x, |]", "a/* Value `` []");
    check("a: [x, y|]", "a/* Value `y` []");
    check("a: [{ b: 1 }, { c: { d: [ 'e|", "a/*/c/d/* Value `e` []");
    check("a: { b: 1 | }", "nothing");
    check("a: { b: 1 } |", "nothing");
    check("a: { b: \"${na|\" }", "a/b Value `${na` []");
    check("a: { b: ${na|me}, c: 1 }", "a/b Value `${name}` []");
    check("a: { b: ${na| }", "a/b Value `${na` []");
    check(
        "a: { b: cron(0 8 ? * MON,F|RI *), c: 1 }",
        "a/b Value `cron(0 8 ? * MON,FRI *)` []",
    );
    check("a: { \"b\": [ { pre|fix: x } ] }", "a/b/* Key `prefix` []");
    check("a: {\n  b: 1,\n  |\n}\nc: 1", "a Key `` [b]");
    check("a: {\n  b: 1,\n  |", "a Key `` [b]");
    check("a: { b: 1, # n|o\n c: 2 }", "nothing");
}

#[test]
fn what_nobody_closed_ends_with_its_part_of_the_text() {
    check(
        "jobs:\n  a:\n    f: { p: x\n    t|\n  b: 1",
        "jobs/a Key `t` [f]",
    );
    check("jobs:\n  a: [ { b: 1\n  c: { d|", "jobs/c Key `d` []");
    check("a: \"x\nb: |", "b Value `` []");
    check("a: } ] , :\nb: |", "b Value `` []");
    check(
        "a:\n  - { event: x, where: { |\n  - { event: y }\nb: 1",
        "a/*/where Key `` []",
    );
    check("jobs:\n\tb: 1\n\t|", "jobs Key `` [b]");
}

#[test]
fn texts_of_several_lines_are_passed_over() {
    check("a: >\n  b: 1\n\n  c|: 2\nd: 3", "a Value `c: 2` []");
    check("a: x\n\nb: |\n", "b Value `` []");
    check("a: >-\n  text\n|", "the spec Key `` [a]");
    check("a: 'x\n  y: 1'\nb: |\n", "b Value `` []");
}

#[test]
fn line_ends_of_other_systems_and_letters_of_two_bytes() {
    check("a: 1\r\né: { b: |\r\n  c: 1 }", "é/b Value `` []");
    check("a:\r\n  b: 1\r\n  |\r\n", "a Key `` [b]");
}

/// Every scalar of a tree with its path; a key has that of its mapping.
fn scalars(node: &Node, path: &mut Vec<Step>, found: &mut Vec<(Span, Vec<Step>, bool)>) {
    match &node.kind {
        Kind::Scalar { text, .. } if !text.is_empty() => {
            found.push((node.span, path.clone(), false));
        }
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Item(at));
                scalars(item, path, found);
                path.pop();
            }
        }
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                let Kind::Scalar { text, .. } = &key.kind else {
                    continue;
                };
                found.push((key.span, path.clone(), true));
                path.push(Step::Key(text.clone()));
                scalars(value, path, found);
                path.pop();
            }
        }
    }
}

#[test]
fn every_key_and_value_of_a_whole_spec_has_the_place_that_the_parser_gives_it() {
    let mut seen = 0;
    for text in crate::testing::specs() {
        let document = Document::read(&text).unwrap();
        let mut expected = Vec::new();
        scalars(&document.root, &mut Vec::new(), &mut expected);
        // What an alias stands for was met before, where it is written.
        let mut met = std::collections::HashSet::new();
        expected.retain(|(span, ..)| met.insert(*span));
        for (span, path, is_key) in expected {
            let written = &text[span.range()];
            // A text of several lines has several words.
            if written.contains('\n') {
                continue;
            }
            let middle = span.range().start + written.len() / 2;
            let place = Place::at(&text, middle);
            let place = place.unwrap_or_else(|| panic!("nothing at {written} {path:?}"));
            assert_eq!(place.path, path, "{written}");
            assert_eq!(place.role == Role::Key, is_key, "{written}");
            assert!(written.contains(&text[place.word.range()]), "{written}");
            seen += 1;
        }
    }
    assert!(seen > 900, "{seen}");
}

#[test]
fn no_place_of_any_beginning_of_a_text_is_too_much() {
    let odd = [
        "a: {b: [c, {d: \"e",
        "- - - x: {",
        "}}]]",
        "? a\n: b",
        "a: &x *x !y",
        "'",
        "\"\\",
        "- |\n  a",
        "{a:{b:",
        "é: ü # ö\n  - ß",
        "\t- a:\r\r\n b",
        "a: |\n\n\n",
        "[[[[[",
        "a:\n-\n-\n  -",
        "${",
        "a: ${",
        "a: [${x, (",
    ];
    for text in odd {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            for at in 0..=end + 1 {
                let _ = Place::at(&text[..end], at);
            }
        }
    }
}
