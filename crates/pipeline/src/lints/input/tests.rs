use crate::testing::{PREFIX, ids_of};
use crate::{Surroundings, parse};

/// Findings for an input of a function of others.
fn with_input(input: &str) -> Vec<&'static str> {
    ids_of(&format!(
        "{PREFIX}jobs: {{ j: {{ function: {{ existing: j }}, triggers: [ {{ event: e, input: {input} }} ] }} }}\n"
    ))
}

const DECLARED: &str = "pipeline: p\nsource: s\nsubject: user\nevents: { e: { detail_type: E, external: true, detail: {
    user: string, total: number, at: timestamp, raw: json, tags: [string], counts: [integer], card: { brand: string },
    items: [{ sku: string, n: integer }], note: string? } } }\n";

/// Findings for an input that is made from a declared detail, with their headlines.
fn found(function: &str, trigger: &str, input: &str) -> Vec<(&'static str, String)> {
    let spec = format!(
        "{DECLARED}jobs: {{ j: {{ function: {{ {function}: j }}, triggers: [ {{ {trigger}, input: {input} }}, {{ id: plain, event: e }} ] }} }}\n"
    );
    let found = parse(&spec, &Surroundings::default()).diagnostics;
    let found = found
        .into_iter()
        .filter(|found| found.lint.id != "double-trigger");
    found.map(|found| (found.lint.id, found.message)).collect()
}

fn ids(function: &str, trigger: &str, input: &str) -> Vec<&'static str> {
    let found = found(function, trigger, input).into_iter();
    found.map(|(id, _)| id).collect()
}

#[test]
fn what_eventbridge_refuses_is_refused() {
    for input in [
        "{ template: '{ \"a\": <b> }' }",
        "{ paths: { a: $.detail.a }, template: '<b>' }",
        "{ paths: { a: detail }, template: '<a>' }",
        "{ paths: { AWS.a: $.detail }, template: '{}' }",
        "{ template: 'an order' }",
        "{ template: '{ \"a\": 1' }",
        "{ template: '{ \"a\": 1, }' }",
        "{ paths: { a: $.id }, template: '{ \"a\": items/<a> }' }",
        "{ template: '' }",
    ] {
        assert_eq!(with_input(input), ["invalid-input"], "{input}");
    }
    for input in [
        "{ paths: { a: $.detail.a }, template: '{ \"a\": <a> }' }",
        "{ paths: { AWSa: $.detail.a/b }, template: '<AWSa>' }",
        "{ paths: { a: $.account }, template: '{ \"arn\": \"arn:aws:ec2:<a>:x\" }' }",
        "{ template: '\"<aws.events.rule-name>\"' }",
        "{ template: \"\\\"one\\\"\\n\\\"two\\\"\" }",
    ] {
        assert!(with_input(input).is_empty(), "{input}");
    }
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let place = |input: &str| {
        let spec = format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ existing: j }}, triggers: [ {{ event: e, input: {input} }} ] }} }}\n"
        );
        let found = parse(&spec, &Surroundings::default()).diagnostics;
        spec[found[0].span.range()].to_owned()
    };
    assert_eq!(place("{ template: '{ \"a\": items/<b> }' }"), "<b>");
    assert_eq!(place("{ template: '{ \"a\": items }' }"), "i");
    assert_eq!(place("{ paths: { a: $.a!b }, template: '<a>' }"), "!");
    assert_eq!(
        place("{ paths: { a: $.detial.id }, template: '<a>' }"),
        "detial"
    );
}

#[test]
fn a_path_leads_to_a_field_of_the_event() {
    for path in [
        "$",
        "$.detail",
        "$.detail-type",
        "$.resources[0]",
        "$.detail.user",
        "$.detail.event_type",
        "$.detail.note",
        "$.detail.raw.any/thing[0].at",
        "$.detail.card.brand",
        "$.detail.items[0].sku",
        "$.detail.items[*].n",
        "$.detail.card.*",
    ] {
        let input = format!("{{ paths: {{ a: '{path}' }}, template: '[<a>]' }}");
        assert!(found("existing", "event: e", &input).is_empty(), "{path}");
    }
    for (path, message) in [
        ("$.detial.user", "an event has no field `detial`"),
        ("$.detailType", "an event has no field `detailType`"),
        ("$.detail.usr", "the event's detail has no field `usr`"),
        (
            "$.detail.card.bran",
            "the event's detail has no field `bran`",
        ),
        (
            "$.detail.user.name",
            "`$.detail.user` is a string, and has no field `name`",
        ),
        (
            "$.detail.user[0]",
            "`$.detail.user` is a string, and has no elements",
        ),
        (
            "$.detail.items.sku",
            "`$.detail.items` is a list, and has no field `sku`",
        ),
        (
            "$.detail[0]",
            "`$.detail` is an object, and has no elements",
        ),
        (
            "$.time.hour",
            "`$.time` is a string, and has no field `hour`",
        ),
    ] {
        let input = format!("{{ paths: {{ a: '{path}' }}, template: '[<a>]' }}");
        let expected = [("unknown-field", message.to_owned())];
        assert_eq!(found("existing", "event: e", &input), expected, "{path}");
    }
}

