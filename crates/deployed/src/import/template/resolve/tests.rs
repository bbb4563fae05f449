use super::*;
use crate::import::template::stack::Stack;
use serde_json::json;

fn world() -> World {
    let template = json!({
        "Parameters": {
            "Stage": { "Default": "dev" }, "Given": {}, "Open": {}, "Size": { "Type": "Number", "Default": 7 },
            "Names": { "Type": "CommaDelimitedList", "Default": "a, b" },
            "Stored": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x/y" },
            "Key": { "NoEcho": true, "Default": "hush" },
        },
        "Mappings": { "M": { "dev": { "cron": "rate(1 day)", "list": ["x", "y"] } } },
        "Conditions": {
            "Dev": { "Fn::Equals": [{ "Ref": "Stage" }, "dev"] },
            "Prod": { "Fn::Not": [{ "Condition": "Dev" }] },
            "Asked": { "Fn::Equals": [{ "Ref": "Open" }, "yes"] },
            "Either": { "Fn::Or": [{ "Condition": "Asked" }, { "Condition": "Dev" }] },
            "Both": { "Fn::And": [{ "Condition": "Asked" }, { "Condition": "Dev" }] },
            "Self": { "Condition": "Self" },
        },
        "Resources": {
            "Fn": { "Type": "AWS::Lambda::Function", "Properties": { "FunctionName": { "Fn::Sub": "mail-${Stage}" } } },
            "Anonymous": { "Type": "AWS::Lambda::Function", "Properties": {} },
            "Live": { "Type": "AWS::Lambda::Alias", "Properties": { "Name": "live", "FunctionName": { "Ref": "Fn" } } },
            "Loop": { "Type": "AWS::Lambda::Alias", "Properties": { "Name": { "Ref": "Loop" }, "FunctionName": { "Ref": "Loop" } } },
            "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": "dead" } },
            "Table": { "Type": "AWS::DynamoDB::Table" },
        },
    });
    let other = json!({
        "Resources": { "Bus": { "Type": "AWS::Events::EventBus", "Properties": { "Name": "orders" } } },
        "Outputs": { "B": { "Value": { "Fn::GetAtt": ["Bus", "Name"] }, "Export": { "Name": "core:bus" } } },
    });
    let given = [("Given".to_owned(), "said".to_owned())];
    let mut world = World {
        stacks: vec![
            Stack::new(String::new(), template, &given),
            Stack::new(String::new(), other, &given),
        ],
        ..World::default()
    };
    world.add_exports(1);
    world
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "every call makes its values")]
fn check(value: Value, expected: Value, unknown: &[&str]) {
    let world = world();
    let resolved = world.resolver(0).resolve(&value).unwrap_or_default();
    let unknowns = &world.unknowns;
    let names = unknowns.names(&resolved);
    let plain = map_texts(&resolved, &mut |text| unknowns.plain(text));
    assert_eq!(
        (plain, names),
        (
            expected,
            unknown.iter().map(|name| (*name).to_owned()).collect()
        ),
        "{value}"
    );
}

const ARN: &str = "arn:aws:lambda:${region}:${account}:function:";

