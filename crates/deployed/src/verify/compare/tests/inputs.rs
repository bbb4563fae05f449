//! Inputs that a trigger says: a part of the event, and constants on rules and schedules.

use super::*;

const SPEC: &str = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  j:
    function: { existing: j }
    triggers:
      - { event: e, input: { path: $.detail } }
      - { schedule: rate(1 hour), input: { value: { b: 1, a: [x] } } }
      - { schedule: rate(1 day), id: zoned, timezone: UTC, input: { value: { b: 2 } } }
";

/// What is found if these inputs are deployed, in the order of the spec.
fn ids(inputs: [Input; 2], of_schedule: &str) -> Vec<&'static str> {
    let parsed = pipeline::parse(SPEC, &pipeline::Surroundings::default());
    let expected = expected(&parsed.pipeline.unwrap(), "dev");
    let mut deployed = perfect(&expected);
    let (_, Reading::Found(rules)) = &mut deployed.rules[0] else {
        panic!("no rules");
    };
    for (rule, input) in rules.iter_mut().zip(inputs) {
        let Reading::Found(targets) = &mut rule.targets else {
            panic!("no targets");
        };
        targets[0].input = input;
    }
    schedule(&mut deployed).input = Some(of_schedule.to_owned());
    let found = compare(&expected, &deployed).into_iter();
    found.map(|found| found.lint.id).collect()
}

#[test]
fn an_input_is_compared_as_what_arrives() {
    let path = || Input::Path("$.detail".to_owned());
    let constant = |text: &str| Input::Constant(text.to_owned());
    // Other spaces and another order of keys are the same JSON.
    let same = ids(
        [path(), constant("{\"a\": [\"x\"], \"b\": 1}")],
        "{ \"b\": 2 }",
    );
    assert_eq!(same, [""; 0]);
    let other = ids([Input::Event, constant("{\"b\":1}")], "{\"b\":3}");
    assert_eq!(other, ["other-input"; 3]);
    let whole = ids([constant("{}"), path()], "null");
    assert_eq!(whole, ["other-input"; 3]);
}
