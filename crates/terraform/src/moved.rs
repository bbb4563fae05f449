//! `moved` blocks, with which a renamed resource keeps its place in Terraform's state.

use hcl::Expression;
use hcl::structure::Block;
use pipeline::model::Job;
use pipeline::resources::{JobRef, JobResources, Resources};

use super::hcl::{File, block, reference};
use super::{alarm, job};

/// Writes a chain of `moved` blocks for every resource of a job, from its first address to its present one.
///
/// The job's blocks are made again under each name that the job and its triggers had. A resource has the same index
/// among them under every name, so equal indices are one resource. Terraform follows the chain from the address that
/// an environment's state has. It accepts one predecessor and one successor for each address.
pub(super) fn blocks(resources: &JobResources<'_>) -> Vec<Block> {
    let JobRef {
        pipeline,
        name,
        job,
    } = resources.job;
    let longest = job.triggers.iter().map(|t| t.renamed_from.len()).max();
    let longest = longest.unwrap_or_default();
    if longest == 0 && job.renamed_from.is_empty() {
        return Vec::new();
    }
    let old_names = job.renamed_from.iter().map(|old| old.value.as_str());
    let mut history = Vec::new();
    for name in old_names.chain([name]) {
        for age in 0..=longest {
            let then = with_ids_of(job, age);
            let then = JobResources::new(JobRef {
                pipeline,
                name,
                job: &then,
            });
            history.push(addresses(&job::blocks(&then)));
        }
    }
    let count = history.first().map_or(0, Vec::len);
    let mut blocks = Vec::new();
    for place in 0..count {
        let mut chain: Vec<&Address> = history.iter().filter_map(|all| all.get(place)).collect();
        // Not every rename changes every address, and Terraform refuses a move from an address to itself.
        chain.dedup();
        let steps = chain.iter().zip(chain.iter().skip(1));
        blocks.extend(steps.map(|(from, to)| moved(from, to)));
    }
    blocks
}

/// Writes the blocks of resources whose addresses were others before: each alarm was a resource of its own, and what
/// belongs to the bus had two underscores in its labels. A state that has them is moved whenever it is next planned.
pub(super) fn from_before(header: &[String], resources: &Resources<'_>) -> Option<String> {
    let mut steps = Vec::new();
    if let Some(queue) = resources.bus.unreadable() {
        for kind in ["aws_sqs_queue", "aws_sqs_queue_policy"] {
            let before = reference([kind, "bus__dlq"]);
            steps.push([before, reference([kind, &queue.label])]);
        }
    }
    steps.extend(resources.bus_alarm.iter().map(|_| alarm::move_of_bus()));
    let of_jobs = resources.jobs.iter().flat_map(|job| {
        let old = job.spec().renamed_from.iter();
        let mut names: Vec<&str> = old.map(|old| old.value.as_str()).collect();
        names.push(job.name());
        alarm::moves(job, &names)
    });
    let mut blocks = steps.into_iter().chain(of_jobs).map(step).peekable();
    blocks.peek()?;
    let mut file = File::new(header, resources.jobs.len());
    blocks.for_each(|block| file.add(&block));
    Some(file.finish())
}

/// The kind and the label of a resource.
type Address = [String; 2];

fn addresses(blocks: &[Block]) -> Vec<Address> {
    // Only resources are in the state to be moved: data sources and locals are computed anew.
    let resources = blocks
        .iter()
        .filter(|block| block.identifier() == "resource");
    resources
        .filter_map(|block| match block.labels() {
            [kind, label] => Some([kind.as_str().to_owned(), label.as_str().to_owned()]),
            _ => None,
        })
        .collect()
}

/// Returns the job with the ids of its triggers after `age` renames.
fn with_ids_of(job: &Job, age: usize) -> Job {
    let mut then = job.clone();
    for trigger in &mut then.triggers {
        if let Some(id) = trigger.renamed_from.get(age) {
            trigger.id = id.clone();
        }
    }
    then
}

fn moved(from: &Address, to: &Address) -> Block {
    let place = |address: &Address| reference(address.each_ref().map(String::as_str));
    step([place(from), place(to)])
}

fn step([from, to]: [Expression; 2]) -> Block {
    block("moved", [("from", from), ("to", to)])
}
