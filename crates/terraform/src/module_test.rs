//! Tests of the module for its users: `terraform test` in the module's folder, without an account.
//!
//! They say what must hold of the wiring whatever the spec is, so that whoever changes what lies around the
//! module, or its provider's version, sees at once what it breaks.

use hcl::structure::{Block, BlockBuilder};
use hcl::{Expression, Identifier};
use pipeline::Pipeline;
use pipeline::model::{Bus, Code, Job};
use pipeline::permissions::{Permissions, folded_kinds, permissions};
use pipeline::wiring::{self, Rule, Source};

use super::given::{Given, given};
use super::hcl::{Body, attribute, block, call, equal, list, object, reference, string, word};
use super::{platform, role};

/// The environment that is made up.
const ENVIRONMENT: &str = "test";

/// Every test of the module.
pub(super) fn body(pipeline: &Pipeline) -> Body {
    Body::builder()
        .add_block(provider())
        .add_blocks(overrides(pipeline))
        .add_block(variables(pipeline))
        .add_block(wiring_holds(pipeline))
        .add_block(environment_is_checked())
        .add_blocks(given(pipeline).iter().map(missing_is_refused))
        .build()
}

/// A provider that makes things up. What is taken apart or checked needs to look like an ARN.
fn provider() -> Block {
    let arns = [
        ("aws_cloudwatch_event_bus", "events", "event-bus/mock"),
        ("aws_cloudwatch_metric_alarm", "cloudwatch", "alarm:mock"),
        ("aws_cloudwatch_log_group", "logs", "log-group:mock"),
        ("aws_lambda_alias", "lambda", "function:mock:live"),
        ("aws_sns_topic", "sns", "mock"),
        ("aws_sqs_queue", "sqs", "mock"),
    ];
    let mut provider = Block::builder("mock_provider").add_label("aws");
    for (kind, service, name) in arns {
        provider = provider.add_block(mock("mock_resource", kind, arn(service, name)));
    }
    let found = [
        ("aws_cloudwatch_event_bus", "events", "event-bus/default"),
        ("aws_lambda_function", "lambda", "function:mock"),
    ];
    for (kind, service, name) in found {
        provider = provider.add_block(mock("mock_data", kind, arn(service, name)));
    }
    provider.build()
}

/// An ARN of its own for whatever must not be taken for another.
fn overrides(pipeline: &Pipeline) -> Vec<Block> {
    let mut overrides = Vec::new();
    let mut give = |kind: &str, label: &str, arn: String| {
        let given = [
            ("target", reference([kind, label])),
            ("values", object([("arn", string(arn))])),
        ];
        overrides.push(block("override_resource", given));
    };
    if let Bus::Custom(bus) = &pipeline.bus {
        let name = format!("event-bus/{}-{ENVIRONMENT}", bus.value);
        give("aws_cloudwatch_event_bus", "pipeline", arn("events", &name));
    }
    for (name, job) in &pipeline.jobs {
        let label = wiring::label(name);
        let rules = wiring::rules_of(pipeline, name, job);
        if !rules.is_empty() {
            let queue = format!("{label}_dlq");
            give("aws_sqs_queue", &queue, arn("sqs", &queue));
        }
        if job.has_own_function() {
            let queue = format!("{label}_on_failure");
            give("aws_sqs_queue", &queue, arn("sqs", &queue));
            let function = arn("lambda", &format!("function:{label}"));
            give("aws_lambda_function", &label, function);
        }
        for (_, role) in role::of_job(name, &label, job, &rules) {
            give("aws_iam_role", &role, arn("iam", &format!("role/{role}")));
        }
        for rule in &rules {
            if !matches!(rule.source, Source::Scheduler(_)) {
                let arn = arn("events", &format!("rule/{}", rule.label));
                give("aws_cloudwatch_event_rule", &rule.label, arn);
            }
        }
    }
    overrides
}

fn mock(what: &str, kind: &str, arn: String) -> Block {
    let defaults = object([("arn", string(arn))]);
    Block::builder(what)
        .add_label(kind)
        .add_attribute(attribute("defaults", defaults))
        .build()
}

fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:eu-central-1:123456789012:{name}")
}

/// A value for each variable that has no default, and zips that are nowhere.
fn variables(pipeline: &Pipeline) -> Block {
    let jobs = || pipeline.jobs.iter();
    let own = || jobs().filter(|(_, job)| job.has_own_function());
    let artifacts = own().map(|(name, _)| {
        let artifact = [
            ("s3_bucket", string("mock")),
            ("s3_key", string(format!("{name}.zip"))),
            ("source_code_hash", string("mock")),
        ];
        (name.clone(), object(artifact))
    });
    let mut variables = Block::builder("variables")
        .add_attribute(attribute("environment", string(ENVIRONMENT)))
        .add_attribute(attribute("artifacts", object(artifacts)));
    for given in given(pipeline) {
        variables = variables.add_attribute(attribute(given.variable, given.made_up(arn)));
    }
    variables.build()
}

