//! The pipeline as a Terraform module: one file per job, and what the jobs share.

mod bus;
mod function;
pub(crate) mod hcl;
mod job;
mod module;
mod queue;
mod role;
mod rule;
mod schedule;

use ::hcl::Expression;
use pipeline::Pipeline;

use crate::output::GeneratedFile;
use hcl::{Body, Part, file, reference, template};

/// Writes the module of a pipeline. `spec` is the spec's file name, for the headers.
pub fn render(pipeline: &Pipeline, spec: &str) -> Vec<GeneratedFile> {
    let folder = pipeline.output.terraform.value.trim_end_matches('/');
    let header = crate::output::header(spec);
    let print = |name: String, body: Body| GeneratedFile {
        path: format!("{folder}/{name}.tf"),
        text: file(&header, &body),
    };
    let mut files = vec![
        print("bus".to_owned(), bus::body(pipeline)),
        print("outputs".to_owned(), module::outputs(pipeline)),
        print("variables".to_owned(), module::variables()),
        print("versions".to_owned(), module::versions()),
    ];
    for (name, job) in &pipeline.jobs {
        files.push(print(format!("job-{name}"), job::body(pipeline, name, job)));
    }
    files
}

/// A name with the environment behind it.
fn name_in_environment(name: &str) -> Expression {
    let environment = reference(["var", "environment"]);
    template([Part::Text(name), Part::Text("-"), Part::Value(environment)])
}
