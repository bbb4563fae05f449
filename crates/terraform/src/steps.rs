//! The modules of the steps of a change that one apply cannot do without a time in which events are lost.
//!
//! Each step is a module that is applied before the next. The rules that get successors move to addresses of their own
//! first, where the state alone changes. Then their successors can have the addresses that they keep for ever.

use std::collections::{BTreeMap, BTreeSet};

use changes::Step;
use generated_files::GeneratedFile;
use hcl::Expression;
use hcl::expr::TemplateExpr;
use hcl::structure::{Attribute, Block, Structure};
use pipeline::Pipeline;
use pipeline::removed::Keep;
use pipeline::resources::{
    JobResources, Permission, Permitted, Resources, Rule, RuleBus, RuleSource,
};

use super::hcl::{Body, block, reference};
use super::{bus, job, module, print_as, queue, removed, render, render_resources, rule};

/// What the labels of what has a successor begin with. No job begins so, and labels have one underscore at a time.
const ASIDE: &str = "before__";

/// Writes the module of a step. `spec` is the spec's file name, for the headers.
///
/// The same two specs make the same files. The module's tests are left out: they are about the whole module.
pub fn render_step(
    before: &Pipeline,
    after: &Pipeline,
    step: Step,
    spec: &str,
) -> Vec<GeneratedFile> {
    let between = with_bus_of(before, after);
    let mut files = match step {
        Step::Finish => return render(after, spec),
        Step::Upgrade => render(before, spec),
        Step::PutAside => aside_alone(before, &between, spec),
        Step::NewBus => two_buses(before, &between, Side::Old, spec),
        Step::Switch => two_buses(before, &between, Side::New, spec),
        Step::Beside => beside(before, after, spec),
        Step::Leave => leave(before, after, spec),
    };
    // The folder is that of the present spec, whatever it was. The backend, beside it, is the present one.
    let folder = |pipeline: &Pipeline| {
        let folder = pipeline.output.terraform.value.trim_end_matches('/');
        format!("{folder}/")
    };
    let (old, new) = (folder(before), folder(after));
    files.retain_mut(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        let is_ours = file.path.starts_with(&old) || file.path.starts_with(&new);
        file.path = format!("{new}{name}");
        is_ours && !name.ends_with(".tftest.hcl") && name != VARIABLES
    });
    // The root module passes what the present spec takes.
    let variables = both_variables(&Resources::new(after), &Resources::new(before));
    files.push(print_as(after, spec, ("variables", "tf"), variables));
    files
}

/// The file of the module's variables.
const VARIABLES: &str = "variables.tf";

