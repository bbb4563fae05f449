use super::*;

const EVENT: &str = r#"{"time": "T", "detail": {"s": "bob", "n": 1.10, "o": {"sf_id": "baz", "acc_id": "0a"}, "l": ["A", "B"],
    "i": [{"x": 1}, {"x": 2}], "big": 12345678901234567890123, "far": 1e400, "half": "caf\ud83d", "q": "say \"hi\"",
    "twice": {"a": 1, "a": 2}, "null": null, "ol": [{"a b": "c \" d"}]}}"#;

fn transformer(template: &str) -> Result<InputTransformer, TransformerError> {
    let details = [
        "s", "n", "o", "l", "big", "far", "half", "q", "twice", "null", "none", "ol",
    ];
    let mut paths: BTreeMap<String, String> = details
        .map(|name| (name.to_owned(), format!("$.detail.{name}")))
        .into();
    paths.insert("x".to_owned(), "$.detail.i[*].x".to_owned());
    paths.insert("first".to_owned(), "$.detail.i[0].x".to_owned());
    InputTransformer::new(paths, template)
}

fn applied(template: &str) -> Result<String, TransformerError> {
    let rule = RuleFacts::new("arn", "rule", "I");
    transformer(template).and_then(|transformer| transformer.apply(EVENT, &rule))
}

#[track_caller]
fn check(template: &str, expected: &str) {
    assert_eq!(applied(template).as_deref(), Ok(expected), "{template}");
}

#[track_caller]
fn check_refused(template: &str, kind: Kind, place: &str) {
    let error = transformer(template).unwrap_err();
    let span = error.span().expect("a place in the template");
    assert_eq!((error.kind(), &template[span]), (kind, place), "{template}");
}

