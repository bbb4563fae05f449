use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::import::{Imported, Manner, Names, OfState, from_state_text};

const HOME: &str = "eu-west-1:123456789012";

/// An instance: its module, the address inside of it, its key, and its attributes.
type Row = (&'static str, &'static str, Value, Value);

fn rule(name: &str, bus: &str) -> Value {
    json!({
        "name": name, "event_bus_name": bus, "state": "ENABLED", "role_arn": "", "schedule_expression": "",
        "arn": format!("arn:aws:events:{HOME}:rule/orders/{name}"),
        "event_pattern": json!({ "source": ["acme"], "detail-type": [name] }).to_string(),
    })
}

fn target(rule: &str, bus: &str) -> Value {
    json!({
        "rule": rule, "event_bus_name": bus, "target_id": "t", "arn": format!("arn:aws:lambda:{HOME}:function:mail"),
        "input": "", "input_path": "", "input_transformer": [], "role_arn": "", "sqs_target": [], "ecs_target": [],
        "retry_policy": [{ "maximum_event_age_in_seconds": 0, "maximum_retry_attempts": 3 }],
        "dead_letter_config": [],
    })
}

fn permission(rule: &str, function: &str) -> Value {
    json!({
        "statement_id": format!("Let{rule}"), "action": "lambda:InvokeFunction", "principal": "events.amazonaws.com",
        "function_name": function, "qualifier": "", "source_arn": format!("arn:aws:events:{HOME}:rule/orders/{rule}"),
    })
}

const RULES: &str = "aws_cloudwatch_event_rule.r";
const TARGETS: &str = "aws_cloudwatch_event_target.t";
const PERMISSIONS: &str = "aws_lambda_permission.p";

/// Two rules with all that belongs to them, one with a key and one by ARNs.
fn rows() -> Vec<Row> {
    let bus = format!("arn:aws:events:{HOME}:event-bus/orders");
    let function = format!("arn:aws:lambda:{HOME}:function:mail");
    let deep = "module.a[\"x.y\"].module.b[1]";
    vec![
        (deep, RULES, json!("pla\"ced"), rule("placed", "orders")),
        (deep, TARGETS, json!("pla\"ced"), target("placed", "orders")),
        (
            deep,
            PERMISSIONS,
            json!("pla\"ced"),
            permission("placed", "mail"),
        ),
        ("", RULES, json!(0), rule("paid", &bus)),
        ("", TARGETS, json!(0), target("paid", &bus)),
        ("", PERMISSIONS, Value::Null, permission("paid", &function)),
        ("", "aws_s3_bucket.b", Value::Null, json!({ "bucket": "b" })),
    ]
}

/// The rows as a state file has them.
fn kept(rows: &[Row], change: impl Fn(&mut Value)) -> Value {
    let resources = rows.iter().map(|(module, address, key, values)| {
        let (kind, name) = address.split_once('.').unwrap();
        let mut instance = json!({ "attributes": values, "sensitive_attributes": [] });
        if !key.is_null() {
            instance["index_key"] = key.clone();
        }
        change(&mut instance);
        let mut resource =
            json!({ "mode": "managed", "type": kind, "name": name, "instances": [instance] });
        if !module.is_empty() {
            resource["module"] = json!(module);
        }
        resource
    });
    json!({ "version": 4, "resources": resources.collect::<Vec<_>>() })
}

/// The rows as `terraform show -json` prints them.
fn shown(rows: &[Row]) -> Value {
    let of_module = |of: &str| -> Vec<Value> {
        let rows = rows.iter().filter(|(module, ..)| *module == of);
        rows.map(|(_, address, key, values)| {
            let (kind, name) = address.split_once('.').unwrap();
            json!({
                "mode": "managed", "type": kind, "name": name, "index": key, "values": values,
                "sensitive_values": { "tags_all": {}, "retry_policy": [{}] },
            })
        })
        .collect()
    };
    let deep = "module.a[\"x.y\"].module.b[1]";
    let inner = json!({ "address": deep, "resources": of_module(deep) });
    let outer = json!({ "address": "module.a[\"x.y\"]", "child_modules": [inner] });
    json!({
        "format_version": "1.0",
        "values": { "root_module": { "resources": of_module(""), "child_modules": [outer] } },
    })
}

fn import(state: &Value, is_apart: bool) -> anyhow::Result<Imported> {
    let wanted = OfState {
        file: Path::new("terraform.tfstate"),
        prefix: None,
        schedules: None,
        is_apart,
    };
    let names = Names {
        pipeline: "shop",
        environment: "dev",
    };
    from_state_text(&state.to_string(), wanted, names, Manner::default())
}

