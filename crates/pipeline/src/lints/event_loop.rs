//! Loops of events: a job that, through others, starts itself.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::matching::{Verdict, judge_trigger};
use crate::model::{OnBus, Pipeline, Reaction, Trigger};
use crate::reach::Reach;

pub(crate) static EVENT_LOOP: Lint = Lint {
    id: "event-loop",
    severity: Error,
    summary: "jobs that start each other without end",
    explanation: "\
A job emits an event that starts a job, and so on until the first is started again. On AWS such a loop runs
until somebody stops it, and every turn is billed. Where a trigger takes only some of the events, the check says that
the job may start itself.

```yaml
jobs:
  a: { function: { package: a }, triggers: [ { event: y } ], emits: [x] }
  b: { function: { package: b }, triggers: [ { event: x } ], emits: [y] }   # a → x → b → y → a
```

If something in a job ends the loop, say what. The check then follows the loop no further than that job:

```yaml
  b: { …, loop_guard: emits `y` only while pages are left }
```

Loops through other pipelines count too, as far as `uses` leads to these: the finding writes their jobs as `billing/collect`.
",
};

/// Jobs as nodes; an edge is an event of one job that starts another.
type Graph<'p> = DiGraph<Cow<'p, str>, Edge<'p>>;

#[derive(Clone, Copy)]
struct Edge<'p> {
    /// The name: of others' events, the one that the other pipeline has for it.
    event: &'p str,
    /// Where it starts a job of this pipeline.
    trigger: Option<&'p Trigger>,
    /// Whether the trigger takes every such event.
    is_certain: bool,
}

pub(super) fn check(pipeline: &Pipeline, reach: &Reach<'_>, found: &mut Vec<Diagnostic>) {
    let graph = build_graph(pipeline, reach);
    // A component holds all loops that share jobs. It gets one finding: breaking one loop may break the others.
    let mut loops: Vec<NodeIndex> = kosaraju_scc(&graph)
        .into_iter()
        .filter(|jobs| jobs.len() > 1 || graph.contains_edge(jobs[0], jobs[0]))
        // The job that comes first in the spec, so that the order does not depend on the algorithm.
        .filter_map(|jobs| jobs.into_iter().min())
        // Loops of others alone are theirs: the jobs of this pipeline come first.
        .filter(|job| pipeline.jobs.contains_key(&*graph[*job]))
        .collect();
    loops.sort_unstable();
    for job in loops {
        found.push(report_loop(pipeline, &graph, job));
    }
}

