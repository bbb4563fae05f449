//! What the picture shows, whatever it is drawn with: nodes and edges.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use pipeline::model::{Buffer, Event, Job, Schedule, Trigger, TriggerKind};
use pipeline::{Pipeline, Spanned};

use super::matches;

/// A pipeline as nodes and edges, in the order of the spec.
#[derive(Debug)]
pub struct Picture {
    /// The pipeline's name.
    pub(crate) title: String,
    /// What the picture shows, in sentences, for whoever cannot see it.
    pub(crate) description: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An event that comes from outside the pipeline.
    Outside,
    /// An event that jobs emit.
    Event,
    /// A trigger by time.
    Schedule,
    /// A trigger by events of others.
    Pattern,
    /// What narrows a trigger by an event.
    Filter,
    /// A queue before a job, which the triggers deliver to.
    Buffer,
    /// A job.
    Job,
}

/// A box of the picture.
#[derive(Debug)]
pub(crate) struct Node {
    /// Unique in the picture: ASCII letters, digits and `_`, a letter first.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// The text below the name.
    pub(crate) details: Vec<String>,
    /// What a reader sees only when pointing at the node.
    pub(crate) note: Option<String>,
    /// How many deliveries a run is split into; 1 for most.
    pub(crate) shards: u32,
    pub(crate) enabled: bool,
}

/// An arrow from one node to another, by their places among the nodes.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) enabled: bool,
}

impl Kind {
    /// One word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Event => "event",
            Self::Schedule => "schedule",
            Self::Pattern => "pattern",
            Self::Filter => "filter",
            Self::Buffer => "buffer",
            Self::Job => "job",
        }
    }
}

impl Picture {
    /// The picture of a checked pipeline.
    pub fn of(pipeline: &Pipeline) -> Self {
        Self::of_all(&[pipeline])
    }

    /// The picture of pipelines side by side. An event that one has and another uses is one node; with several pipelines
    /// each node says whose it is.
    pub fn of_all(pipelines: &[&Pipeline]) -> Self {
        let mut builder = Builder::default();
        let is_one = pipelines.len() < 2;
        let owners = |pipeline: &Pipeline| {
            let name = (!is_one).then(|| pipeline.name.value.clone());
            name.into_iter().collect::<Vec<_>>()
        };
        let mut events: HashMap<(&str, &str), usize> = HashMap::new();
        for pipeline in pipelines {
            for (name, event) in &pipeline.events {
                if theirs(pipelines, pipeline, event).is_none() {
                    let (kind, mut details) = (kind_of(event), owners(pipeline));
                    if event.external {
                        details.push("from outside".to_owned());
                    }
                    let mut node = Node::new(kind, name, details);
                    node.note.clone_from(&event.description);
                    events.insert((&pipeline.name.value, name), builder.node(name, node));
                }
            }
        }
        for pipeline in pipelines {
            for (name, event) in &pipeline.events {
                if let Some(theirs) = theirs(pipelines, pipeline, event)
                    && let Some(node) = events.get(&theirs).copied()
                {
                    events.insert((&pipeline.name.value, name), node);
                }
            }
        }
        for pipeline in pipelines {
            let event = |name: &str| events.get(&(pipeline.name.value.as_str(), name)).copied();
            builder.jobs(pipeline, &owners(pipeline), event);
        }
        let names = pipelines
            .iter()
            .map(|pipeline| pipeline.name.value.as_str());
        let descriptions = pipelines.iter().map(|pipeline| description(pipeline));
        Self {
            title: names.collect::<Vec<_>>().join(", "),
            description: descriptions.collect::<Vec<_>>().join(" "),
            nodes: builder.nodes,
            edges: builder.edges,
        }
    }
}

fn kind_of(event: &Event) -> Kind {
    if event.external {
        Kind::Outside
    } else {
        Kind::Event
    }
}