#[test]
fn references_are_resolved_as_far_as_the_templates_go() {
    check(json!({ "Ref": "Stage" }), json!("dev"), &[]);
    check(json!({ "Ref": "Given" }), json!("said"), &[]);
    check(json!({ "Ref": "Open" }), json!("${open}"), &["Open"]);
    check(json!({ "Ref": "Size" }), json!("7"), &[]);
    check(json!({ "Ref": "Names" }), json!(["a", "b"]), &[]);
    check(json!({ "Ref": "Stored" }), json!("${stored}"), &["Stored"]);
    check(json!({ "Ref": "Key" }), json!("${Key}"), &["Key"]);
    check(json!({ "Ref": "Fn" }), json!("mail-dev"), &[]);
    check(
        json!({ "Ref": "AWS::Region" }),
        json!("${region}"),
        &["AWS::Region"],
    );
    check(
        json!({ "a": { "Ref": "AWS::NoValue" }, "b": [{ "Ref": "AWS::NoValue" }] }),
        json!({ "b": [] }),
        &[],
    );
    check(json!({ "Ref": "Queue" }), json!("${queue}"), &["Queue"]);
    check(json!({ "Ref": "Table" }), json!("${Table}"), &["Table"]);
    check(json!({ "Ref": "Nobody" }), json!("${Nobody}"), &["Nobody"]);
    let place = ["AWS::AccountId", "AWS::Region"];
    check(
        json!({ "Fn::GetAtt": ["Fn", "Arn"] }),
        json!(format!("{ARN}mail-dev")),
        &place,
    );
    check(
        json!({ "Fn::GetAtt": "Fn.Arn" }),
        json!(format!("{ARN}mail-dev")),
        &place,
    );
    check(
        json!({ "Fn::GetAtt": ["Anonymous", "Arn"] }),
        json!(format!("{ARN}${{Anonymous}}")),
        &["AWS::AccountId", "AWS::Region", "Anonymous"],
    );
    check(
        json!({ "Ref": "Live" }),
        json!(format!("{ARN}mail-dev:live")),
        &place,
    );
    let world = world();
    let round = world
        .resolver(0)
        .resolve(&json!({ "Ref": "Loop" }))
        .unwrap();
    assert!(
        world
            .unknowns
            .names(&round)
            .contains(&"Loop.Arn".to_owned())
    );
    check(
        json!({ "Fn::GetAtt": ["Table", "StreamArn"] }),
        json!("${table_stream_arn}"),
        &["Table.StreamArn"],
    );
}

#[test]
fn texts_are_put_together_and_taken_apart() {
    let sub =
        json!({ "Fn::Sub": ["a-${Stage}-${!x}-${Own}-${Fn.Arn}", { "Own": { "Ref": "Given" } }] });
    check(
        sub,
        json!(format!("a-dev-${{x}}-said-{ARN}mail-dev")),
        &["AWS::AccountId", "AWS::Region"],
    );
    check(json!({ "Fn::Sub": "${open" }), json!("${open"), &[]);
    check(
        json!({ "Fn::Join": ["-", ["a", { "Ref": "Stage" }, 1]] }),
        json!("a-dev-1"),
        &[],
    );
    check(
        json!({ "Fn::Join": ["-", { "Ref": "Names" }] }),
        json!("a-b"),
        &[],
    );
    check(
        json!({ "Fn::Select": ["1", { "Ref": "Names" }] }),
        json!("b"),
        &[],
    );
    check(
        json!({ "Fn::Select": [5, { "Ref": "Names" }] }),
        json!("${Fn::Select}"),
        &["Fn::Select"],
    );
    let name = |index: u8| json!({ "Fn::Select": [index, { "Fn::Split": [":", { "Fn::GetAtt": ["Fn", "Arn"] }] }] });
    check(name(6), json!("mail-dev"), &[]);
    check(name(3), json!("${region}"), &["AWS::Region"]);
    // The unknown text may have a hyphen of its own.
    let part = |index: u8| json!({ "Fn::Select": [index, { "Fn::Split": ["-", { "Fn::Sub": "x-${Open}-y" }] }] });
    check(part(0), json!("x"), &[]);
    check(part(1), json!("${Open}"), &["Open"]);
    check(part(2), json!("${Open}"), &["Open"]);
    check(json!({ "Fn::Base64": "ab" }), json!("YWI="), &[]);
    check(
        json!({ "Fn::ToJsonString": { "a": [{ "Ref": "Stage" }] } }),
        json!("{\"a\":[\"dev\"]}"),
        &[],
    );
    check(json!({ "Fn::Length": { "Ref": "Names" } }), json!(2), &[]);
    let nested = json!({ "detail": { "id": [{ "Ref": "Stage" }] } });
    check(nested, json!({ "detail": { "id": ["dev"] } }), &[]);
}

