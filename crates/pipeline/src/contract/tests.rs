use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::model::{TriggerBus, Used};
use crate::resources::{RuleSource, rules};
use crate::{Parsed, Surroundings, parse};

const BILLING: &str = "
pipeline: billing
source: acme.billing
bus: billing
events:
  invoice.paid: { detail_type: Invoice, detail: { invoice_id: string, cents: integer, items: [{ sku: 'enum(a, b)?' }], to: { city: string? } } }
  invoice.due: { detail_type: Invoice, external: true }
jobs:
  collect: { function: { package: collect }, triggers: [ { event: invoice.due } ], emits: [invoice.paid] }
";

fn used(files: &[(&str, &str)]) -> Used {
    let files = files.iter().map(|(path, text)| {
        let text = match *text {
            "" => Err("there is no file".to_owned()),
            text => Ok(text.to_owned()),
        };
        ((*path).to_owned(), text)
    });
    read(&files.collect::<BTreeMap<_, _>>())
}

fn parsed(spec: &str, files: &[(&str, &str)]) -> Parsed {
    let surroundings = Surroundings {
        used: Some(Arc::new(used(files))),
        ..Surroundings::default()
    };
    parse(spec, &surroundings)
}

fn dunning(uses: &str, rest: &str) -> String {
    format!("pipeline: dunning\nsource: acme.dunning\nbus: dunning\nuses: {{ {uses} }}\n{rest}\n")
}

fn job(triggers: &str, emits: &str) -> String {
    format!(
        "jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {triggers} ], emits: [{emits}] }} }}"
    )
}

/// What is said of a spec: the kinds of findings and their messages.
fn said(spec: &str, files: &[(&str, &str)]) -> Vec<String> {
    let found = parsed(spec, files).diagnostics;
    let found = found.iter();
    found
        .map(|one| format!("{}: {}", one.lint.id, one.message))
        .collect()
}

const HERE: &str = "billing: ../billing/pipeline.yaml";
const FILES: &[(&str, &str)] = &[("../billing/pipeline.yaml", BILLING)];

#[test]
fn a_rule_waits_for_the_event_as_it_is_there_on_the_bus_there() {
    let spec = dunning(
        HERE,
        &job("{ event: billing.invoice.paid, where: { cents: [1] } }", ""),
    );
    let parsed = parsed(&spec, FILES);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let pipeline = parsed.pipeline.unwrap();
    let rules: Vec<_> = rules(&pipeline).collect();
    let RuleSource::Pattern(pattern) = &rules[0].source else {
        panic!("a pattern");
    };
    assert_eq!(
        serde_json::Value::Object(pattern.json.clone()),
        serde_json::json!({
            "source": ["acme.billing"],
            "detail-type": ["Invoice"],
            "detail": { "event_type": ["invoice.paid"], "cents": [1] },
        })
    );
    let Some(TriggerBus::Existing(bus)) = &pipeline.jobs["j"].triggers[0].bus else {
        panic!("a bus of others");
    };
    assert_eq!(bus.as_written(), "billing-${environment}");
    assert_eq!(bus.value, "billing-local");
    let event = &pipeline.events["billing.invoice.paid"];
    assert!(event.external && !pipeline.is_own(event));
    assert_eq!(pipeline.events.len(), 1, "only what is named is there");
}

#[test]
fn a_contract_file_says_the_same_as_the_spec() {
    let pipeline = parse(BILLING, &Surroundings::default()).pipeline.unwrap();
    let written = write(&pipeline, "made by a test");
    assert_eq!(write(&pipeline, "made by a test"), written);
    let files = [("spec", BILLING), ("contract", written.as_str())];
    let used = used(&files);
    let [spec, contract] = ["spec", "contract"].map(|path| used.get(path).unwrap());
    assert_eq!(spec.pipeline, contract.pipeline);
    assert_eq!(spec.source, contract.source);
    assert_eq!(spec.bus, contract.bus);
    assert_eq!(spec.jobs, contract.jobs);
    let shown = |contract: &Contract| -> Vec<_> {
        let events = contract.events.iter();
        events
            .map(|(name, event)| {
                let on_bus = crate::model::OnBus::new(name, event);
                (on_bus, event.description.clone(), event.detail.clone())
            })
            .collect()
    };
    assert_eq!(shown(&spec), shown(&contract));
    assert_eq!(shown(&spec).len(), 2);
}

