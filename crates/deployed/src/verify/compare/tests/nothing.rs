//! A pipeline that is not deployed.

use super::*;

/// Takes away all that the pipeline makes. The function of others stays.
fn clear(deployed: &mut Deployed) {
    for (_, rules) in &mut deployed.rules {
        *rules = Reading::Found(Vec::new());
    }
    deployed.rules[0].1 = Reading::Absent;
    deployed.schedules = Reading::Found(Vec::new());
    for (name, function) in &mut deployed.functions {
        if name != "theirs" {
            function.arn = Reading::Absent;
        }
    }
    for queue in deployed.queues.values_mut() {
        *queue = Reading::Absent;
    }
}

#[test]
pub(super) fn of_what_is_not_deployed_one_finding_tells() {
    check(clear, &[("not-deployed", "pipeline p")]);
    // What is there, or cannot be read, makes every other thing worth a line.
    let is_one = |change: fn(&mut Deployed)| {
        let expected = wanted();
        let mut deployed = perfect(&expected);
        let kept = perfect(&expected);
        clear(&mut deployed);
        change(&mut deployed);
        let found = compare(&expected, &deployed);
        assert_eq!(kept.queues.len(), expected.queues.len());
        found.len() == 1
    };
    assert!(is_one(|_| {}));
    assert!(!is_one(|deployed| {
        deployed.schedules = Reading::Refused("no".to_owned());
    }));
    assert!(!is_one(|deployed| {
        let queue = deployed.queues.values_mut().next().unwrap();
        *queue = Reading::Refused("no".to_owned());
    }));
    assert!(!is_one(|deployed| {
        let expected = wanted();
        let (bus, mut rules) = perfect(&expected).rules.remove(0);
        let Reading::Found(all) = &mut rules else {
            panic!("no rules");
        };
        all.truncate(1);
        all[0].name = "p-older-event-dev".to_owned();
        deployed.rules[0] = (bus, rules);
    }));
}