#[test]
fn conditions_maps_and_exports_are_known_from_the_templates() {
    let choose = |name: &str| json!({ "Fn::If": [name, "yes", "no"] });
    check(choose("Dev"), json!("yes"), &[]);
    check(choose("Prod"), json!("no"), &[]);
    check(choose("Either"), json!("yes"), &[]);
    for name in ["Asked", "Both"] {
        let what = format!("the condition {name} (Open)");
        check(choose(name), json!(format!("${{{what}}}")), &[&what]);
    }
    check(
        choose("Self"),
        json!("${the condition Self (Self)}"),
        &["the condition Self (Self)"],
    );
    check(
        choose("Nobody"),
        json!("${the condition Nobody (Nobody)}"),
        &["the condition Nobody (Nobody)"],
    );
    check(
        json!({ "Fn::If": ["Asked", "same", "same"] }),
        json!("same"),
        &[],
    );
    let find = |key: Value| json!({ "Fn::FindInMap": ["M", { "Ref": "Stage" }, key] });
    check(find(json!("cron")), json!("rate(1 day)"), &[]);
    check(find(json!("list")), json!(["x", "y"]), &[]);
    check(
        find(json!("other")),
        json!("${Mappings/M/dev/other}"),
        &["Mappings/M/dev/other"],
    );
    check(find(json!({ "Ref": "Open" })), json!("${Open}"), &["Open"]);
    check(
        json!({ "Fn::FindInMap": ["M", "prod", "cron", { "DefaultValue": "x" }] }),
        json!("x"),
        &[],
    );
    check(
        json!({ "Fn::ImportValue": "core:bus" }),
        json!("orders"),
        &[],
    );
    check(
        json!({ "Fn::ImportValue": "x" }),
        json!("${x}"),
        &["Fn::ImportValue x"],
    );
}

#[test]
fn what_is_looked_up_at_deployment_keeps_its_name() {
    check(
        json!("a-{{resolve:ssm:/shop/url:1}}-b"),
        json!("a-${shop_url_1}-b"),
        &["/shop/url:1"],
    );
    let secret = json!({ "Fn::Sub": "{{resolve:secretsmanager:${Stage}}}" });
    check(
        secret,
        json!("${resolve:secretsmanager:dev}"),
        &["resolve:secretsmanager:dev"],
    );
    check(json!({ "Fn::Zzz": 1 }), json!("${Fn::Zzz}"), &["Fn::Zzz"]);
    check(
        json!({ "a": 1, "Fn::Transform": {} }),
        json!({ "a": 1, "Fn::Transform": "${Fn::Transform}" }),
        &["Fn::Transform"],
    );
}

#[test]
fn texts_that_use_each_other_twice_end() {
    let mut resources = Map::new();
    for step in 0..40 {
        let name = format!("B{}", step + 1);
        let twice = json!({ "Fn::Join": ["", [{ "Ref": name }, { "Ref": name }]] });
        let bus = json!({ "Type": "AWS::Events::EventBus", "Properties": { "Name": twice } });
        resources.insert(format!("B{step}"), bus);
    }
    let world = World {
        stacks: vec![Stack::new(
            String::new(),
            json!({ "Resources": resources }),
            &[],
        )],
        ..World::default()
    };
    let resolved = world.resolver(0).resolve(&json!({ "Ref": "B0" })).unwrap();
    assert!(!world.unknowns.names(&resolved).is_empty());
}

#[test]
fn a_long_chain_of_names_ends() {
    let mut resources = Map::new();
    for step in 0..5_000 {
        let next = json!({ "Fn::Sub": ["${X}", { "X": { "Ref": format!("B{}", step + 1) } }] });
        let bus = json!({ "Type": "AWS::Events::EventBus", "Properties": { "Name": next } });
        resources.insert(format!("B{step}"), bus);
    }
    let template = json!({ "Resources": resources });
    let world = World {
        stacks: vec![Stack::new(String::new(), template, &[])],
        ..World::default()
    };
    let resolved = world.resolver(0).resolve(&json!({ "Ref": "B0" })).unwrap();
    assert!(!world.unknowns.names(&resolved).is_empty());
}

#[test]
fn what_is_too_long_is_equal_to_nothing() {
    let world = world();
    // As if a value had used up what there is.
    world.depth.set(1);
    world.budget.set(0);
    assert!(world.resolver(0).condition("Dev").is_err());
}
