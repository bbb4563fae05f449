//! The pipeline as a Terraform module: one file for each job, and files for what the jobs share.

mod alarm;
mod api;
mod backend;
mod buffer;
mod bus;
mod dashboard;
mod destination;
pub mod environment;
mod function;
mod gate;
mod given;
pub mod hcl;
mod job;
mod module;
mod module_test;
mod moved;
mod platform;
mod policy;
mod queue;
mod removed;
mod role;
pub mod root_module;
mod rule;
mod schedule;
mod shared;
pub mod steps;
mod tags;
mod task;
mod values;

#[cfg(test)]
mod global_names;

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::hcl::Expression;
use pipeline::Pipeline;
use pipeline::resources::{Kept, Name, Resources};

use generated_files::GeneratedFile;
use hcl::{Body, Part, file, reference, template};
pub use schedule::scheduler_envelope;

/// Writes the module of a pipeline. `spec` is the spec's file name, for the headers.
pub fn render(pipeline: &Pipeline, spec: &str) -> Vec<GeneratedFile> {
    render_each(pipeline, spec, |file| file)
}

/// Writes the module of a pipeline, and gives each file away as soon as it is there, on the processor that has made it:
/// all files together may be large. Returns what came of them, in an order that the spec alone decides.
pub fn render_each<T: Send>(
    pipeline: &Pipeline,
    spec: &str,
    take: impl Fn(GeneratedFile) -> T + Sync,
) -> Vec<T> {
    render_resources(pipeline, &Resources::new(pipeline), spec, take)
}

/// The number of dashboards of a pipeline.
pub fn dashboards(pipeline: &Pipeline) -> usize {
    dashboard::all(&Resources::new(pipeline)).len()
}

/// Writes a file of the module.
fn print_as(
    pipeline: &Pipeline,
    spec: &str,
    (name, ending): (&str, &str),
    body: Body,
) -> GeneratedFile {
    GeneratedFile {
        path: path(pipeline, name, ending),
        text: file(&generated_files::header(spec), &tags::add(pipeline, body)),
    }
}

/// The path of a file of the module.
fn path(pipeline: &Pipeline, name: &str, ending: &str) -> String {
    let folder = pipeline.output.terraform.value.trim_end_matches('/');
    format!("{folder}/{name}.{ending}")
}

/// Writes the module of resources.
fn render_resources<T: Send>(
    pipeline: &Pipeline,
    resources: &Resources<'_>,
    spec: &str,
    take: impl Fn(GeneratedFile) -> T + Sync,
) -> Vec<T> {
    let print = |name: &str, body: Body| print_as(pipeline, spec, (name, "tf"), body);
    let header = generated_files::header(spec);
    // No `..` here: a new kind of resource that is not written must not compile.
    let Resources {
        // `variables.tf` has them.
        values: _,
        // `bus.tf` has both.
        bus: _,
        archive: _,
        alarm_topic: _,
        dashboard: _,
        // `destinations.tf` has it.
        log_policy: _,
        // `alarms.tf` has it.
        bus_alarm: _,
        // Each resource has its own, and the variable `kms_keys` has the names.
        encryption: _,
        // `removed.tf` has them.
        forgotten,
        jobs,
    } = resources;
    let dashboards = dashboard::all(resources);
    // The largest file first: at the end it would keep one processor busy and leave the others idle. The next two are far
    // from it, as the three need much memory while they are made.
    let mut tasks: Vec<Task<'_>> = vec![
        Box::new(|| {
            Some(GeneratedFile {
                path: path(pipeline, "pipeline", "tftest.hcl"),
                text: module_test::text(&header, pipeline, resources),
            })
        }),
        Box::new(|| Some(print("bus", bus::body(resources)))),
        Box::new(|| Some(print("variables", module::variables(resources)))),
        Box::new(|| Some(print("versions", module::versions(forgotten)))),
        Box::new(|| alarm::shared(resources).map(|body| print("alarms", body))),
        Box::new(|| shared::body(resources).map(|body| print("shared", body))),
        Box::new(|| destination::shared(resources).map(|body| print("destinations", body))),
        Box::new(|| removed::body(forgotten).map(|body| print("removed", body))),
        Box::new(|| tags::shared(pipeline).map(|body| print("tags", body))),
        Box::new(|| {
            values::shared(pipeline, destination::is_named(resources))
                .map(|body| print("values", body))
        }),
    ];
    for dashboard in &dashboards {
        tasks.push(Box::new(move || {
            Some(print(&dashboard.file(), dashboard.body()))
        }));
    }
    for job in jobs {
        tasks.push(Box::new(move || {
            Some(print(&format!("job-{}", job.name()), job::body(job)))
        }));
    }
    tasks.push(Box::new(|| {
        let text = module::outputs(&header, resources);
        let path = path(pipeline, "outputs", "tf");
        Some(GeneratedFile { path, text })
    }));
    tasks.push(Box::new(|| {
        let text = moved::from_before(&header, resources)?;
        let path = path(pipeline, "moved", "tf");
        Some(GeneratedFile { path, text })
    }));
    if let Some(backend) = &pipeline.backend {
        let written = || GeneratedFile {
            path: backend_file(pipeline),
            text: file(&header, &backend::body(backend)),
        };
        tasks.push(Box::new(move || Some(written())));
    }
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    in_parallel(&tasks, &take, processors)
}