#[test]
fn a_pattern_on_one_own_event_has_its_detail() {
    let input = "{ paths: { a: $.detail.usr }, template: '[<a>]' }";
    let own = "pattern: { source: [s], detail-type: [E] }";
    assert_eq!(ids("existing", own, input), ["unknown-field"]);
    let others = "pattern: { source: [aws.s3] }";
    assert!(ids("existing", others, input).is_empty());
    let envelope = "{ paths: { a: $.detial.usr }, template: '[<a>]' }";
    assert_eq!(ids("existing", others, envelope), ["unknown-field"]);
}

#[test]
fn an_object_or_a_list_may_not_stand_inside_quotes() {
    let in_quotes = |path: &str| {
        let input = format!("{{ paths: {{ a: '{path}' }}, template: '{{ \"x\": \"is <a>\" }}' }}");
        ids("existing", "event: e", &input)
    };
    for path in [
        "$",
        "$.detail",
        "$.detail.card",
        "$.detail.tags",
        "$.detail.items",
        "$.detail.items[0]",
        "$.detail.items[*].sku",
    ] {
        assert_eq!(in_quotes(path), ["object-in-quotes"], "{path}");
    }
    for path in [
        "$.detail.user",
        "$.detail.total",
        "$.detail.raw",
        "$.detail.tags[0]",
        // Numbers have no quotes: `[1,2]` makes a fine string.
        "$.detail.counts",
        "$.detail.items[*].n",
    ] {
        assert_eq!(in_quotes(path), [""; 0], "{path}");
    }
    // In text they lose their quotes.
    let text = "{ paths: { a: $.detail.card }, template: '\"is <a>\"' }";
    assert_eq!(ids("existing", "event: e", text), [""; 0]);
}

#[test]
fn a_typed_function_reads_an_envelope_or_a_declared_detail() {
    let all = "\"user\": <u>, \"total\": 1, \"at\": \"T\", \"raw\": 1, \"tags\": [], \"counts\": [], \"card\": {}, \"items\": []";
    for template in [
        "<d>",
        "<raw>",
        "<aws.events.event.json>",
        "{ \"source\": \"s\", \"detail-type\": \"E\", \"detail\": <d> }",
        &format!("{{ \"event_type\": \"e\", {all} }}"),
        "{ \"user\": null }",
        "{ \"event_type\": \"scheduled\", \"timestamp\": \"T\" }",
    ] {
        let input = with_paths(template);
        assert_eq!(found("package", "event: e", &input), [], "{template}");
    }
    for (template, why) in [
        (
            "{ \"myField\": \"my value\" }",
            "it is no envelope, and has no `event_type`",
        ),
        ("\"a text\"", "it is a text"),
        ("[<d>]", "it is a list"),
        ("17", "it is `17`"),
        ("<u>", "it is a string"),
        ("<tags>", "it is a list"),
        ("<card>", "it is no envelope, and has no `event_type`"),
        ("<aws.events.event>", "it is an envelope without `detail`"),
        ("<aws.events.rule-name>", "it is a text"),
        ("{ \"detail\": <d> }", "it is an envelope without `source`"),
        (
            "{ \"event_type\": \"e\", \"user\": <u> }",
            "it is a detail without `total`",
        ),
    ] {
        let message = format!("the function `j` cannot read this input: {why}");
        let input = with_paths(template);
        let expected = [("unreadable-input", message)];
        assert_eq!(found("package", "event: e", &input), expected, "{template}");
        assert_eq!(ids("existing", "event: e", &input), [""; 0], "{template}");
    }
}

fn with_paths(template: &str) -> String {
    let paths = "{ d: $.detail, u: $.detail.user, raw: $.detail.raw, tags: $.detail.tags, card: $.detail.card }";
    format!("{{ paths: {paths}, template: '{template}' }}")
}

#[test]
fn a_partition_key_leads_to_a_field_of_every_event_of_its_job() {
    let none: &[&str] = &[];
    for (key, ids) in [
        ("$.detail.id", none),
        ("$.id", none),
        ("$.source", none),
        ("$.detail.order", &["unknown-field"][..]),
        ("$.order", &["unknown-field"]),
    ] {
        let spec = format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ id: string }} }} }}\njobs: {{ j: {{ deliver_to: {{ stream: {{ existing: s, partition_key: {key} }} }}, triggers: [ {{ event: e }} ] }} }}\n"
        );
        assert_eq!(crate::testing::ids_of(&spec), ids, "{key}");
    }
}