#[test]
fn what_cannot_be_used_is_said_with_the_reason() {
    let spec = dunning(HERE, &job("{ event: billing.invoice.paid }", ""));
    let newer = "contract: 2\npipeline: billing\n";
    let broken = BILLING.replace("source: acme.billing", "sorce: acme.billing");
    for (text, reason) in [
        ("", "there is no file"),
        ("[", "not closed"),
        ("a", "this is a string"),
        (newer, "a newer codegen wrote"),
        (broken.as_str(), "(line 3)"),
    ] {
        let said = said(&spec, &[("../billing/pipeline.yaml", text)]);
        assert!(said[0].starts_with("unreadable-contract: "), "{said:?}");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains(reason), "{said:?}");
    }
    // Without a look at the files nothing is said of them.
    assert!(
        parse(&spec, &Surroundings::default())
            .diagnostics
            .is_empty()
    );
}

#[test]
fn mistakes_in_the_names_have_a_way_out() {
    let of = |triggers: &str, emits: &str| said(&dunning(HERE, &job(triggers, emits)), FILES);
    assert_eq!(
        of("{ event: billing.invoice.piad }", ""),
        ["unknown-event: the pipeline `billing` has no event `invoice.piad`"]
    );
    let emitted = of("{ event: billing.invoice.paid }", "billing.invoice.due");
    assert_eq!(
        emitted,
        [
            "foreign-event: a job cannot emit `billing.invoice.due`: it is an event of the pipeline `billing`"
        ]
    );
    assert_eq!(
        of("{ schedule: rate(1 day) }", "")[0],
        "unused-pipeline: nothing waits for an event of `billing`"
    );
    let clash = format!(
        "events: {{ billing.invoice.paid: {{ detail_type: X, external: true }} }}\n{}",
        job("{ event: billing.invoice.paid }", "")
    );
    assert_eq!(
        said(&dunning(HERE, &clash), FILES)[0],
        "conflicting-keys: `billing.invoice.paid` is also an event of the pipeline `billing`"
    );
}

#[test]
fn loops_and_double_triggers_are_found_across_pipelines() {
    let dunning_of = |guard: &str| {
        dunning(
            HERE,
            &format!(
                "events: {{ reminder.sent: {{ detail_type: Reminder }} }}\njobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ event: billing.invoice.paid }} ], emits: [reminder.sent]{guard} }} }}"
            ),
        )
    };
    let spec = dunning_of("");
    let billing = BILLING
        .replace(
            "bus: billing\n",
            "bus: billing\nuses: { dunning: ../dunning/pipeline.yaml }\n",
        )
        .replace(
            "[ { event: invoice.due } ]",
            "[ { event: invoice.due }, { event: dunning.reminder.sent, id: r } ]",
        );
    let files = [
        ("../billing/pipeline.yaml", billing.as_str()),
        ("../dunning/pipeline.yaml", spec.as_str()),
    ];
    let looped = "event-loop: `j` may start itself";
    assert!(
        said(&spec, &files).contains(&looped.to_owned()),
        "{:?}",
        said(&spec, &files)
    );
    let found = parsed(&spec, &files).diagnostics;
    let found = found.iter().find(|found| found.lint.id == "event-loop");
    assert_eq!(
        found.unwrap().notes,
        ["the loop: `j` → reminder.sent → `billing/collect` → invoice.paid → `j`"]
    );
    let guarded = dunning_of(", loop_guard: two reminders at most");
    let found = said(&guarded, &files);
    assert!(!found.contains(&looped.to_owned()), "{found:?}");
    // The contract, made of the spec that uses this one, says as much.
    let surroundings = Surroundings {
        used: Some(Arc::new(used(&files))),
        ..Surroundings::default()
    };
    let of_billing = parse(&billing, &surroundings).pipeline.unwrap();
    let contract = write(&of_billing, "");
    let found = said(&spec, &[("../billing/pipeline.yaml", contract.as_str())]);
    assert!(found.contains(&looped.to_owned()), "{found:?}");
    // One event under two names.
    let twice = dunning(
        HERE,
        &format!(
            "events: {{ invoice.paid: {{ source: acme.billing, detail_type: Invoice }} }}\n{}",
            job(
                "{ event: billing.invoice.paid }, { event: invoice.paid, id: b, bus: 'billing-${environment}' }",
                ""
            )
        ),
    );
    assert_eq!(
        said(&twice, FILES),
        [
            "double-trigger: the event `billing.invoice.paid` may start `j` twice: `invoice.paid` is the same event"
        ]
    );
}