/// The pipeline in the picture that has an event which another one uses, and the name there.
fn theirs<'p>(
    pipelines: &[&'p Pipeline],
    pipeline: &'p Pipeline,
    event: &'p Event,
) -> Option<(&'p str, &'p str)> {
    let used = event.used.as_ref()?;
    let contract = pipeline.uses.get(&used.pipeline)?.read()?;
    let other = pipelines.iter();
    let mut other = other.filter(|other| other.name.value == contract.pipeline);
    let other = other.next()?;
    let (name, _) = other.events.get_key_value(&used.event)?;
    Some((&other.name.value, name))
}

impl Node {
    fn new(kind: Kind, name: &str, details: Vec<String>) -> Self {
        Self {
            id: String::new(),
            kind,
            name: name.to_owned(),
            details,
            note: None,
            shards: 1,
            enabled: true,
        }
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    ids: HashSet<String>,
}

impl Builder {
    /// Adds a node, and returns its place. The id of the node begins with its kind and a label.
    fn node(&mut self, label: &str, mut node: Node) -> usize {
        let letters = label.chars().map(|c| match c {
            c if c.is_ascii_alphanumeric() => c,
            _ => '_',
        });
        let stem = format!("{}_{}", node.kind.name(), letters.collect::<String>());
        node.id.clone_from(&stem);
        let mut number = 2_u32;
        while !self.ids.insert(node.id.clone()) {
            node.id = format!("{stem}_{number}");
            number += 1;
        }
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds the jobs of a pipeline, with their triggers and what they emit.
    fn jobs(
        &mut self,
        pipeline: &Pipeline,
        owner: &[String],
        event: impl Fn(&str) -> Option<usize>,
    ) {
        let jobs: Vec<usize> = pipeline
            .jobs
            .iter()
            .map(|(name, job)| {
                let details = owner.iter().chain(&job.description).cloned().collect();
                self.node(name, Node::new(Kind::Job, name, details))
            })
            .collect();
        for ((name, job), place) in pipeline.jobs.iter().zip(jobs) {
            // What starts the job reaches the queue first.
            let start = match &job.buffer {
                Some(buffer) => {
                    let node = Node::new(Kind::Buffer, "queue", buffer_lines(buffer));
                    let queue = self.node(name, node);
                    self.edge(queue, place, true);
                    queue
                }
                None => place,
            };
            for trigger in &job.triggers {
                let awaited = match &trigger.kind {
                    TriggerKind::Event { event: name, .. } => event(&name.value),
                    _ => None,
                };
                self.trigger(name, trigger, awaited, start);
            }
            for name in job.emitted() {
                if let Some(event) = event(name) {
                    self.edge(place, event, is_emitted(job, name));
                }
            }
        }
    }

    fn edge(&mut self, from: usize, to: usize, enabled: bool) {
        self.edges.push(Edge { from, to, enabled });
    }

    /// Adds a trigger: an edge from its event if there is no more to say, else a node of its own.
    fn trigger(&mut self, job: &str, trigger: &Trigger, event: Option<usize>, place: usize) {
        let mut node = match &trigger.kind {
            TriggerKind::Schedule(schedule) => schedule_node(schedule),
            TriggerKind::Pattern(pattern) => {
                Node::new(Kind::Pattern, "other events", matches::lines(&pattern.json))
            }
            TriggerKind::Event { filter, .. } => {
                let lines = filter
                    .as_ref()
                    .map(|filter| matches::lines(&filter.json))
                    .unwrap_or_default();
                match (event, lines.is_empty(), trigger.enabled.value) {
                    (Some(event), true, true) => return self.edge(event, place, true),
                    (_, true, _) => Node::new(Kind::Filter, "every event", lines),
                    (_, false, _) => Node::new(Kind::Filter, "only where", lines),
                }
            }
        };
        node.enabled = trigger.enabled.value;
        if !trigger.enabled.value {
            node.details.push("disabled".to_owned());
        }
        let node = self.node(&format!("{job}_{}", trigger.id.value), node);
        if let Some(event) = event {
            self.edge(event, node, trigger.enabled.value);
        }
        self.edge(node, place, trigger.enabled.value);
    }
}

/// What a function gets from its queue.
fn buffer_lines(buffer: &Buffer) -> Vec<String> {
    let Buffer {
        batch,
        window_seconds,
        max_concurrency,
        max_receives: _,
        fifo,
    } = buffer;
    let mut lines = vec![match batch.value {
        1 => "one by one".to_owned(),
        most => format!("batches of up to {most}"),
    }];
    if *window_seconds > 0 {
        lines.push(format!("waits up to {window_seconds} s"));
    }
    if let Some(most) = max_concurrency {
        lines.push(format!("at most {} batches at once", most.value.value));
    }
    if fifo.is_some() {
        lines.push("in order".to_owned());
    }
    lines
}

fn schedule_node(schedule: &Schedule) -> Node {
    let mut details = vec![schedule.expression.value.clone()];
    if let Some(minutes) = schedule.flexible_window_minutes {
        details.push(format!("within {minutes} minutes"));
    }
    let mut node = Node::new(Kind::Schedule, &words(schedule), details);
    node.shards = schedule.shards;
    node
}

/// The schedule in words, with its zone.
fn words(schedule: &Schedule) -> String {
    let expression = &schedule.expression.value;
    let zone = schedule.timezone.as_ref();
    let zone = zone.map_or("UTC", |zone| zone.value.as_str());
    match schedule.parse() {
        Ok(parsed) => parsed.describe_in(zone),
        Err(_) => expression.clone(),
    }
}

/// Whether a job emits an event today: on an event, or on a schedule that is enabled.
fn is_emitted(job: &Job, name: &str) -> bool {
    let is_it = |event: &Spanned<String>| event.value == name;
    let enabled = job.triggers.iter().filter(|trigger| trigger.enabled.value);
    job.emits.iter().any(is_it)
        || enabled
            .filter_map(Trigger::schedule)
            .any(|schedule| schedule.emits.iter().any(is_it))
}

/// A sentence for each job.
fn description(pipeline: &Pipeline) -> String {
    let mut text = format!("The pipeline {}.", pipeline.name.value);
    for (name, job) in &pipeline.jobs {
        let triggers: Vec<String> = job.triggers.iter().map(trigger_words).collect();
        let starts = match triggers.as_slice() {
            [] => "by nothing".to_owned(),
            triggers => triggers.join("; or "),
        };
        write!(text, " {name} is started {starts}").expect("writing to a string does not fail");
        if let Some(buffer) = &job.buffer {
            let lines = buffer_lines(buffer).join(", ");
            write!(text, ", through a queue ({lines})").expect("writing to a string does not fail");
        }
        let emits: Vec<&str> = job.emitted().into_iter().collect();
        if !emits.is_empty() {
            write!(text, ", and emits {}", emits.join(", "))
                .expect("writing to a string does not fail");
        }
        text.push('.');
    }
    text
}

fn trigger_words(trigger: &Trigger) -> String {
    let words = match &trigger.kind {
        TriggerKind::Schedule(schedule) => {
            let shards = match schedule.shards {
                1 => String::new(),
                shards => format!(" in {shards} shards"),
            };
            format!("{}{shards}", words(schedule))
        }
        TriggerKind::Event {
            event,
            filter: None,
        } => format!("by {}", event.value),
        TriggerKind::Event {
            event,
            filter: Some(filter),
        } => {
            format!(
                "by {} where {}",
                event.value,
                matches::lines(&filter.json).join(", ")
            )
        }
        TriggerKind::Pattern(pattern) => {
            format!(
                "by other events where {}",
                matches::lines(&pattern.json).join(", ")
            )
        }
    };
    if trigger.enabled.value {
        words
    } else {
        format!("{words} (disabled)")
    }
}