/// The spec before, on the bus of the present one.
fn with_bus_of(before: &Pipeline, after: &Pipeline) -> Pipeline {
    let mut between = before.clone();
    between.bus = after.bus.clone();
    // The bus may be named by a value.
    for (name, value) in &after.values {
        let values = &mut between.values;
        values.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for reference in &after.built_in {
        if !between.built_in.contains(reference) {
            between.built_in.push(reference.clone());
        }
    }
    between
}

/// Whether a rule is on another bus in another spec.
fn moves(rule: &Rule<'_>, now: &Pipeline) -> bool {
    // Its own bus stays its own bus, unless the spec says another one; a schedule's never changes.
    rule.bus() == Some(RuleBus::Pipeline) && rule.job.pipeline.bus != now.bus
}

/// The labels of the rules, targets and permissions that have a successor.
#[derive(Default)]
struct Moving {
    rules: BTreeSet<String>,
    /// The kinds and labels of what moves in the state.
    addresses: Vec<(&'static str, String)>,
}

impl Moving {
    fn of(resources: &Resources<'_>, now: &Pipeline) -> Self {
        let mut moving = Self::default();
        for rule in resources.jobs.iter().flat_map(|job| &job.rules) {
            if matches!(rule.source, RuleSource::Scheduler(_)) || !moves(rule, now) {
                continue;
            }
            moving.rules.insert(rule.label.clone());
            moving.add("aws_cloudwatch_event_rule", &rule.label);
            for target in &rule.targets {
                moving.add("aws_cloudwatch_event_target", &target.label);
            }
        }
        moving
    }

    fn add(&mut self, kind: &'static str, label: &str) {
        self.addresses.push((kind, label.to_owned()));
    }

    /// Whether a permission is for rules that move.
    fn has(&self, permission: &Permission<'_>) -> bool {
        match &permission.source {
            Permitted::Rule(label) => self.rules.contains(label),
            Permitted::Rules { bus, names: _ } => *bus == RuleBus::Pipeline,
        }
    }
}

fn aside(label: &str) -> String {
    format!("{ASIDE}{label}")
}

/// Gives everything that moves another label, and its permissions a second one beside the first: a permission keeps its
/// place for the successor, as one statement cannot have two rules.
fn put_aside(resources: &mut Resources<'_>, moving: &Moving) {
    for job in &mut resources.jobs {
        for rule in &mut job.rules {
            if moving.rules.contains(&rule.label) {
                rule.label = aside(&rule.label);
                for target in &mut rule.targets {
                    target.label = aside(&target.label);
                }
            }
        }
        let mut second = Vec::new();
        for permission in &mut job.permissions {
            if moving.has(permission) {
                if let Permitted::Rule(label) = &mut permission.source {
                    *label = aside(label);
                }
                second.push(Permission {
                    name: permission.name.beside("before"),
                    label: aside(&permission.label),
                    source: permission.source.clone(),
                });
            }
        }
        job.permissions.extend(second);
        for queue in job.queues_of_rules() {
            for sender in &mut queue.senders {
                if moving.rules.contains(sender) {
                    *sender = aside(sender);
                }
            }
        }
    }
}

/// Writes the spec before, with what has a successor at addresses of its own.
fn aside_alone(before: &Pipeline, between: &Pipeline, spec: &str) -> Vec<GeneratedFile> {
    let mut resources = Resources::new(before);
    let moving = Moving::of(&resources, between);
    put_aside(&mut resources, &moving);
    let mut files = render_resources(before, &resources, spec, |file| file);
    let moved = moving.addresses.iter().map(|(kind, label)| {
        let address = |label: &str| reference([kind, label]);
        block(
            "moved",
            [("from", address(label)), ("to", address(&aside(label)))],
        )
    });
    let body = Body::builder().add_blocks(moved).build();
    files.push(print_as(before, spec, ("step", "tf"), body));
    files
}

/// The spec whose functions, roles and alarms a module with two buses has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Old,
    New,
}

/// Writes the rules of both buses. Everything else is that of one side: the jobs emit to its bus.
fn two_buses(before: &Pipeline, between: &Pipeline, side: Side, spec: &str) -> Vec<GeneratedFile> {
    let mut old = Resources::new(before);
    let moving = Moving::of(&old, between);
    put_aside(&mut old, &moving);
    let mut new = Resources::new(between);
    // Queues let the rules of both sides in.
    let senders: BTreeMap<String, Vec<String>> = {
        let both = old.jobs.iter().chain(&new.jobs);
        let mut senders: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for queue in both.flat_map(JobResources::queues) {
            let all = senders.entry(queue.label.clone()).or_default();
            let more = queue.senders.iter();
            let more: Vec<&String> = more.filter(|label| !all.contains(label)).collect();
            all.extend(more.into_iter().cloned());
        }
        senders
    };
    let (main, pipeline, other) = match side {
        Side::Old => {
            // The statement is the successor's from here on.
            for job in &mut old.jobs {
                job.permissions
                    .retain(|one| !is_for_aside(one) || one.label.starts_with(ASIDE));
            }
            (&mut old, before, &mut new)
        }
        Side::New => (&mut new, between, &mut old),
    };
    for job in main.jobs.iter_mut().chain(&mut other.jobs) {
        for queue in job.queues_of_rules() {
            if let Some(all) = senders.get(&queue.label) {
                queue.senders.clone_from(all);
            }
        }
    }
    let mut files = render_resources(pipeline, main, spec, |file| file);
    let blocks = other.jobs.iter().flat_map(|job| routes(job, &moving, side));
    let blocks: Vec<Block> = blocks.map(on_other_bus).collect();
    let body = bus::beside(other).into_inner().into_iter();
    let body: Body = body
        .chain(blocks.into_iter().map(Structure::Block))
        .collect();
    files.push(print_as(pipeline, spec, ("step", "tf"), body));
    files
}

/// Whether a permission is for what stands aside, or for all rules of the pipeline's bus.
fn is_for_aside(permission: &Permission<'_>) -> bool {
    match &permission.source {
        Permitted::Rule(label) => label.starts_with(ASIDE),
        Permitted::Rules { bus, names: _ } => *bus == RuleBus::Pipeline,
    }
}

/// Writes the rules, targets and permissions of a job on the bus that is not the side's own.
fn routes(job: &JobResources<'_>, moving: &Moving, side: Side) -> Vec<Block> {
    let is_moving = |label: &str| match side {
        Side::Old => moving.rules.contains(label),
        Side::New => label.starts_with(ASIDE),
    };
    let rules = job.rules.iter().filter(|rule| is_moving(&rule.label));
    let mut blocks: Vec<Block> = rules.flat_map(|one| rule::rule(job, one)).collect();
    let permissions = job.permissions.iter().filter(|one| match side {
        Side::Old => moving.has(one),
        Side::New => one.label.starts_with(ASIDE),
    });
    blocks.extend(permissions.map(|one| rule::permission(job, one)));
    blocks
}

/// Turns what names the pipeline's bus into what names the other one.
fn on_other_bus(mut block: Block) -> Block {
    let structures = block.body.into_inner().into_iter();
    let structures = structures.map(|structure| match structure {
        Structure::Attribute(Attribute { key, expr }) => {
            Structure::Attribute(Attribute::new(key, other_bus(expr)))
        }
        other @ Structure::Block(_) => other,
    });
    block.body = structures.collect();
    block
}

fn other_bus(expression: Expression) -> Expression {
    let [name, arn] = bus::other();
    if expression == bus::name() {
        return name;
    }
    if expression == bus::arn() {
        return arn;
    }
    match expression {
        Expression::FuncCall(mut call) => {
            call.args = call.args.into_iter().map(other_bus).collect();
            Expression::FuncCall(call)
        }
        // Only our own text stands in an interpolation: what a spec says is escaped.
        Expression::TemplateExpr(template) => match *template {
            TemplateExpr::QuotedString(text) => Expression::from(TemplateExpr::QuotedString(
                text.replace("${local.event_bus_name}", "${local.other_bus_name}")
                    .replace("${local.event_bus_arn}", "${local.other_bus_arn}"),
            )),
            other @ TemplateExpr::Heredoc(_) => Expression::from(other),
        },
        other => other,
    }
}

/// Declares the variables of both sides, each once.
fn both_variables(main: &Resources<'_>, other: &Resources<'_>) -> Body {
    let mut structures: Vec<Structure> = module::variables(main).into_inner();
    for structure in module::variables(other).into_inner() {
        let Structure::Block(block) = &structure else {
            continue;
        };
        let is_there = structures.iter().any(|there| match there {
            Structure::Block(there) => {
                there.identifier == block.identifier && there.labels == block.labels
            }
            Structure::Attribute(_) => false,
        });
        if !is_there {
            structures.push(structure);
        }
    }
    structures.into()
}

/// Writes the present spec with the jobs beside it that it has no more.
fn beside(before: &Pipeline, after: &Pipeline, spec: &str) -> Vec<GeneratedFile> {
    let mut resources = Resources::new(after);
    let old = Resources::new(before);
    let is_there = |job: &JobResources<'_>| {
        after.jobs.iter().any(|(name, now)| {
            let mut names = now.renamed_from.iter().map(|old| old.value.as_str());
            name == job.name() || names.any(|old| old == job.name())
        })
    };
    let gone = old.jobs.into_iter().filter(|job| !is_there(job));
    resources.jobs.extend(gone);
    resources.log_policy = resources.log_policy.or(old.log_policy);
    resources.alarm_topic = resources.alarm_topic.or(old.alarm_topic);
    // What is forgotten still has a place in the module.
    resources.forgotten.clear();
    render_resources(after, &resources, spec, |file| file)
}

/// Writes the present spec, and what stays on AWS of jobs that it has no more.
fn leave(before: &Pipeline, after: &Pipeline, spec: &str) -> Vec<GeneratedFile> {
    let mut resources = Resources::new(after);
    let (archive, kept): (Vec<_>, Vec<_>) = resources
        .forgotten
        .into_iter()
        .partition(|one| one.keep == Keep::Archive);
    resources.forgotten = archive;
    let is_kept = |block: &Block| match block.labels() {
        [kind, label] => kept.iter().any(|one| {
            one.label == label.as_str() && removed::kinds(one.keep).contains(&kind.as_str())
        }),
        // The rules that a queue's policy lets in.
        _ => kept.iter().any(|one| {
            let rules = queue::rules_of(&one.label);
            block.body().attributes().any(|one| one.key() == rules)
        }),
    };
    let old = Resources::new(before);
    let blocks = old.jobs.iter().flat_map(job::blocks).filter(is_kept);
    let body = Body::builder().add_blocks(blocks).build();
    let mut files = render_resources(after, &resources, spec, |file| file);
    files.push(print_as(after, spec, ("step", "tf"), body));
    files
}