fn left_out(imported: &Imported) -> Vec<String> {
    let notes = imported.notes.iter();
    let notes = notes.filter(|note| note.kind == crate::import::Kind::LeftOut);
    notes
        .map(|note| format!("{}: {}", note.place, note.message))
        .collect()
}

#[test]
fn both_forms_of_a_state_and_a_plan_say_the_same() {
    let rows = rows();
    let of_file = import(&kept(&rows, |_| ()), false).unwrap();
    let state = shown(&rows);
    let of_plan = json!({ "format_version": "1.2", "prior_state": state, "planned_values": {} });
    for other in [state, of_plan] {
        let other = import(&other, false).unwrap();
        assert_eq!(other.spec, of_file.spec);
        assert_eq!(other.blocks, of_file.blocks);
        assert_eq!(other.notes, of_file.notes);
    }
    assert_eq!(left_out(&of_file), [""; 0]);
    assert_eq!(of_file.added, BTreeMap::new());
    assert_eq!(of_file.adopted.values().sum::<usize>(), 6);
}

#[test]
fn what_is_named_the_same_way_moves_and_what_is_not_is_imported_and_forgotten() {
    let imported = import(&kept(&rows(), |_| ()), false).unwrap();
    let blocks = imported.blocks.unwrap();
    let count = |kind: &str| blocks.matches(&format!("\n{kind} {{")).count();
    assert_eq!(
        (count("moved"), count("removed"), count("import")),
        (6, 3, 3)
    );
    for line in [
        "from = module.a[\"x.y\"].module.b[1].aws_cloudwatch_event_rule.r[\"pla\\\"ced\"]\n  to   = module.pipeline.aws_cloudwatch_event_rule.mail_placed\n",
        "from = aws_cloudwatch_event_rule.r[0]\n  to   = aws_cloudwatch_event_rule.forgotten_mail_paid\n",
        "to = module.pipeline.aws_cloudwatch_event_target.mail_paid\n  id = \"orders/paid/t\"\n",
        "to = module.pipeline.aws_lambda_permission.mail_paid\n  id = \"mail/Letpaid\"\n",
        "destroy = false",
    ] {
        assert!(blocks.contains(line), "{line}{blocks}");
    }
    let apart = import(&kept(&rows(), |_| ()), true).unwrap();
    assert_eq!(apart.blocks.unwrap().matches("\nimport {").count(), 6);
    let removed = apart.removed.unwrap();
    assert_eq!(removed.matches("\nremoved {").count(), 6);
    assert_eq!(removed.matches("\nmoved {").count(), 6);
}

#[test]
fn a_permission_of_the_same_entry_for_a_version_is_forgotten_and_not_destroyed() {
    let mut rows = rows();
    let of_version = json!({ "qualifier": "1", "statement_id": "v" });
    let mut values = permission("placed", "mail");
    let all = values.as_object_mut().unwrap();
    all.extend(of_version.as_object().unwrap().clone());
    let deep = "module.a[\"x.y\"].module.b[1]";
    rows.push((
        deep,
        "aws_lambda_permission.v",
        json!("pla\"ced"),
        values.clone(),
    ));
    // That of another key, and that of no module, stay in their configuration.
    rows.push((
        deep,
        "aws_lambda_permission.v",
        json!("other"),
        values.clone(),
    ));
    rows.push(("", "aws_lambda_permission.v", json!("pla\"ced"), values));
    let imported = import(&kept(&rows, |_| ()), false).unwrap();
    let notes = left_out(&imported);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0]
            .starts_with("module.a[\"x.y\"].module.b[1].aws_lambda_permission.v[\"pla\\\"ced\"]: ")
    );
    let blocks = imported.blocks.unwrap();
    assert!(
        blocks.contains("to   = aws_lambda_permission.forgotten_mail_placed_1\n"),
        "{blocks}"
    );
}