/// Returns the path of the one generated file in the root module: Terraform allows a backend only there.
pub fn backend_file(pipeline: &Pipeline) -> String {
    pipeline.output.in_root_module("backend.tf")
}

/// A piece of work that makes one file, or none if the pipeline does not need it.
type Task<'t> = Box<dyn Fn() -> Option<GeneratedFile> + Sync + 't>;

/// Runs the tasks on so many processors, and returns what came of their files in the order of the tasks.
fn in_parallel<T: Send>(
    tasks: &[Task<'_>],
    take: &(impl Fn(GeneratedFile) -> T + Sync),
    processors: usize,
) -> Vec<T> {
    if tasks.len() <= FEW {
        return tasks.iter().filter_map(|task| task()).map(take).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            // Relaxed is enough: the counter only hands out places, and `join` passes on what was made.
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(place) else {
                return made;
            };
            made.extend(task().map(|file| (place, take(file))));
        }
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let finished = threads.into_iter().flat_map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        finished.collect()
    });
    // Threads end in any order, and the same spec has to give the same files in the same order.
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, came)| came).collect()
}

/// The number of tasks up to which threads cost more than they save.
const FEW: usize = 50;

/// Writes `<name>-${var.environment}`, or a name that the spec gives.
fn name_in_environment(name: &Name) -> Expression {
    match name.kept() {
        Some(Kept { text, suffix }) if suffix.is_empty() => values::text(text),
        _ => template(inside_environment(name)),
    }
}

/// The pieces of a name in the environment, as those of a longer text.
fn inside_environment(name: &Name) -> Vec<Part<'_>> {
    if let Some(Kept { text, suffix }) = name.kept() {
        let mut parts = values::inside(text);
        parts.push(Part::Text(suffix));
        return parts;
    }
    let mut parts = vec![
        Part::Text(name.base()),
        Part::Text("-"),
        Part::Value(reference(["var", "environment"])),
    ];
    if let Some(region) = name.region() {
        parts.push(Part::Text("-"));
        parts.extend(values::inside(region));
    }
    parts.push(Part::Text(name.ending()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_files_does_not_depend_on_the_number_of_processors() {
        let task = |number: usize| -> Task<'static> {
            Box::new(move || {
                // The first ones take longest, so that with several processors they end last.
                let text = "x".repeat(1_000_000 / (number + 1));
                let path = number.to_string();
                (!number.is_multiple_of(7)).then_some(GeneratedFile { path, text })
            })
        };
        let tasks: Vec<Task<'_>> = (0..4 * FEW).map(task).collect();
        let paths = |processors| in_parallel(&tasks, &|file| file.path, processors);
        let expected: Vec<String> = (0..4 * FEW)
            .filter(|number| number % 7 > 0)
            .map(|number| number.to_string())
            .collect();
        for processors in [1, 2, 3, 16] {
            assert_eq!(paths(processors), expected);
        }
    }
}