/// Builds the graph of which job starts which, without the jobs that have a guard.
fn build_graph<'p>(pipeline: &'p Pipeline, reach: &Reach<'p>) -> Graph<'p> {
    let mut graph = Graph::new();
    let unguarded = pipeline
        .jobs
        .iter()
        .filter(|(_, job)| job.loop_guard.is_none());
    let nodes: HashMap<&str, NodeIndex> = unguarded
        .map(|(name, _)| (name.as_str(), graph.add_node(Cow::Borrowed(name.as_str()))))
        .collect();
    // Many jobs may emit one event: what it starts is judged once.
    let mut by_event: HashMap<&str, Vec<(NodeIndex, Edge<'p>)>> = HashMap::new();
    for (name, job) in &pipeline.jobs {
        let Some(from) = nodes.get(name.as_str()) else {
            continue;
        };
        // A scheduled run is started by no event, so what it emits closes no loop: that it works off by events which start
        // the same job is usual.
        for event in &job.emits {
            let Some((event, starts)) = reach.of_emitted(&event.value) else {
                continue;
            };
            let starts = by_event.entry(event).or_insert_with(|| {
                let to = starts.filter_map(|start| {
                    let verdict = judge_trigger(pipeline, event, start.trigger);
                    let edge = Edge {
                        event,
                        trigger: Some(start.trigger),
                        is_certain: verdict == Verdict::Always,
                    };
                    let to = *nodes.get(start.job)?;
                    (verdict != Verdict::Never).then_some((to, edge))
                });
                to.collect()
            });
            for (to, edge) in starts {
                graph.add_edge(*from, *to, *edge);
            }
        }
    }
    add_others(pipeline, reach, &nodes, &mut graph);
    graph
}

/// Adds the jobs of other pipelines, as far as they are known: what starts them, and whom they start.
fn add_others<'p>(
    pipeline: &'p Pipeline,
    reach: &Reach<'p>,
    nodes: &HashMap<&str, NodeIndex>,
    graph: &mut Graph<'p>,
) {
    let jobs = pipeline.others.iter().flat_map(|other| {
        let unguarded = other.jobs.iter();
        let unguarded = unguarded.filter(|(_, job)| job.loop_guard.is_none());
        unguarded.map(move |(name, job)| (format!("{}/{name}", other.pipeline), job))
    });
    let others: Vec<(NodeIndex, &Reaction)> = jobs
        .map(|(name, job)| (graph.add_node(Cow::Owned(name)), job))
        .collect();
    let edge = |event: &'p OnBus, trigger| Edge {
        event: event.event_type.as_ref().unwrap_or(&event.detail_type),
        trigger,
        // What they do with an event, a contract does not say.
        is_certain: false,
    };
    for (to, theirs) in &others {
        for event in &theirs.starts_on {
            for (name, job) in &pipeline.jobs {
                let emits = job.emits.iter().filter_map(|emitted| {
                    let declared = pipeline.events.get(&emitted.value)?;
                    // What others emit alone is a mistake of its own.
                    let declared = declared.used.is_none().then_some(declared)?;
                    Some(OnBus::new(&emitted.value, declared))
                });
                if let Some(from) = nodes.get(name.as_str())
                    && emits.into_iter().any(|emitted| event.may_be(&emitted))
                {
                    graph.add_edge(*from, *to, edge(event, None));
                }
            }
            for (from, other) in &others {
                if other.emits.iter().any(|emitted| event.may_be(emitted)) {
                    graph.add_edge(*from, *to, edge(event, None));
                }
            }
        }
    }
    for (name, starts) in reach.iter() {
        let Some(event) = pipeline.events.get(name).filter(|event| event.external) else {
            continue;
        };
        let awaited = OnBus::new(name, event);
        for (from, theirs) in &others {
            let Some(emitted) = theirs.emits.iter().find(|one| awaited.may_be(one)) else {
                continue;
            };
            for start in starts {
                if let Some(to) = nodes.get(start.job) {
                    graph.add_edge(*from, *to, edge(emitted, Some(start.trigger)));
                }
            }
        }
    }
}

fn report_loop(pipeline: &Pipeline, graph: &Graph<'_>, job: NodeIndex) -> Diagnostic {
    let steps = shortest_loop(graph, job);
    let name = &*graph[job];
    let steps_in_words: Vec<String> = steps
        .iter()
        .map(|(edge, next)| format!("{} → `{}`", edge.event, graph[*next]))
        .collect();
    let trigger = steps.last().and_then(|(edge, _)| edge.trigger);
    let span = trigger.map_or(pipeline.jobs[name].name_span, |trigger| trigger.span);
    let is_certain = steps.iter().all(|(edge, _)| edge.is_certain);
    let starts = if is_certain { "starts" } else { "may start" };
    let mut diagnostic = Diagnostic::new(&EVENT_LOOP, span, format!("`{name}` {starts} itself"))
        .with_label(format!("starts `{name}` again"))
        .with_note(format!(
            "the loop: `{name}` → {}",
            steps_in_words.join(" → ")
        ))
        .with_help("break the loop, or say in one of its jobs what ends it: `loop_guard: …`");
    for (edge, next) in &steps[..steps.len().saturating_sub(1)] {
        let Some(trigger) = edge.trigger else {
            continue;
        };
        let label = format!("starts `{}`", graph[*next]);
        diagnostic = diagnostic.with_related(trigger.span, label);
    }
    diagnostic
}