#[test]
fn events_of_another_account_come_to_the_own_bus_and_have_to_be_sent_there() {
    let uses = "billing: { contract: ../billing/pipeline.yaml, account: '111122223333' }";
    let spec = dunning(uses, &job("{ event: billing.invoice.paid }", ""));
    let parsed = parsed(&spec, FILES);
    let [found] = parsed.diagnostics.as_slice() else {
        panic!("{:?}", parsed.diagnostics);
    };
    assert_eq!(found.lint.id, "forwarded-events");
    let pattern = r#"{"detail":{"event_type":["invoice.paid"]},"detail-type":["Invoice"],"source":["acme.billing"]}"#;
    let pattern: serde_json::Value = serde_json::from_str(pattern).unwrap();
    let said = found.notes[0].split("with the pattern ").nth(1).unwrap();
    let said = said.split(", whose target").next().unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(said).unwrap(),
        pattern
    );
    assert!(found.notes[0].contains("`billing-${environment}`"));
    assert!(found.notes[1].contains("producer_accounts"));
    let pipeline = parsed.pipeline.unwrap();
    assert_eq!(pipeline.jobs["j"].triggers[0].bus, None);
}

#[test]
fn values_in_the_name_of_the_bus_are_those_of_this_spec() {
    let billing = BILLING.replace(
        "bus: billing",
        "values: { team: { local: t } }\nbus: { existing: 'x-${team}-${region}' }",
    );
    let files = [("../billing/pipeline.yaml", billing.as_str())];
    let jobs = job("{ event: billing.invoice.paid }", "");
    let without = dunning(HERE, &jobs);
    assert_eq!(
        said(&without, &files),
        [
            "invalid-value: the bus of `billing` is `x-${team}-${region}`, and this spec has no value `team`"
        ]
    );
    let with = dunning(
        HERE,
        &format!("values: {{ team: {{ local: red }} }}\n{jobs}"),
    );
    let parsed = parsed(&with, &files);
    assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
    let pipeline = parsed.pipeline.unwrap();
    let Some(TriggerBus::Existing(bus)) = &pipeline.jobs["j"].triggers[0].bus else {
        panic!("a bus of others");
    };
    assert_eq!(bus.value, "x-red-us-east-1");
}

#[test]
fn paths_lead_from_folder_to_folder() {
    let uses = "uses:\n  a: ../a/p.yaml\n  b: { contract: c.json, account: '1' }\n  c: [x]\n";
    assert_eq!(paths("", uses), ["../a/p.yaml", "c.json"]);
    assert_eq!(paths("../x/p.yaml", uses), ["../a/p.yaml", "../x/c.json"]);
    assert_eq!(paths("/x/y/p.yaml", uses), ["/x/a/p.yaml", "/x/y/c.json"]);
    assert!(paths("", "uses: [").is_empty());
}