#[test]
fn values_in_json() {
    check(r#"{"c": <s>}"#, r#"{"c":"bob"}"#);
    check(r#"{"c": "<s>"}"#, r#"{"c":"bob"}"#);
    check(
        r#"{"c": "hi <s>!", "n": <n>}"#,
        r#"{"c":"hi bob!","n":1.10}"#,
    );
    check(
        r#"{"c": <o>, "l": <l>, "x": <x>, "f": <first>}"#,
        r#"{"c":{"sf_id":"baz","acc_id":"0a"},"l":["A","B"],"x":[1,2],"f":1}"#,
    );
    check(r#"{"c": <none>, "d": "<none>"}"#, r#"{"c":"","d":""}"#);
    check(
        r#"{"r": <aws.events.rule-name>, "e": <aws.events.event>}"#,
        r#"{"r":"rule","e":{"time":"T"}}"#,
    );
    check("<s>", r#""bob""#);
    check("[<s>,\n <aws.events.rule-arn>]\n", r#"["bob","arn"]"#);
}

#[test]
fn text_of_the_event_stays_as_it_is_written() {
    check(
        r#"{"big": <big>, "far": <far>, "half": <half>, "q": "<q>", "twice": <twice>, "null": <null>}"#,
        r#"{"big":12345678901234567890123,"far":1e400,"half":"caf\ud83d","q":"say \"hi\"","twice":{"a":1,"a":2},"null":null}"#,
    );
    check(
        r#"{ "a": "<n> < 2 > 1", "b" : 0.50 }"#,
        r#"{"a":"1.10 < 2 > 1","b":0.50}"#,
    );
}

#[test]
fn a_colon_behind_a_variable_inside_a_string_is_text() {
    check(
        r#"{"arn": "arn:aws:ec2:<s>:<n>:x"}"#,
        r#"{"arn":"arn:aws:ec2:bob:1.10:x"}"#,
    );
    check(
        r#"{"text": "<s>: <n> : now"}"#,
        r#"{"text":"bob: 1.10 : now"}"#,
    );
    check(r#"{"text": "\"<s>\": 1"}"#, r#"{"text":"\"bob\": 1"}"#);
}

#[test]
fn values_in_text() {
    check(r#""Hello <s>""#, r#""Hello bob""#);
    check(r#""<o> <l> <none>.""#, r#""{sf_id:baz,acc_id:0a} [A,B] .""#);
    check(r#""<ol> <q>""#, r#""[{a b:c \" d}] say \"hi\"""#);
    check(
        "\"Order <n>\"\n\"of <s>\"\n",
        "\"Order 1.10\"\n\"of bob\"\n",
    );
    check(r#""{[/<s>""#, r#""{[/bob""#);
}

#[test]
fn the_envelope_has_the_services_order_and_name_for_the_detail_type() {
    let event = r#"{"version": "0", "id": "i", "detail-type": "D", "source": "s", "account": "1", "time": "T", "region": "r",
        "resources": ["a"], "replay-name": "p", "detail": {"x": 1}}"#;
    let template = r"[<aws.events.event>, <aws.events.event.json>]";
    let transformer = InputTransformer::new([].into(), template).unwrap();
    let expected = r#"[{"id":"i","account":"1","detailType":"D","time":"T","source":"s","region":"r","resources":["a"],"version":"0","replay-name":"p"},{"version":"0","id":"i","detail-type":"D","source":"s","account":"1","time":"T","region":"r","resources":["a"],"replay-name":"p","detail":{"x":1}}]"#;
    assert_eq!(
        transformer.apply(event, &RuleFacts::default()).as_deref(),
        Ok(expected)
    );
}

#[test]
fn what_is_no_template_is_refused_at_its_place() {
    for (template, place) in [
        ("item <s> is here", "i"),
        (r#"{"id": <s>"#, ""),
        (r#"{"id": <s>,}"#, "}"),
        (r#"{"id": items/<s>}"#, "i"),
        (r#"{"id": <s>x}"#, "x"),
        (r#"{"id": <s><n>}"#, "<"),
        (r#"{"id": 1<n>}"#, "<"),
        (r#"{"id": "a"<n>}"#, "<"),
        (r#"{"id": <n>"a"}"#, "\""),
        (r#"{"id": <s>} more"#, "m"),
        (r#""Order <s>" <n>"#, "<"),
        (r#""Order <s>", "of <n>""#, ","),
        (r#""Order <s>"#, ""),
        ("\"Order\n<s>\"", "\n"),
        (r#""\<s>""#, "<"),
        (r#""\u00<s>""#, "u"),
        ("<s> \"x\"", "\""),
        ("< s >", "<"),
        ("{'id': <s>}", "'"),
    ] {
        let error = transformer(template).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidTemplate, "{template}");
        let span = error.span().unwrap();
        assert_eq!(&template[span], place, "{template}");
    }
    for template in ["", " \n"] {
        assert_eq!(
            transformer(template).unwrap_err().kind(),
            Kind::EmptyTemplate
        );
    }
    let long = format!("\"{}\"", "x".repeat(8_191));
    assert_eq!(transformer(&long).unwrap_err().kind(), Kind::TooLong);
}

#[test]
fn a_variable_may_not_stand_everywhere() {
    check_refused(r#"{"a": <b>}"#, Kind::UndefinedVariable, "<b>");
    check_refused(
        r#"{"a": <aws.events.rule>}"#,
        Kind::UndefinedVariable,
        "<aws.events.rule>",
    );
    check_refused("{<s>: 1}", Kind::VariableAsKey, "<s>");
    check_refused(r#"{"<s>" : 1}"#, Kind::VariableAsKey, "<s>");
    check_refused(
        r#""<aws.events.event.json>""#,
        Kind::EventInString,
        "<aws.events.event.json>",
    );
    check_refused(
        r#"{"a": "<aws.events.event>"}"#,
        Kind::EventInString,
        "<aws.events.event>",
    );
}

#[test]
fn names_and_paths_have_their_own_errors() {
    for (name, path, kind) in [
        ("a b", "$.x", Kind::InvalidName),
        ("", "$.x", Kind::InvalidName),
        ("AWS.x", "$.x", Kind::ReservedName),
        ("aws.events.x", "$.x", Kind::ReservedName),
        ("a", "x", Kind::InvalidPath),
    ] {
        let paths = BTreeMap::from([(name.to_owned(), path.to_owned())]);
        let error = InputTransformer::new(paths, "{}").unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (kind, Some(name)),
            "{name} {path}"
        );
    }
    let paths = BTreeMap::from([("AWSx".to_owned(), "$.x".to_owned())]);
    assert!(InputTransformer::new(paths, "<AWSx>").is_ok());
    let many = (0..101).map(|name| (name.to_string(), "$".to_owned()));
    let error = InputTransformer::new(many.collect(), "{}").unwrap_err();
    assert_eq!(error.kind(), Kind::TooManyPaths);
}

#[test]
fn output_that_is_no_json_is_an_error() {
    for (template, place) in [(r#"{"o": "<o>"}"#, "<o>"), (r#"{"o": "<s> <l>"}"#, "<l>")] {
        let error = applied(template).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidOutput);
        assert_eq!(&template[error.span().unwrap()], place);
    }
    // Without quotes of its own, a list makes a fine string.
    check(r#"{"o": "<x>"}"#, r#"{"o":"[1,2]"}"#);
}

#[test]
fn an_event_that_is_no_json_is_an_error() {
    let transformer = transformer(r#"{"a": <s>}"#).unwrap();
    for event in ["", "{", "{'a': 1}", &"[".repeat(1001)] {
        let error = transformer.apply(event, &RuleFacts::default()).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidEvent);
    }
}

#[test]
fn depth_and_length_of_the_output_have_a_limit() {
    let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let deep = |levels| format!(r#"{{"detail":{{"s":{}}}}}"#, nested(levels));
    let whole = transformer("<s>").unwrap();
    let output = whole.apply(&deep(998), &RuleFacts::default());
    assert_eq!(output, Ok(nested(998)));
    let deeper = transformer("[[[<s>]]]").unwrap();
    let error = deeper.apply(&deep(998), &RuleFacts::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidOutput);

    let long = format!(r#"{{"detail":{{"s":"{}"}}}}"#, "x".repeat(1_000_000));
    let many = transformer(&format!("\"{}\"", "<s>".repeat(2_000))).unwrap();
    let error = many.apply(&long, &RuleFacts::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::OutputTooLong);
}
