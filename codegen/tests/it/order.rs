//! Tests of the order in which Terraform makes and removes resources. It follows their references, and a target refers to
//! nothing that lets its events in. That has to be there before the first event, and until the last one is delivered.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use hcl::structure::{Block, Body};

use crate::examples::{folders, module_files};
use crate::support::{codegen, stderr, with_many_triggers};

struct Module {
    /// The resources, by address.
    resources: HashMap<String, Block>,
    /// The value of `local.event_bus_name`.
    bus: String,
}

impl Module {
    fn read(folder: &Path) -> Self {
        let mut resources = HashMap::new();
        let mut bus = None;
        for path in module_files(folder) {
            let body = hcl::parse(&fs::read_to_string(path).unwrap()).unwrap();
            for block in body.into_blocks() {
                let mut attributes = block.body().attributes();
                if block.identifier() == "locals"
                    && attributes.any(|it| it.key() == "event_bus_name")
                {
                    bus = Some(text(block.body(), "event_bus_name"));
                }
                if let ("resource", [kind, label]) = (block.identifier(), block.labels()) {
                    let address = format!("{}.{}", kind.as_str(), label.as_str());
                    resources.insert(address, block);
                }
            }
        }
        let bus = bus.unwrap();
        Self { resources, bus }
    }

    /// Returns the bus of a rule.
    fn bus_of(&self, rule: &str) -> String {
        let bus = text(self.resources[rule].body(), "event_bus_name");
        bus.replace("local.event_bus_name", &self.bus)
    }

    /// Checks every target and every schedule, and returns how many there are.
    fn check(&self) -> usize {
        let mut checked = 0;
        for (address, block) in &self.resources {
            let body = block.body();
            let needed = match address.split('.').next() {
                Some("aws_cloudwatch_event_target") => self.target_needs(body),
                Some("aws_scheduler_schedule") => self.schedule_needs(body),
                _ => continue,
            };
            let made_before = text(body, "depends_on");
            for needed in needed {
                assert!(
                    self.resources.contains_key(&needed),
                    "{address}: there is no {needed}"
                );
                let is_named = made_before
                    .split(['[', ']', ',', ' ', '\n'])
                    .any(|it| it == needed);
                assert!(
                    is_named,
                    "{address} may be there before {needed}: {made_before}"
                );
            }
            checked += 1;
        }
        checked
    }

    fn target_needs(&self, body: &Body) -> Vec<String> {
        let to = text(body, "arn");
        // An alias of a function that exists is its name behind the function's ARN.
        let to = to.trim_start_matches("\"${").to_owned();
        let queue = label(&text(inner(body, "dead_letter_config"), "arn"));
        let mut needed = vec![format!("aws_sqs_queue_policy.{queue}")];
        let of = |kind: &str| vec![format!("{kind}.{}", label(&to))];
        needed.extend(match to.split('.').next().unwrap() {
            "aws_sqs_queue" => {
                let mut needed = of("aws_sqs_queue_policy");
                needed.extend(self.mapping(&to));
                needed
            }
            "aws_sns_topic" => of("aws_sns_topic_policy"),
            "aws_cloudwatch_log_group" => {
                vec!["aws_cloudwatch_log_resource_policy.events".to_owned()]
            }
            // What takes no policy of its own lets the role in.
            "var" | "aws_cloudwatch_event_api_destination" => vec![format!(
                "aws_iam_role_policy.{}",
                label(&text(body, "role_arn"))
            )],
            "data" => vec![self.permission(body)],
            _ => {
                let mut needed = of("aws_lambda_function_event_invoke_config");
                needed.push(self.permission(body));
                needed
            }
        });
        needed
    }

    fn schedule_needs(&self, body: &Body) -> Vec<String> {
        let target = inner(body, "target");
        let (role, to) = (text(target, "role_arn"), text(target, "arn"));
        let keeps_failures = if to.starts_with("aws_sqs_queue.") {
            self.mapping(&to).unwrap()
        } else {
            format!("aws_lambda_function_event_invoke_config.{}", label(&to))
        };
        vec![
            format!("aws_iam_role_policy.{}", label(&role)),
            keeps_failures,
        ]
    }

    /// Finds what takes the events out of a queue for a function, if something does.
    fn mapping(&self, queue: &str) -> Option<String> {
        let mut mappings = self.resources.iter().filter(|(address, block)| {
            address.starts_with("aws_lambda_event_source_mapping.")
                && text(block.body(), "event_source_arn") == queue
        });
        mappings.next().map(|(address, _)| address.clone())
    }

    /// Finds the permission that lets a target's rule in: for the rule alone, or for all names like it on its bus.
    fn permission(&self, target: &Body) -> String {
        let rule = text(target, "rule").replace(".name", "");
        let exact = format!("{rule}.arn");
        let bus = self.bus_of(&rule);
        let lets_in = |(address, block): (&String, &Block)| {
            let source = text(block.body(), "source_arn");
            let names_bus = source.contains("rule/${local.event_bus_name}/");
            let folded = source.starts_with("replace(local.event_bus_arn,")
                && names_bus == (bus != "\"default\"");
            (source == exact || folded).then(|| address.clone())
        };
        let permissions = self.resources.iter();
        let permissions =
            permissions.filter(|(address, _)| address.starts_with("aws_lambda_permission."));
        let mut permissions: Vec<String> = permissions.filter_map(lets_in).collect();
        assert_eq!(permissions.len(), 1, "{rule}: {permissions:?}");
        permissions.remove(0)
    }
}

fn inner<'b>(body: &'b Body, kind: &str) -> &'b Body {
    let mut blocks = body.blocks().filter(|block| block.identifier() == kind);
    blocks.next().unwrap().body()
}

fn text(body: &Body, key: &str) -> String {
    let attribute = body.attributes().find(|it| it.key() == key);
    let attribute = attribute.unwrap_or_else(|| panic!("{key} is missing"));
    hcl::format::to_string(attribute.expr()).unwrap()
}

/// Returns `b` of `a.b.c`.
fn label(reference: &str) -> String {
    reference.split('.').nth(1).unwrap().to_owned()
}

#[test]
fn no_event_is_delivered_before_it_is_let_in_and_kept() {
    let checked: usize = folders()
        .iter()
        .map(|folder| Module::read(folder).check())
        .sum();
    assert!(checked > 20, "{checked}");
}

/// The order also holds with more rules than a function's policy takes, on both buses.
#[test]
fn nor_is_one_that_a_wildcard_lets_in() {
    for (bus, permissions) in [("bus: own\n", 2), ("", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let spec = with_many_triggers(bus);
        fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
        let output = codegen(folder.path(), &["generate"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let module = Module::read(folder.path());
        let addresses = module.resources.keys();
        let permitted = addresses.filter(|it| it.starts_with("aws_lambda_permission."));
        assert_eq!((module.check(), permitted.count()), (61, permissions));
    }
}
