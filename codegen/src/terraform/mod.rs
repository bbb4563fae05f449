//! The pipeline as a Terraform module: one file per job, and what the jobs share.

mod alarm;
mod backend;
mod bus;
mod dashboard;
mod destination;
mod function;
mod given;
pub(crate) mod hcl;
mod job;
mod module;
mod module_test;
mod moved;
mod platform;
mod queue;
mod role;
pub(crate) mod root_module;
mod rule;
mod schedule;
mod tags;

use std::num::NonZero;

use ::hcl::Expression;
use pipeline::Pipeline;
use pipeline::model::Job;

use crate::output::GeneratedFile;
use hcl::{Body, Part, file, reference, template};
pub(crate) use schedule::scheduler_envelope;

/// Writes the module of a pipeline. `spec` is the spec's file name, for the headers.
pub fn render(pipeline: &Pipeline, spec: &str) -> Vec<GeneratedFile> {
    let folder = pipeline.output.terraform.value.trim_end_matches('/');
    let header = crate::output::header(spec);
    let print_as = |name: &str, ending: &str, body: Body| GeneratedFile {
        path: format!("{folder}/{name}.{ending}"),
        text: file(&header, &tags::add(pipeline, body)),
    };
    let print = |name: &str, body: Body| print_as(name, "tf", body);
    let mut files = vec![
        print("bus", bus::body(pipeline)),
        print("outputs", module::outputs(pipeline)),
        print("variables", module::variables(pipeline)),
        print("versions", module::versions()),
        print_as("pipeline", "tftest.hcl", module_test::body(pipeline)),
    ];
    let optional = [
        ("alarms", alarm::shared(pipeline)),
        ("dashboard", dashboard::body(pipeline)),
        ("destinations", destination::shared(pipeline)),
        ("tags", tags::shared(pipeline)),
    ];
    for (name, body) in optional {
        files.extend(body.map(|body| print(name, body)));
    }
    let jobs: Vec<(&String, &Job)> = pipeline.jobs.iter().collect();
    files.extend(in_parallel(&jobs, |(name, job)| {
        print(&format!("job-{name}"), job::body(pipeline, name, job))
    }));
    if let Some(backend) = &pipeline.backend {
        files.push(GeneratedFile {
            path: backend_file(pipeline),
            text: file(&header, &backend::body(backend)),
        });
    }
    files
}

/// The one generated file of the root module, where backends alone are allowed.
pub fn backend_file(pipeline: &Pipeline) -> String {
    pipeline.output.in_root_module("backend.tf")
}

/// Maps items on all processors, in order.
fn in_parallel<T: Sync, U: Send>(items: &[T], map: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(processors).max(1);
    if items.len() <= FEW {
        return items.iter().map(map).collect();
    }
    std::thread::scope(|scope| {
        let shares = items.chunks(share);
        let threads = shares.map(|share| scope.spawn(|| share.iter().map(&map).collect()));
        let threads: Vec<_> = threads.collect();
        let finished = threads.into_iter();
        let mapped = finished.flat_map(|thread| -> Vec<U> {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        mapped.collect()
    })
}

/// So few items are not worth a thread.
const FEW: usize = 50;

/// A name with the environment behind it.
fn name_in_environment(name: &str) -> Expression {
    let environment = reference(["var", "environment"]);
    template([Part::Text(name), Part::Text("-"), Part::Value(environment)])
}