#[test]
fn a_value_and_a_path_are_what_eventbridge_takes() {
    for input in [
        "{ path: detail }",
        "{ path: '$.a!b' }",
        &format!("{{ value: {} }}", "x".repeat(8_191)),
    ] {
        assert_eq!(with_input(input), ["invalid-input"], "{input}");
    }
    for input in [
        "{ value: null }",
        "{ value: [1.50, x] }",
        "{ path: $ }",
        "{ path: $.detail.a }",
    ] {
        assert_eq!(with_input(input), [""; 0], "{input}");
    }
    for (input, id) in [
        ("{ value: 1, path: $ }", "conflicting-keys"),
        ("{ value: 1, paths: { a: $ } }", "conflicting-keys"),
        ("{ paths: { a: $ } }", "missing-key"),
        ("{ value: '${environment}' }", "misplaced-value"),
    ] {
        assert_eq!(with_input(input), [id], "{input}");
    }
    assert_eq!(
        ids("existing", "event: e", "{ path: $.detail.usr }"),
        ["unknown-field"]
    );
}

#[test]
fn a_typed_function_reads_a_value_or_a_part_as_it_reads_a_template() {
    for input in [
        "{ path: $ }",
        "{ path: $.detail }",
        "{ path: $.detail.raw }",
        "{ value: { user: null } }",
        "{ value: { event_type: scheduled, timestamp: T } }",
        "{ value: { source: s, detail-type: E, detail: {} } }",
    ] {
        assert_eq!(found("package", "event: e", input), [], "{input}");
    }
    for (input, why) in [
        ("{ value: x }", "it is `\"x\"`"),
        ("{ value: [] }", "it is a list"),
        (
            "{ value: { a: 1 } }",
            "it is no envelope, and has no `event_type`",
        ),
        (
            "{ value: { detail: {} } }",
            "it is an envelope without `source`",
        ),
        ("{ path: $.detail.user }", "it is a string"),
        ("{ path: $.resources }", "it is a list"),
    ] {
        let expected = [(
            "unreadable-input",
            format!("the function `j` cannot read this input: {why}"),
        )];
        assert_eq!(found("package", "event: e", input), expected, "{input}");
        assert_eq!(ids("existing", "event: e", input), [""; 0], "{input}");
    }
}

#[test]
fn the_input_of_a_schedule_is_judged_by_the_service_that_runs_it() {
    let rule = "schedule: rate(1 hour)";
    let scheduler = "schedule: rate(1 hour), timezone: UTC";
    for (schedule, input, expected) in [
        (rule, "{ path: $.time }", &[] as &[&str]),
        (rule, "{ path: $.detail.kind }", &["unknown-field"]),
        (
            rule,
            "{ paths: { t: $.time }, template: '{ \"t\": <t> }' }",
            &[],
        ),
        (rule, "{ value: '<aws.scheduler.execution-id>' }", &[]),
        (scheduler, "{ value: [1] }", &[]),
        (scheduler, "{ path: $.time }", &["invalid-input"]),
        (scheduler, "{ template: '1' }", &["invalid-input"]),
        (
            scheduler,
            "{ value: '<aws.scheduler.execution-id>' }",
            &["invalid-input"],
        ),
    ] {
        assert_eq!(
            ids("existing", schedule, input),
            expected,
            "{schedule} {input}"
        );
    }
    for (beside, expected) in [
        ("shards: 2", &["conflicting-keys"] as &[&str]),
        ("detail: {}", &["conflicting-keys"]),
        ("shards: 1", &[]),
    ] {
        let schedule = format!("{rule}, {beside}");
        assert_eq!(
            ids("existing", &schedule, "{ value: 1 }"),
            expected,
            "{beside}"
        );
    }
    let detail = found("package", rule, "{ path: $.detail }");
    assert!(
        detail[0]
            .1
            .ends_with("the detail of a schedule's event is empty"),
        "{detail:?}"
    );
}

#[test]
fn a_function_with_several_schedules_of_which_one_emits_has_to_know_which_runs() {
    let ids = |input: &str| {
        let spec = format!(
            "{DECLARED}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ schedule: rate(1 hour), input: {input} }}, {{ id: b, schedule: rate(1 day), emits: [e] }}, {{ event: e }} ] }} }}\n"
        );
        ids_of(&spec)
    };
    assert_eq!(
        ids("{ value: { event_type: scheduled, timestamp: T } }"),
        ["unreadable-input"]
    );
    assert_eq!(
        ids("{ value: { source: s, detail-type: E, detail: {} } }"),
        ["unreadable-input"]
    );
    let whole =
        "{ source: aws.events, detail-type: E, resources: [r], detail: { event_type: scheduled } }";
    assert_eq!(ids(&format!("{{ value: {whole} }}")), [""; 0]);
    assert_eq!(ids("{ path: $ }"), [""; 0]);
}