/// Finds the fewest steps that lead from a job back to it. A step is an edge and the job that it leads to.
fn shortest_loop<'p>(graph: &Graph<'p>, job: NodeIndex) -> Vec<(Edge<'p>, NodeIndex)> {
    let mut came_from: HashMap<NodeIndex, (NodeIndex, Edge<'p>)> = HashMap::new();
    let mut queue = VecDeque::from([job]);
    while let Some(at) = queue.pop_front() {
        // `petgraph` lists the newest edge first. Reversed, the edges have the order of the spec.
        let mut edges: Vec<_> = graph.edges(at).collect();
        edges.reverse();
        for edge in edges {
            let next = edge.target();
            if came_from.contains_key(&next) {
                continue;
            }
            came_from.insert(next, (at, *edge.weight()));
            if next == job {
                return steps_back(&came_from, job);
            }
            queue.push_back(next);
        }
    }
    Vec::new()
}

fn steps_back<'p>(
    came_from: &HashMap<NodeIndex, (NodeIndex, Edge<'p>)>,
    job: NodeIndex,
) -> Vec<(Edge<'p>, NodeIndex)> {
    let mut steps = Vec::new();
    let mut at = job;
    while let Some((from, edge)) = came_from.get(&at) {
        steps.push((*edge, at));
        at = *from;
        if at == job {
            break;
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::{Surroundings, parse};

    fn jobs(jobs: &[(&str, &str, &str)]) -> String {
        let events = "events: { e: { detail_type: E, external: true }, x: { detail_type: X }, y: { detail_type: Y }, z: { detail_type: Z } }";
        let mut spec = format!("pipeline: p\nsource: s\n{events}\njobs:\n");
        for (name, triggers, rest) in jobs {
            writeln!(
                spec,
                "  {name}: {{ function: {{ package: {name} }}, triggers: [{triggers}], {rest} }}"
            )
            .unwrap();
        }
        spec
    }

    fn loops(spec: &str) -> Vec<String> {
        let found = parse(spec, &Surroundings::default()).diagnostics;
        let loops = found
            .into_iter()
            .filter(|found| found.lint.id == "event-loop");
        loops.flat_map(|found| found.notes).collect()
    }

    #[test]
    fn a_loop_is_printed_as_a_path() {
        let spec = jobs(&[
            ("a", "{ event: e }, { event: z, id: again }", "emits: [x]"),
            ("b", "{ event: x }", "emits: [y]"),
            ("c", "{ event: y }", "emits: [z]"),
        ]);
        assert_eq!(
            loops(&spec),
            ["the loop: `a` → x → `b` → y → `c` → z → `a`"]
        );
        let own = jobs(&[(
            "a",
            "{ event: e }, { event: x, id: again }",
            "emits: [y, x]",
        )]);
        assert_eq!(loops(&own), ["the loop: `a` → x → `a`"]);
    }

    #[test]
    fn a_guard_a_disabled_trigger_and_another_source_end_it() {
        for (triggers, rest) in [
            (
                "{ event: x }",
                "emits: [y], loop_guard: while pages are left",
            ),
            ("{ event: x, enabled: false }", "emits: [y]"),
            ("{ pattern: { source: [t] } }", "emits: [y]"),
        ] {
            let spec = jobs(&[("a", "{ event: y }", "emits: [x]"), ("b", triggers, rest)]);
            assert!(loops(&spec).is_empty(), "{triggers} {rest}");
        }
    }

    #[test]
    fn a_filter_makes_it_possible_but_not_certain() {
        for (filter, said) in [
            ("where: { n: [1] }", "`a` may start itself"),
            ("id: all", "`a` starts itself"),
        ] {
            let spec = jobs(&[("a", &format!("{{ event: x, {filter} }}"), "emits: [x]")]);
            let found = parse(&spec, &Surroundings::default()).diagnostics;
            assert!(found.iter().any(|found| found.message == said), "{found:?}");
        }
    }

    #[test]
    fn a_pattern_can_close_it() {
        let pattern = "{ pattern: { source: [s], detail-type: [{ prefix: X }] } }";
        let spec = jobs(&[("a", pattern, "emits: [x]")]);
        assert_eq!(loops(&spec), ["the loop: `a` → x → `a`"]);
    }
}
