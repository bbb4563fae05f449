//! Variables with what an environment gives the module: ARNs and ids of what exists already, by their names in the spec.
//!
//! A validation refuses a map without one of the names, and says which is missing. Without it Terraform would point at
//! the generated line that looks the name up.

use std::collections::BTreeMap;

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::{Function, Task};
use pipeline::resources::{Receiver, Resources};
use pipeline::{Span, Spanned};

use super::hcl::{
    Part, attribute, block, builder, call, equal, list, object, reference, string, template, word,
};
use super::{destination, platform};

/// A variable of the module: a map that needs an entry for each of `names`.
pub(super) struct Given {
    pub(super) variable: &'static str,
    description: &'static str,
    /// Names, each with a place in the spec that has it.
    names: BTreeMap<String, Span>,
    entry: Entry,
}

/// The kind of value that a name has.
#[derive(Clone, Copy)]
enum Entry {
    /// An ARN, with the service and the resource of the made-up one in tests.
    Arn(&'static str, &'static str),
    /// The subnets and security groups of a network.
    Network,
}

/// Lists the maps that the pipeline needs.
pub(super) fn given(resources: &Resources<'_>) -> Vec<Given> {
    let encryption = resources.encryption;
    let mut keys = encryption.keys().chain(destination::keys(resources));
    let is_encrypted = keys.next().is_some();
    let jobs = resources.jobs.iter();
    let functions = jobs.filter_map(|job| job.receiver.function());
    let functions: Vec<&Function> = functions.map(|function| function.settings).collect();
    let secrets = functions
        .iter()
        .flat_map(|function| function.secrets.values());
    let proofs = resources.jobs.iter().filter_map(|job| match &job.receiver {
        Receiver::Api(api) => Some(&api.settings.auth.secret),
        _ => None,
    });
    let proofs: Vec<_> = proofs.collect();
    let secret_keys = functions
        .iter()
        .flat_map(|function| function.secret_keys.values());
    let platforms = || functions.iter().map(|function| &function.platform);
    let tasks: Vec<&Task> = resources
        .jobs
        .iter()
        .filter_map(destination::task)
        .collect();
    let all = [
        Given {
            variable: "secrets",
            description: if proofs.is_empty() {
                "The ARN of each secret that functions read, by its name"
            } else {
                "The ARN of each secret that functions read or APIs are called with, by its name"
            },
            names: named(secrets.chain(proofs)),
            entry: Entry::Arn("secretsmanager", "secret:mock"),
        },
        Given {
            variable: "destinations",
            description: "The ARN of each state machine and bus that is delivered to, by job",
            names: destination::there_already(resources).collect(),
            entry: Entry::Arn("events", "event-bus/mock"),
        },
        Given {
            variable: "kms_keys",
            description: if is_encrypted {
                "The ARN of each key of functions and of what AWS keeps, by its name"
            } else {
                "The ARN of each key of functions, by its name"
            },
            names: named(
                platforms()
                    .filter_map(|platform| platform.kms_key.as_ref())
                    .chain(secret_keys)
                    .chain(encryption.keys())
                    .chain(destination::keys(resources)),
            ),
            entry: Entry::Arn("kms", "key/mock"),
        },
        Given {
            variable: "layers",
            description: "The ARN of each layer's version, by its name",
            names: named(platforms().flat_map(|platform| &platform.layers)),
            entry: Entry::Arn("lambda", "layer:mock:1"),
        },
        Given {
            variable: "networks",
            description: if tasks.is_empty() {
                "The subnets and security groups of functions, by the network's name"
            } else {
                "The subnets and security groups of functions and tasks, by the network's name"
            },
            names: named(
                platforms()
                    .filter_map(|platform| platform.network.as_ref())
                    .chain(tasks.iter().filter_map(|task| task.network.as_ref())),
            ),
            entry: Entry::Network,
        },
    ];
    all.into_iter()
        .filter(|given| !given.names.is_empty())
        .collect()
}

fn named<'s>(names: impl Iterator<Item = &'s Spanned<String>>) -> BTreeMap<String, Span> {
    names.map(|name| (name.value.clone(), name.span)).collect()
}

impl Given {
    /// Returns a place in the spec that needs an entry.
    pub(super) fn asked_for_at(&self) -> Option<Span> {
        self.names.values().next().copied()
    }

    /// Declares the variable, which refuses a map without one of the names.
    pub(super) fn block(&self) -> Block {
        let kind = match self.entry {
            Entry::Arn(..) => word("string"),
            Entry::Network => {
                let ids = || call("list", [word("string")]);
                let network = object([("subnet_ids", ids()), ("security_group_ids", ids())]);
                call("object", [network])
            }
        };
        let needed = list(self.names.keys().map(string));
        let validation = all_of(self.variable, needed, keys(self.variable), "nothing for");
        builder("variable")
            .add_label(self.variable)
            .add_attribute(attribute("description", string(self.description)))
            .add_attribute(attribute("type", call("map", [kind])))
            .add_attribute(attribute("nullable", false))
            .add_block(validation)
            .build()
    }

    /// Makes up a map for tests, with an entry for each name.
    pub(super) fn made_up(&self, arn: impl Fn(&str, &str) -> String) -> Expression {
        let entry = || match self.entry {
            Entry::Arn(service, resource) => string(arn(service, resource)),
            Entry::Network => {
                let ids = |id| list([string(id)]);
                object([
                    ("subnet_ids", ids("subnet-mock")),
                    ("security_group_ids", ids("sg-mock")),
                ])
            }
        };
        object(self.names.keys().map(|name| (name, entry())))
    }
}

/// Declares the variable that says which version of a function rules invoke; nothing if no job has versions.
pub(super) fn versions(resources: &Resources<'_>) -> Option<Block> {
    let jobs = resources.jobs.iter();
    let with_versions = jobs.filter(|job| platform::has_alias(job));
    let known: Vec<Expression> = with_versions.map(|job| string(job.name())).collect();
    if known.is_empty() {
        return None;
    }
    let description = "The version that a job's rules invoke, by job; the newest unless said here, so this rolls back";
    let validation = all_of(
        "versions",
        keys("versions"),
        list(known),
        "jobs that have no versions:",
    );
    let versions = builder("variable")
        .add_label("versions")
        .add_attribute(attribute("description", string(description)))
        .add_attribute(attribute("type", call("map", [word("string")])))
        .add_attribute(attribute("default", object::<&str>([])))
        .add_attribute(attribute("nullable", false))
        .add_block(validation);
    Some(versions.build())
}

fn keys(variable: &str) -> Expression {
    call("keys", [reference(["var", variable])])
}

/// Writes a validation: all of `part` have to be in `whole`. The message lists those that are not.
fn all_of(variable: &str, part: Expression, whole: Expression, what: &str) -> Block {
    let left = call("setsubtract", [part, whole]);
    let condition = equal(call("length", [left.clone()]), 0);
    let joined = call("join", [string(", "), left]);
    let message = template([
        Part::Text(&format!("The variable {variable} has {what} ")),
        Part::Value(joined),
        Part::Text("."),
    ]);
    block(
        "validation",
        [("condition", condition), ("error_message", message)],
    )
}