/// What is delivered is kept when that fails, and what is sent is let in.
fn wiring_holds(pipeline: &Pipeline) -> Block {
    let mut run = run("the_wiring_holds", "apply");
    for (name, job) in &pipeline.jobs {
        let label = wiring::label(name);
        let rules = wiring::rules_of(pipeline, name, job);
        let permissions = permissions(pipeline, name, job, &rules);
        for rule in &rules {
            run = of_rule(run, rule, &label);
            let invokes = !matches!(job.function.code, Code::Delivery(_));
            let is_rule = !matches!(rule.source, Source::Scheduler(_));
            if is_rule && invokes && permissions == Permissions::ForEachRule {
                run = run.add_block(assert(
                    reference(["aws_lambda_permission", &rule.label, "source_arn"]),
                    reference(["aws_cloudwatch_event_rule", &rule.label, "arn"]),
                    &format!("The permission is not for the rule {} alone.", rule.name),
                ));
            }
        }
        if permissions == Permissions::Folded {
            for kind in folded_kinds(pipeline, &rules) {
                run = run.add_block(is_for_all_rules(pipeline, name, &label, job, kind));
            }
        }
        run = of_function(run, name, &label, job);
    }
    run.build()
}

/// One permission for all rules of a job on a bus, by their names.
fn is_for_all_rules(pipeline: &Pipeline, name: &str, label: &str, job: &Job, kind: &str) -> Block {
    let bus = match &pipeline.bus {
        Bus::Custom(bus) if kind == "events" => format!("{}-{ENVIRONMENT}/", bus.value),
        _ => String::new(),
    };
    let names = format!(
        "{}-{}-*-{ENVIRONMENT}",
        pipeline.name.value,
        job.name_on_aws(name)
    );
    let permission = format!("{label}_{kind}");
    assert(
        reference(["aws_lambda_permission", &permission, "source_arn"]),
        string(arn("events", &format!("rule/{bus}{names}"))),
        &format!("The permission is not for the rules {bus}{names}."),
    )
}

fn of_rule(mut run: BlockBuilder, rule: &Rule<'_>, label: &str) -> BlockBuilder {
    let queue = || reference(["aws_sqs_queue", &format!("{label}_dlq"), "arn"]);
    let is_scheduler = matches!(rule.source, Source::Scheduler(_));
    let (kind, kept) = if is_scheduler {
        let target = reference(["aws_scheduler_schedule", &rule.label, "target"]);
        let kept = field(one(target), "dead_letter_config");
        ("aws_scheduler_schedule", vec![kept])
    } else {
        let targets = rule.targets.iter().map(|target| {
            let label = rule.target_label(target);
            reference(["aws_cloudwatch_event_target", &label, "dead_letter_config"])
        });
        ("aws_cloudwatch_event_rule", targets.collect())
    };
    let name = format!("{}-{ENVIRONMENT}", rule.name);
    run = run.add_block(assert(
        reference([kind, &rule.label, "name"]),
        string(&name),
        &format!("The name of {name} does not end in the environment."),
    ));
    for dead_letters in kept {
        run = run.add_block(assert(
            field(one(dead_letters), "arn"),
            queue(),
            &format!("What {name} cannot deliver is not kept."),
        ));
    }
    if !is_scheduler {
        let policy = reference(["aws_sqs_queue_policy", &format!("{label}_dlq"), "policy"]);
        let arn = reference(["aws_cloudwatch_event_rule", &rule.label, "arn"]);
        run = run.add_block(holds(
            call("strcontains", [policy, arn]),
            &format!("The dead-letter queue does not let {name} in."),
        ));
    }
    run
}

fn of_function(mut run: BlockBuilder, name: &str, label: &str, job: &Job) -> BlockBuilder {
    if !job.has_own_function() {
        return run;
    }
    run = run.add_block(assert(
        reference(["aws_lambda_function", label, "role"]),
        reference(["aws_iam_role", label, "arn"]),
        &format!("The function of {name} does not run with its own role."),
    ));
    let config = [
        "aws_lambda_function_event_invoke_config",
        label,
        "destination_config",
    ];
    let failure = field(one(reference(config)), "on_failure");
    run = run.add_block(assert(
        field(one(failure), "destination"),
        reference(["aws_sqs_queue", &format!("{label}_on_failure"), "arn"]),
        &format!("Runs of {name} that fail are not kept."),
    ));
    if platform::has_alias(job) {
        run = run.add_block(assert(
            reference(["aws_lambda_alias", label, "function_version"]),
            reference(["aws_lambda_function", label, "version"]),
            &format!("The alias of {name} is not its newest version."),
        ));
    }
    run
}

/// A name with a hyphen in it could be that of another environment's resource.
fn environment_is_checked() -> Block {
    let variable = reference(["var", "environment"]);
    run("an_environment_with_a_hyphen_is_refused", "plan")
        .add_block(block("variables", [("environment", string("a-b"))]))
        .add_attribute(attribute("expect_failures", list([variable])))
        .build()
}

/// Nor is a plan made that would lack what the spec names.
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
    Block::builder("run")
        .add_label(name)
        .add_attribute(attribute("command", word(command)))
}

fn assert(found: Expression, expected: Expression, message: &str) -> Block {
    holds(equal(found, expected), message)
}

fn holds(condition: Expression, message: &str) -> Block {
    block(
        "assert",
        [("condition", condition), ("error_message", string(message))],
    )
}

/// The one block of a kind.
fn one(blocks: Expression) -> Expression {
    call("one", [blocks])
}

fn field(of: Expression, name: &str) -> Expression {
    Expression::from(hcl::expr::Traversal::new(of, [Identifier::unchecked(name)]))
}