#[test]
fn what_must_not_be_shown_and_what_would_be_taken_away_is_left_out() {
    let of_target = |values: &Value, key: &str, value: Value| {
        let mut values = values.clone();
        values[key] = value;
        values
    };
    let plain = target("placed", "orders");
    let cases: [(Value, &str); 3] = [
        (
            of_target(&plain, "ecs_target", json!([{ "task_count": 1 }])),
            "EcsParameters",
        ),
        (
            of_target(&plain, "rule", json!("gone")),
            "its rule is not in this state",
        ),
        (
            of_target(&plain, "arn", json!("")),
            "does not say its `arn`",
        ),
    ];
    for (values, why) in cases {
        let mut rows = rows();
        rows[1].3 = values;
        let imported = import(&kept(&rows, |_| ()), false).unwrap();
        let notes = left_out(&imported).join("\n");
        assert!(notes.contains(why), "{why}: {notes}");
        assert!(!imported.spec.contains("name: placed"), "{}", imported.spec);
    }
    let mut of_role = rows();
    of_role[0].3["role_arn"] = json!("arn:aws:iam::123456789012:role/r");
    let imported = import(&kept(&of_role, |_| ()), false).unwrap();
    assert!(left_out(&imported)[0].contains("a role of its own"));
    let mut of_key = rows();
    let target =
        json!([{ "arn": format!("arn:aws:lambda:{HOME}:function:mail"), "role_arn": "r" }]);
    let schedule = json!({
        "name": "s", "schedule_expression": "rate(1 day)", "kms_key_arn": "arn:aws:kms:k", "target": target,
    });
    of_key.push(("", "aws_scheduler_schedule.s", Value::Null, schedule));
    let imported = import(&kept(&of_key, |_| ()), false).unwrap();
    assert!(left_out(&imported)[0].contains("encrypted with a key of its own"));
    // A sensitive input, and a tainted rule.
    let secret = of_target(&plain, "input", json!("{\"token\":\"hunter2\"}"));
    let mut rows = rows();
    rows[1].3 = secret;
    let state = kept(&rows, |instance| {
        if instance["attributes"]["input"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
        {
            instance["sensitive_attributes"] = json!([[{ "type": "get_attr", "value": "input" }]]);
        }
        if instance["attributes"]["name"] == "paid" {
            instance["status"] = json!("tainted");
        }
    });
    let error = import(&state, false).unwrap_err().to_string();
    assert!(error.contains("its `input` is sensitive"), "{error}");
    assert!(error.contains("it is tainted"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn tasks_and_jobs_are_taken_over_as_far_as_a_spec_says_them() {
    let of = |values: Value| {
        let mut target = target("placed", "orders");
        let all = target.as_object_mut().unwrap();
        all.extend(values.as_object().unwrap().clone());
        let mut rows = rows();
        rows[1].3 = target;
        rows.remove(2);
        import(&kept(&rows, |_| ()), false).unwrap()
    };
    let task = |more: Value| {
        let mut task = json!({
            "task_definition_arn": format!("arn:aws:ecs:{HOME}:task-definition/t:1"), "launch_type": "EC2", "task_count": 2,
            "network_configuration": [], "group": "", "enable_execute_command": false,
        });
        let all = task.as_object_mut().unwrap();
        all.extend(more.as_object().unwrap().clone());
        let role = "arn:aws:iam::123456789012:role/r";
        json!({ "arn": format!("arn:aws:ecs:{HOME}:cluster/c"), "role_arn": role, "ecs_target": [task] })
    };
    let imported = of(task(json!({})));
    assert_eq!(left_out(&imported), [""; 0]);
    let said = "task: { cluster: c, count: 2, definition: \"t:1\", launch_type: ec2 }";
    assert!(imported.spec.contains(said), "{}", imported.spec);
    assert_eq!(imported.added, BTreeMap::new());
    for more in [
        json!({ "group": "g" }),
        json!({ "launch_type": "" }),
        json!({ "network_configuration": [{}] }),
    ] {
        let notes = left_out(&of(task(more)));
        assert!(notes[0].contains("EcsParameters"), "{notes:?}");
    }
    let job = json!([{
        "job_definition": format!("arn:aws:batch:{HOME}:job-definition/d:1"), "job_name": "night", "job_attempts": 3, "array_size": 0,
    }]);
    let imported = of(json!({
        "arn": format!("arn:aws:batch:{HOME}:job-queue/q"), "role_arn": "arn:aws:iam::123456789012:role/r", "batch_target": job,
    }));
    assert_eq!(left_out(&imported), [""; 0]);
    let said = "batch: { attempts: 3, definition: \"d:1\", job_name: night, queue: q }";
    assert!(imported.spec.contains(said), "{}", imported.spec);
}

#[test]
fn what_is_no_state_is_refused() {
    for (text, why) in [
        ("", "no JSON"),
        ("[]", "neither"),
        ("{}", "neither"),
        ("{\"version\": 3, \"resources\": []}", "version 3"),
        ("{\"format_version\": \"1.0\"}", "the state is empty"),
        (
            "{\"version\": 4, \"resources\": [{\"mode\": \"managed\", \"module\": \"x[\", \"instances\": [{}]}]}",
            "without an address",
        ),
        (
            "{\"version\": 4, \"resources\": [{\"mode\": \"managed\", \"type\": \"a\", \"name\": \"b\", \"instances\": [{\"index_key\": -1}]}]}",
            "without an address",
        ),
    ] {
        let read = read_state(text, Prefixes::default());
        let error = read.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}
