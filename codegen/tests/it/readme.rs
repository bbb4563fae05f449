//! Tests of what README.md promises.

use std::fs;
use std::path::Path;

use pipeline::Surroundings;

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
            ["` |", " [", " SHELL` |"]
                .iter()
                .any(|end| readme.contains(&format!("| `{verb}{end}"))),
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
    assert_eq!(rules.len(), 12);
    for rule in rules {
        assert!(
            readme.contains(&format!("| `spendsense-{rule}-<env>` |")),
            "{rule}"
        );
    }
}

#[test]
fn the_first_pipeline_has_no_mistake() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, spec) = readme.split_once("```yaml\npipeline: ").unwrap();
    let spec = format!("pipeline: {}", spec.split_once("```").unwrap().0);
    let found = pipeline::parse(&spec, &Surroundings::default()).diagnostics;
    assert!(found.is_empty(), "{found:?}\n{spec}");
}

#[test]
fn every_page_of_the_docs_is_named() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            readme.contains(&format!("docs/{name}")),
            "README.md does not name docs/{name}"
        );
    }
}

/// Links between pages, and to headings in them.
#[test]
fn links_lead_somewhere() {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let mut pages: Vec<_> = docs.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    for page in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"] {
        pages.push(root().join(page));
    }
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let to = match file {
                "" => page.clone(),
                file => page.parent().unwrap().join(file),
            };
            assert!(to.exists(), "{}: {target}", page.display());
            let is_there = heading.is_empty() || headings(&to).contains(&heading.to_owned());
            assert!(is_there, "{}: {target}", page.display());
        }
    }
}

/// The anchors that GitHub gives the headings of a page.
fn headings(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let headings = text
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    headings
        .map(|heading| {
            let heading = heading.to_lowercase();
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// The crate of that name on crates.io is somebody else's.
#[test]
fn nobody_is_told_to_install_another_crate() {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let mut pages: Vec<_> = docs.map(|entry| entry.unwrap().path()).collect();
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root().join(page)));
    let mut told = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for line in text.lines().filter(|line| line.contains("cargo install")) {
            let is_other = line.contains("codegen") && !line.contains("--path codegen");
            assert!(!is_other, "{}: {line}", page.display());
            told += usize::from(line.contains("codegen"));
        }
    }
    assert!(told > 0);
}
