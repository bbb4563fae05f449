//! Tests of what README.md promises.

use std::fs;

use crate::support::{codegen, root, stdout};

#[test]
fn every_verb_is_in_the_table() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let help = stdout(&codegen(root(), &["--help"]));
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.split_once("\n\n").unwrap().0;
    let verbs = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs: Vec<&str> = verbs
        .filter(|verb| !verb.is_empty() && *verb != "help")
        .collect();
    assert!(verbs.contains(&"generate"), "{help}");
    for verb in verbs {
        assert!(
            readme.contains(&format!("| `{verb}` |")) || readme.contains(&format!("| `{verb} [")),
            "README.md does not list `{verb}`"
        );
    }
}

#[test]
fn every_rule_is_in_the_table() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let outputs = fs::read_to_string(root().join("terraform/pipeline/outputs.tf")).unwrap();
    let rules: Vec<&str> = outputs
        .lines()
        .filter(|line| line.contains("aws_cloudwatch_event_rule") && line.contains(".name"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert_eq!(rules.len(), 6);
    for rule in rules {
        assert!(
            readme.contains(&format!("| `spendsense-{rule}-<env>` |")),
            "{rule}"
        );
    }
}
