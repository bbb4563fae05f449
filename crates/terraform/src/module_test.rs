//! The module's own tests: users run `terraform test` in the module's folder, without an AWS account.
//!
//! They check what must hold for every spec. Somebody who changes the files around the module, or the version of the
//! provider, sees at once what the change breaks.

use hcl::structure::{Block, BlockBuilder};
use hcl::{Expression, Identifier};
use pipeline::Pipeline;
use pipeline::resources::{
    Admitted, Bus, JobResources, Name, Permission, Permitted, Queue, Receiver, Resources, Rule,
    RuleBus,
};

use super::given::{Given, given};
use super::hcl::{
    File, attribute, block, builder, call, equal, list, object, reference, string, word,
};
use super::values::{MOCK_ACCOUNT, MOCK_REGION};
use super::{destination, platform, values};

/// The environment that the tests deploy to.
const ENVIRONMENT: &str = "test";

/// Writes every test of the module.
pub(super) fn text(header: &[String], pipeline: &Pipeline, resources: &Resources<'_>) -> String {
    let places = values::places(pipeline, destination::is_named(resources));
    let mut file = File::new(header, resources.jobs.len());
    file.add(&provider(resources, places));
    overrides(resources, |block| file.add(&block));
    file.add(&variables(resources));
    wiring_holds(&mut file, resources);
    file.add(&environment_is_checked());
    for given in given(resources) {
        file.add(&missing_is_refused(&given));
    }
    file.finish()
}

