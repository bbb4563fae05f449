//! Functions that exist already, invoked through an alias.

use super::*;

#[test]
fn an_alias_of_a_function_that_exists_has_a_policy_of_its_own() {
    let spec = "
pipeline: p
source: s
events: { e: { detail_type: E, external: true } }
jobs:
  newest: { function: { existing: theirs }, triggers: [{ event: e }] }
  stable: { function: { existing: 'theirs:live' }, triggers: [{ event: e }] }
";
    let parsed = pipeline::parse(spec, &pipeline::Surroundings::default());
    let expected = expected(&parsed.pipeline.unwrap(), "dev");
    let ids = |break_it: &dyn Fn(&mut Deployed)| -> Vec<(&'static str, String)> {
        let mut deployed = perfect(&expected);
        break_it(&mut deployed);
        let found = compare(&expected, &deployed).into_iter();
        found.map(|one| (one.lint.id, one.resource)).collect()
    };
    assert_eq!(ids(&|_| {}), []);
    let without_policy = |name: &'static str| {
        move |deployed: &mut Deployed| {
            deployed.functions.get_mut(name).unwrap().policy = Reading::Absent;
        }
    };
    for name in ["theirs", "theirs:live"] {
        let found = ids(&without_policy(name));
        assert_eq!(found, [("missing-permission", format!("function {name}"))]);
    }
    // A rule that would run the newest code, where the spec says which.
    let found = ids(&|deployed| {
        let Reading::Found(targets) = &mut named(rules(deployed, 0), "p-stable-event-dev").targets
        else {
            panic!("there are no targets");
        };
        targets[0].arn = function_arn("theirs");
    });
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "foreign-target");
}
