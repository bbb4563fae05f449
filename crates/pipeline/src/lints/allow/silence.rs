//! Findings that are left out, as the spec keeps them on purpose.

use std::collections::{HashMap, HashSet};

use super::UNUSED_ALLOW;
use super::allowance::{Allowance, allowance};
use crate::allow::{Allow, Scope};
use crate::diagnostic::{Diagnostic, Lint};
use crate::model::Pipeline;

/// Lists every `allow` of a pipeline in the order of its parts.
pub(super) fn allows(pipeline: &Pipeline) -> impl Iterator<Item = &Allow> {
    let jobs = pipeline.jobs.values();
    let of_jobs = jobs.flat_map(|job| {
        let triggers = job.triggers.iter().flat_map(|trigger| &trigger.allow);
        job.allow.iter().chain(triggers)
    });
    let of_events = pipeline.events.values().flat_map(|event| &event.allow);
    let removed = pipeline.removed.entries.values();
    let of_removed = removed.flat_map(|removal| &removal.allow);
    let own = pipeline.allow.iter().chain(of_events);
    own.chain(of_jobs).chain(of_removed)
}

/// Removes the findings that an `allow` keeps, and adds one for each `allow` that keeps none.
pub(in crate::lints) fn silence(
    lints: &[&Lint],
    pipeline: &Pipeline,
    looked_for: impl Fn(&str) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    let mut by_id: HashMap<&str, Vec<&Allow>> = HashMap::new();
    for allow in allows(pipeline) {
        if allowance(lints, &allow.id.value) == Allowance::Allowed {
            by_id.entry(&allow.id.value).or_default().push(allow);
        }
    }
    if by_id.is_empty() {
        return;
    }
    let mut used: HashSet<*const Allow> = HashSet::new();
    found.retain(|finding| {
        let allows = by_id.get(finding.lint.id).into_iter().flatten();
        let silencing = allows.filter(|allow| allow.scope.contains(finding.span));
        let mut is_silenced = false;
        // All of them are used: the place of a finding may be in a trigger, its job and the pipeline at once.
        for allow in silencing {
            is_silenced = true;
            used.insert(std::ptr::from_ref(*allow));
        }
        !is_silenced
    });
    // A check may pass over what an error is about, so nobody knows what it would have found.
    if found.iter().any(Diagnostic::is_error) {
        return;
    }
    for allow in allows(pipeline) {
        let is_judged = by_id.contains_key(allow.id.value.as_str()) && looked_for(&allow.id.value);
        if is_judged && !used.contains(&std::ptr::from_ref(allow)) {
            found.push(unused(allow));
        }
    }
}

fn unused(allow: &Allow) -> Diagnostic {
    let place = match allow.scope {
        Scope::Pipeline => "the spec",
        Scope::Pieces(_) => "this part of the spec",
    };
    let message = format!("there is no finding `{}` in {place}", allow.id.value);
    Diagnostic::new(&UNUSED_ALLOW, allow.id.span, message)
        .or_remove(allow.id.span)
        .with_help("remove it")
}