/// Declares a mock provider. A mock makes up random text, so everything that the module splits or the provider
/// checks gets a text that looks like an ARN.
fn provider(
    resources: &Resources<'_>,
    places: Vec<(&'static str, &'static str, &'static str)>,
) -> Block {
    let arns = [
        ("aws_cloudwatch_event_bus", "events", "event-bus/mock"),
        ("aws_cloudwatch_metric_alarm", "cloudwatch", "alarm:mock"),
        ("aws_cloudwatch_log_group", "logs", "log-group:mock"),
        ("aws_lambda_alias", "lambda", "function:mock:live"),
        ("aws_sns_topic", "sns", "mock"),
        ("aws_sqs_queue", "sqs", "mock"),
    ];
    let mut provider = builder("mock_provider").add_label("aws");
    for (kind, service, name) in arns {
        let arn = [("arn", arn(service, name))];
        provider = provider.add_block(mock("mock_resource", kind, arn));
    }
    let found = [
        ("aws_cloudwatch_event_bus", "events", "event-bus/default"),
        ("aws_lambda_function", "lambda", "function:mock"),
    ];
    for (kind, service, name) in found {
        let arn = [("arn", arn(service, name))];
        provider = provider.add_block(mock("mock_data", kind, arn));
    }
    for (kind, attribute, value) in places {
        provider = provider.add_block(mock("mock_data", kind, [(attribute, value.to_owned())]));
    }
    let mut receivers = resources.jobs.iter().map(|job| &job.receiver);
    if receivers.any(|receiver| matches!(receiver, Receiver::Api(_))) {
        provider = provider.add_blocks(calls());
    }
    provider.build()
}

/// Gives connections and API destinations ARNs, and every secret all that any kind of proof asks for.
fn calls() -> [Block; 3] {
    let keys = [
        "api_key",
        "client_id",
        "client_secret",
        "password",
        "username",
    ];
    // Terraform calls no function here.
    let secret = keys.map(|key| format!("\"{key}\":\"mock\"")).join(",");
    let read = object([("secret_string", string(format!("{{{secret}}}")))]);
    let secrets = builder("mock_data")
        .add_label("aws_secretsmanager_secret_version")
        .add_attribute(attribute("defaults", read));
    let made = |kind, name| mock("mock_resource", kind, [("arn", arn("events", name))]);
    [
        made(
            "aws_cloudwatch_event_api_destination",
            "api-destination/mock/1",
        ),
        made("aws_cloudwatch_event_connection", "connection/mock/1"),
        secrets.build(),
    ]
}

/// Gives each resource that the tests compare an ARN of its own: the mock's default is the same for all of a kind.
fn overrides(resources: &Resources<'_>, mut add: impl FnMut(Block)) {
    let mut give = |kind: &str, label: &str, arn: String| {
        let given = [
            ("target", reference([kind, label])),
            ("values", object([("arn", string(arn))])),
        ];
        add(block("override_resource", given));
    };
    if let Bus::Made { name, .. } = &resources.bus {
        let name = format!("event-bus/{}", name.in_environment(ENVIRONMENT));
        give("aws_cloudwatch_event_bus", "pipeline", arn("events", &name));
    }
    if let Some(queue) = resources.bus.unreadable() {
        give("aws_sqs_queue", &queue.label, arn("sqs", &queue.label));
    }
    for job in &resources.jobs {
        let waiting = job.buffer().map(|buffer| &buffer.queue);
        let failures = job.dead_letters.iter().chain(job.failed_runs());
        for queue in failures.chain(waiting) {
            let label = &queue.label;
            give("aws_sqs_queue", label, arn("sqs", label));
        }
        if let Some(function) = job.receiver.function() {
            let label = &function.label;
            let function = arn("lambda", &format!("function:{label}"));
            give("aws_lambda_function", label, function);
        }
        for role in job.roles() {
            let label = &role.label;
            give("aws_iam_role", label, arn("iam", &format!("role/{label}")));
        }
        for rule in job.rules.iter().filter(|rule| rule.bus().is_some()) {
            let arn = arn("events", &format!("rule/{}", rule.label));
            give("aws_cloudwatch_event_rule", &rule.label, arn);
        }
    }
}

fn mock(what: &str, kind: &str, defaults: [(&str, String); 1]) -> Block {
    let defaults = object(defaults.map(|(name, value)| (name, string(value))));
    builder(what)
        .add_label(kind)
        .add_attribute(attribute("defaults", defaults))
        .build()
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{MOCK_REGION}:{MOCK_ACCOUNT}:{name}")
}

/// Sets each variable that has no default, and names zips in S3 that do not exist.
fn variables(resources: &Resources<'_>) -> Block {
    let jobs = resources.jobs.iter();
    let own = jobs.filter(|job| {
        let function = job.receiver.function();
        function.is_some_and(|function| function.settings.code.is_zipped())
    });
    let artifacts = own.map(|job| {
        let name = job.name();
        let artifact = [
            ("s3_bucket", string("mock")),
            ("s3_key", string(format!("{name}.zip"))),
            ("source_code_hash", string("mock")),
        ];
        (name, object(artifact))
    });
    let mut variables = builder("variables")
        .add_attribute(attribute("environment", string(ENVIRONMENT)))
        .add_attribute(attribute("artifacts", object(artifacts)));
    if let Some(values) = values::made_up(resources.values) {
        variables = variables.add_attribute(attribute("values", values));
    }
    for given in given(resources) {
        variables = variables.add_attribute(attribute(given.variable, given.made_up(arn)));
    }
    variables.build()
}

/// Tests that each target accepts its rule, and that dead letters and failed runs are kept.
fn wiring_holds(file: &mut File, resources: &Resources<'_>) {
    // A plan does not know ARNs. The apply makes nothing: the provider is the mock.
    let run = run("the_wiring_holds", "apply").build();
    file.add_with(
        &run,
        resources
            .jobs
            .iter()
            .flat_map(|job| asserts(resources, job)),
    );
}

/// Lists what is asserted of a job: one block for each rule, each queue and the function, as a failed test shows which part
/// of a condition does not hold.
fn asserts(resources: &Resources<'_>, job: &JobResources<'_>) -> Vec<Block> {
    let mut asserts = Vec::new();
    for rule in &job.rules {
        asserts.extend(of_rule(job, rule));
    }
    for queue in job.queues() {
        asserts.extend(of_queue(queue));
    }
    for permission in &job.permissions {
        if let Permitted::Rules { bus, names } = &permission.source {
            asserts.extend(is_for_all_rules(resources, permission, *bus, names));
        }
    }
    asserts.extend(of_function(job));
    asserts
}

/// Asserts that a permission is for all rules of a job on a bus, by the start of their names.
fn is_for_all_rules(
    resources: &Resources<'_>,
    permission: &Permission<'_>,
    bus: RuleBus<'_>,
    names: &Name,
) -> Option<Block> {
    let bus = match (&resources.bus, bus) {
        (Bus::Made { name, .. }, RuleBus::Pipeline) => {
            format!("{}/", name.in_environment(ENVIRONMENT))
        }
        // The mock knows no ARN of a bus that is there already.
        (Bus::Existing(_), _) | (_, RuleBus::Existing(_)) => return None,
        (Bus::Default, RuleBus::Pipeline) | (_, RuleBus::Default) => String::new(),
    };
    let names = names.in_environment(ENVIRONMENT);
    let is_for_all = equal(
        reference(["aws_lambda_permission", &permission.label, "source_arn"]),
        string(arn("events", &format!("rule/{bus}{names}"))),
    );
    let message = format!("The permission is not for the rules {bus}{names}.");
    all_hold(vec![is_for_all], &message)
}

/// Asserts that a rule has its name, that what it cannot deliver is kept, and that its own permission is for it alone.
fn of_rule(job: &JobResources<'_>, rule: &Rule<'_>) -> Option<Block> {
    let is_scheduler = rule.bus().is_none();
    let kind = if is_scheduler {
        "aws_scheduler_schedule"
    } else {
        "aws_cloudwatch_event_rule"
    };
    let mut all = Vec::new();
    // What the spec gives as a name is for another environment here, and the label says which rule it is.
    let name = match rule.name.kept() {
        Some(_) => rule.label.clone(),
        None => rule.name.in_environment(ENVIRONMENT),
    };
    if rule.name.kept().is_none() {
        all.push(equal(reference([kind, &rule.label, "name"]), string(&name)));
    }
    if let Some(dead_letters) = &job.dead_letters {
        let kept = if is_scheduler {
            let target = reference([kind, &rule.label, "target"]);
            vec![field(one(target), "dead_letter_config")]
        } else {
            let targets = rule.targets.iter().map(|target| &target.label);
            let kind = "aws_cloudwatch_event_target";
            targets
                .map(|label| reference([kind, label, "dead_letter_config"]))
                .collect()
        };
        let queue = reference(["aws_sqs_queue", &dead_letters.label, "arn"]);
        let kept = kept.into_iter();
        all.extend(kept.map(|kept| equal(field(one(kept), "arn"), queue.clone())));
    }
    let own = job.permissions.iter();
    for permission in own.filter(|one| one.source == Permitted::Rule(rule.label.clone())) {
        all.push(equal(
            reference(["aws_lambda_permission", &permission.label, "source_arn"]),
            reference([kind, &rule.label, "arn"]),
        ));
    }
    let message = format!(
        "The rule {name} has another name, loses what it cannot deliver, or may not invoke its function."
    );
    all_hold(all, &message)
}

/// Asserts that a queue lets the rules of its job in, on the default bus and on any other.
fn of_queue(queue: &Queue) -> Option<Block> {
    let names = match queue.admitted.as_deref()? {
        Admitted::All => "*".to_owned(),
        Admitted::OfJob { names, .. } => names.in_environment(ENVIRONMENT),
    };
    let lets_in = |before| {
        let policy = reference(["aws_sqs_queue_policy", &queue.label, "policy"]);
        let rules = string(arn("events", &format!("rule/{before}{names}")));
        call("strcontains", [policy, rules])
    };
    let message = format!(
        "The queue {} does not let the rules {names} of every bus in.",
        queue.name.stem()
    );
    all_hold(["", "*/"].map(lets_in).into(), &message)
}

/// Asserts that a function has its own role, that its failed runs are kept, and what else belongs to it.
fn of_function(job: &JobResources<'_>) -> Option<Block> {
    let function = job.receiver.function()?;
    let (name, label) = (job.name(), &function.label);
    let mut all = vec![equal(
        reference(["aws_lambda_function", label, "role"]),
        reference(["aws_iam_role", &function.role.label, "arn"]),
    )];
    let kept = if let Some(buffer) = &function.buffer {
        all.push(equal(
            reference(["aws_lambda_event_source_mapping", label, "event_source_arn"]),
            reference(["aws_sqs_queue", &buffer.queue.label, "arn"]),
        ));
        let policy = reference(["aws_sqs_queue", &buffer.queue.label, "redrive_policy"]);
        field(call("jsondecode", [policy]), "deadLetterTargetArn")
    } else {
        let config = [
            "aws_lambda_function_event_invoke_config",
            label,
            "destination_config",
        ];
        let failure = field(one(reference(config)), "on_failure");
        field(one(failure), "destination")
    };
    all.push(equal(
        kept,
        reference(["aws_sqs_queue", &function.failed_runs.label, "arn"]),
    ));
    if platform::has_alias(job) {
        all.push(equal(
            reference(["aws_lambda_alias", label, "function_version"]),
            reference(["aws_lambda_function", label, "version"]),
        ));
    }
    let message = format!(
        "The function of {name} has another role, loses runs that fail, or is not invoked as it should be."
    );
    all_hold(all, &message)
}

/// Tests that an environment with a hyphen is refused: its names could be those of another environment.
fn environment_is_checked() -> Block {
    let variable = reference(["var", "environment"]);
    run("an_environment_with_a_hyphen_is_refused", "plan")
        .add_block(block("variables", [("environment", string("a-b"))]))
        .add_attribute(attribute("expect_failures", list([variable])))
        .build()
}

/// Tests that a map without the entries that the spec names is refused.
fn missing_is_refused(given: &Given) -> Block {
    let variable = given.variable;
    run(&format!("{variable}_without_an_entry_are_refused"), "plan")
        .add_block(block("variables", [(variable, object::<&str>([]))]))
        .add_attribute(attribute(
            "expect_failures",
            list([reference(["var", variable])]),
        ))
        .build()
}

fn run(name: &str, command: &str) -> BlockBuilder {
    builder("run")
        .add_label(name)
        .add_attribute(attribute("command", word(command)))
}

/// Asserts that all of the conditions hold; nothing if there are none.
fn all_hold(mut conditions: Vec<Expression>, message: &str) -> Option<Block> {
    let condition = match conditions.len() {
        0 => return None,
        1 => conditions.remove(0),
        _ => call("alltrue", [list(conditions)]),
    };
    let asserted = [("condition", condition), ("error_message", string(message))];
    Some(block("assert", asserted))
}

/// Takes the only element of a set: nested blocks are sets, which have no index.
fn one(blocks: Expression) -> Expression {
    call("one", [blocks])
}

fn field(of: Expression, name: &str) -> Expression {
    Expression::from(hcl::expr::Traversal::new(of, [Identifier::unchecked(name)]))
}
