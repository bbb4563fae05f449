//! Two specs, and what happens on AWS if one follows the other.

use std::collections::BTreeSet;

use pipeline::model::Bus;
use pipeline::resources::{JobResources, Resources};
use pipeline::{Pipeline, Span};

use super::model::{Change, Kind, Lost, What};
use super::routes;
use super::shape::Shape;
use super::thing::{self, Thing};

/// A spec in an environment, with the shape of the module that it has.
#[derive(Clone, Copy, Debug)]
pub struct Side<'p> {
    /// The pipeline.
    pub pipeline: &'p Pipeline,
    /// The environment that it was read for.
    pub environment: &'p str,
    /// The shape of its generated module.
    pub shape: Shape,
}

/// Lists what a change from one spec to another destroys, replaces or leaves unserved, in the order of the spec before.
pub fn compare(before: Side<'_>, after: Side<'_>) -> Vec<Change> {
    let resources = (
        Resources::new(before.pipeline),
        Resources::new(after.pipeline),
    );
    let (old, new) = (&resources.0, &resources.1);
    let mut changes = Vec::new();
    compare_pipelines(before, after, old, new, &mut changes);
    for pair in pairs(&old.jobs, &new.jobs) {
        compare_jobs(&pair, before, after, &mut changes);
        routes::compare(&pair, before, after, &mut changes);
    }
    changes
}

/// A job before and after.
pub(crate) struct Pair<'r, 'p> {
    /// The job as it was.
    pub(crate) old: &'r JobResources<'p>,
    /// The job as it is; nothing if it left the spec.
    pub(crate) new: Option<&'r JobResources<'p>>,
    /// Whether only its triggers tell that it is the same job: nothing says so.
    pub(crate) is_guess: bool,
}

/// Finds the present job of each earlier one: by its name, by `renamed_from`, or by what starts it.
pub(crate) fn pairs<'r, 'p>(
    old: &'r [JobResources<'p>],
    new: &'r [JobResources<'p>],
) -> Vec<Pair<'r, 'p>> {
    let was_called = |now: &JobResources<'_>, name: &str| {
        let mut names = now.spec().renamed_from.iter();
        names.any(|before| before.value == name)
    };
    let is_same = |was: &JobResources<'_>, now: &JobResources<'_>| {
        // A job may have the name of one that left.
        let is_another = || old.iter().any(|other| was_called(now, other.name()));
        was_called(now, was.name()) || now.name() == was.name() && !is_another()
    };
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut found: Vec<Option<&JobResources<'p>>> = Vec::new();
    for was in old {
        let now = new.iter().find(|now| is_same(was, now));
        taken.extend(now.map(JobResources::name));
        found.push(now);
    }
    let mut pairs = Vec::new();
    for (was, now) in old.iter().zip(found) {
        let mut is_guess = false;
        let now = now.or_else(|| {
            let free = new.iter().filter(|now| !taken.contains(now.name()));
            let mut alike = free.filter(|now| routes::are_alike(was, now));
            let guess = alike.next();
            is_guess = guess.is_some();
            guess
        });
        taken.extend(now.map(JobResources::name));
        pairs.push(Pair {
            old: was,
            new: now,
            is_guess,
        });
    }
    pairs
}

/// The place of the present bus.
pub(crate) fn place_of_bus(pipeline: &Pipeline) -> Span {
    match &pipeline.bus {
        Bus::Default => pipeline.name.span,
        Bus::Custom(name) => name.span,
        Bus::Existing(name) => name.span,
    }
}

fn compare_pipelines(
    before: Side<'_>,
    after: Side<'_>,
    old: &Resources<'_>,
    new: &Resources<'_>,
    changes: &mut Vec<Change>,
) {
    let now = thing::of_pipeline(new, after.environment);
    let pipeline = after.pipeline;
    for was in thing::of_pipeline(old, before.environment) {
        let place = match (was.resource.what, &pipeline.archive_days) {
            (What::Archive, Some(days)) => days.span,
            (What::Archive, None) => pipeline.removed.place_of_archive(),
            _ => place_of_bus(pipeline),
        };
        let is_kept = |was: &Thing| {
            let keep = was.keep;
            keep.is_some_and(|keep| pipeline.removed.keeps("", keep))
        };
        let same = now.iter().find(|now| now.slot == was.slot);
        let has_left = same.is_none() && was.resource.what == What::Archive;
        let owner = Owner {
            job: None,
            place,
            has_left,
        };
        changes.extend(destroyed(&was, same, owner, is_kept));
    }
}

fn compare_jobs(pair: &Pair<'_, '_>, before: Side<'_>, after: Side<'_>, changes: &mut Vec<Change>) {
    let name = pair.old.name();
    let removed = &after.pipeline.removed;
    // A job that only looks the same keeps nothing: Terraform sees two.
    let new = pair.new.filter(|_| !pair.is_guess);
    let place = new.map_or_else(|| removed.place_of_job(name), |new| new.spec().name_span);
    let now = new.map_or_else(Vec::new, |new| thing::of_job(new, after.environment));
    for was in thing::of_job(pair.old, before.environment) {
        let same = now.iter().find(|now| now.slot == was.slot);
        let is_kept = |was: &Thing| was.keep.is_some_and(|keep| removed.keeps(name, keep));
        let owner = Owner {
            job: Some(name),
            place,
            has_left: new.is_none(),
        };
        changes.extend(destroyed(&was, same, owner, is_kept));
    }
}

/// What a thing belongs to.
#[derive(Clone, Copy)]
struct Owner<'n> {
    job: Option<&'n str>,
    place: Span,
    has_left: bool,
}

/// Says what becomes of a thing that is another one now, or none.
fn destroyed(
    was: &Thing,
    now: Option<&Thing>,
    owner: Owner<'_>,
    is_kept: impl Fn(&Thing) -> bool,
) -> Option<Change> {
    let kind = match now {
        Some(now) if now.identity == was.identity => return None,
        Some(now) if now.resource.name == was.resource.name => Kind::Remade,
        Some(now) => Kind::Replaced(now.resource.name.clone()),
        None if is_kept(was) => return None,
        None => Kind::Removed,
    };
    let lost = match was.resource.what {
        // Terraform leaves it there.
        What::LogGroup if was.is_kept => return None,
        What::Archive => Lost::Events,
        What::LogGroup => Lost::Lines,
        What::Queue(_) => Lost::Messages,
        What::Bus | What::Function | What::Role | What::Topic => Lost::References,
        What::Rule | What::Schedule | What::Target => return None,
    };
    Some(Change {
        kind,
        resource: was.resource.clone(),
        job: owner.job.map(str::to_owned),
        place: owner.place,
        has_left: owner.has_left,
        lost,
    })
}
