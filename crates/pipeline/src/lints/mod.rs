//! Every kind of finding: what it is called, what it means, and the check that makes it.
//!
//! A check has a file of its own with its [`Lint`], its documentation, its code and its tests.
//! What is wrong with the text itself is reported while reading, and documented in `syntax`.

mod allow;
mod backend;
mod buffer;
mod delivery;
pub(crate) mod description;
mod detail_field;
pub(crate) mod detail_type;
mod double_trigger;
mod encryption;
pub(crate) mod environment;
mod event_loop;
mod existing_function;
mod existing_target;
mod flow;
mod foreign_event;
mod function_policy;
mod given_name;
mod image;
mod input;
mod misplaced_name;
mod name_collision;
pub(crate) mod names;
mod output;
mod package;
mod pattern;
mod pattern_reach;
mod placement;
mod plain_secret;
mod removal;
pub(crate) mod renamed;
mod rights;
mod runtime;
mod schedule;
mod schedule_race;
mod scheduled_detail;
pub(crate) mod shared_bus;
mod skipped_run;
mod subject;
mod syntax;
mod too_many_rules;
mod unknown_event;
mod uses;
pub(crate) mod values;
mod volumes;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;

use crate::diagnostic::{Diagnostic, Lint};
use crate::model::{Pipeline, Used};
use crate::reach::Reach;
use crate::resources::JobResources;
use crate::values::Setting;
pub use allow::Allowance;
pub(crate) use names::INVALID_NAME;
pub(crate) use pattern::INVALID_PATTERN;
pub(crate) use rights::INVALID_PERMISSION;
pub(crate) use syntax::{
    ALIAS_BOMB, DUPLICATE_KEY, INVALID_DURATION, INVALID_YAML, OUT_OF_RANGE, SPEC_TOO_LARGE,
    UNKNOWN_KEY, UNKNOWN_TAG,
};
pub use syntax::{CONFLICTING_KEYS, INVALID_VALUE, MISSING_KEY, WRONG_TYPE};
pub(crate) use unknown_event::not_declared;
pub(crate) use values::{
    ESCAPED_INTERPOLATION, LITERAL_INTERPOLATION, MISPLACED_VALUE, MISSING_VALUE, UNDECLARED_VALUE,
};

/// Every kind of finding, sorted by id.
pub static LINTS: &[&Lint] = &[
    &ALIAS_BOMB,
    &pattern_reach::AWS_EVENTS_ON_CUSTOM_BUS,
    &buffer::BATCH_WITHOUT_WINDOW,
    &pattern::COMPLEX_PATTERN,
    &CONFLICTING_KEYS,
    &runtime::DEPRECATED_RUNTIME,
    &description::DESCRIPTION_TOO_LONG,
    &double_trigger::DOUBLE_TRIGGER,
    &DUPLICATE_KEY,
    &buffer::EQUAL_MESSAGES,
    &values::ESCAPED_INTERPOLATION,
    &event_loop::EVENT_LOOP,
    &buffer::FIFO_BATCH,
    &placement::FOLDED_PERMISSIONS,
    &foreign_event::FOREIGN_EVENT,
    &uses::FORWARDED_EVENTS,
    &schedule::IDLE_SCHEDULE,
    &detail_field::IMPOSSIBLE_VALUE,
    &pattern::IMPRECISE_NUMBER,
    &allow::INVALID_ALLOW,
    &backend::INVALID_BACKEND,
    &detail_type::INVALID_DETAIL_TYPE,
    &INVALID_DURATION,
    &encryption::INVALID_ENCRYPTION,
    &environment::INVALID_ENVIRONMENT,
    &existing_function::INVALID_FUNCTION,
    &given_name::INVALID_GIVEN_NAME,
    &runtime::INVALID_HANDLER,
    &image::INVALID_IMAGE,
    &input::INVALID_INPUT,
    &names::INVALID_NAME,
    &output::INVALID_OUTPUT,
    &pattern::INVALID_PATTERN,
    &rights::INVALID_PERMISSION,
    &removal::INVALID_REMOVAL,
    &renamed::INVALID_RENAME,
    &schedule::INVALID_SCHEDULE,
    &scheduled_detail::INVALID_SCHEDULED_DETAIL,
    &detail_type::INVALID_SOURCE,
    &subject::INVALID_SUBJECT,
    &INVALID_VALUE,
    &volumes::INVALID_VOLUME,
    &INVALID_YAML,
    &renamed::KEPT_NAME,
    &rights::LARGE_POLICY,
    &values::LITERAL_INTERPOLATION,
    &pattern::LONG_PATTERN,
    &rights::MANY_POLICIES,
    &misplaced_name::MISPLACED_NAME,
    &values::MISPLACED_VALUE,
    &MISSING_KEY,
    &values::MISSING_VALUE,
    &name_collision::NAME_COLLISION,
    &names::NAME_TOO_LONG,
    &pattern::NEARLY_COMPLEX_PATTERN,
    &rights::NEEDLESS_PERMISSION,
    &input::OBJECT_IN_QUOTES,
    &OUT_OF_RANGE,
    &schedule::PASSED_START,
    &pattern::PATTERN_TOO_LONG,
    &plain_secret::PLAIN_SECRET,
    &encryption::QUIET_LOG,
    &pattern::REPLACED_FIELD,
    &placement::SCHEDULE_OFF_BUS,
    &schedule_race::SCHEDULE_RACE,
    &shared_bus::SHARED_BUS,
    &existing_function::SHARED_FUNCTION,
    &given_name::SHARED_NAME,
    &existing_target::SHARED_TARGET,
    &skipped_run::SKIPPED_RUN,
    &SPEC_TOO_LARGE,
    &placement::SPLIT_RULE,
    &buffer::THROTTLED_BUFFER,
    &too_many_rules::TOO_MANY_RULES,
    &flow::UNCONSUMED_EVENT,
    &values::UNDECLARED_VALUE,
    &delivery::UNDELIVERABLE,
    &schedule::UNDOCUMENTED_SCHEDULE,
    &flow::UNEMITTED_EVENT,
    &unknown_event::UNKNOWN_EVENT,
    &detail_field::UNKNOWN_FIELD,
    &UNKNOWN_KEY,
    &package::UNKNOWN_PACKAGE,
    &runtime::UNKNOWN_RUNTIME,
    &UNKNOWN_TAG,
    &pattern_reach::UNMATCHED_PATTERN,
    &uses::UNREADABLE_CONTRACT,
    &input::UNREADABLE_INPUT,
    &flow::UNTRIGGERED_JOB,
    &allow::UNUSED_ALLOW,
    &uses::UNUSED_PIPELINE,
    &values::UNUSED_VALUE,
    &pattern_reach::WIDE_PATTERN,
    &rights::WIDE_PERMISSION,
    &WRONG_TYPE,
];

/// Finds a kind of finding by its id.
pub fn lint(id: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.id == id).copied()
}

/// Says whether an `allow` may name a kind of finding.
pub fn allowance(id: &str) -> Allowance {
    allow::allowance(LINTS, id)
}

/// Lists the ids that an `allow` may name, sorted.
pub fn allowed_ids() -> Vec<&'static str> {
    let mut ids = allow::known_ids(LINTS);
    ids.retain(|id| allowance(id) == Allowance::Allowed);
    ids
}

/// Removes the findings that the spec keeps on purpose, and adds one for each `allow` that silences none. `looked_for`
/// says whether a kind of finding was looked for, so that there would be one if there were a reason.
pub(crate) fn silence(
    pipeline: &Pipeline,
    looked_for: impl Fn(&str) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    allow::silence(LINTS, pipeline, looked_for, found);
}

/// Facts that a check may know in addition to the spec.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The packages of the Cargo workspace around the spec, sorted; `None` if there is no workspace.
    pub packages: Option<Vec<String>>,
    /// The time of the check; `None` for checks whose result must not depend on it.
    pub now: Option<Timestamp>,
    /// The environment that the spec is read for.
    pub setting: Setting,
    /// What the files say that `uses` names; `None` if nobody looked.
    pub used: Option<Arc<Used>>,
}

impl Surroundings {
    /// Whether a check looks for a kind of finding, or has to leave it out, as it knows too little.
    pub(crate) fn lets_find(&self, id: &str) -> bool {
        let needs_packages = id == package::UNKNOWN_PACKAGE.id;
        let needs_files = id == uses::UNREADABLE_CONTRACT.id;
        let needs_time = [
            schedule::IDLE_SCHEDULE.id,
            schedule::PASSED_START.id,
            runtime::DEPRECATED_RUNTIME.id,
        ]
        .contains(&id);
        lint(id).is_some()
            // This takes all environments together.
            && id != shared_bus::SHARED_BUS.id
            && (self.packages.is_some() || !needs_packages)
            && (self.now.is_some() || !needs_time)
            && (self.used.is_some() || !needs_files)
    }
}

/// From this many jobs on, checks run on two threads: somebody may wait for them at every keystroke.
const MANY_JOBS: usize = 200;

/// Runs every check over a pipeline. If a part of it could not be read (`is_complete` is false), the checks for missing
/// things and for how parts fit together do not run. The findings have no order.
pub(crate) fn check_all(
    pipeline: &Pipeline,
    is_complete: bool,
    surroundings: &Surroundings,
) -> Vec<Diagnostic> {
    // Many checks look at what the jobs come to, and to make it takes longer than most of them.
    let jobs: Vec<_> = pipeline.job_refs().map(JobResources::apart).collect();
    if pipeline.jobs.len() < MANY_JOBS {
        let mut found = check_names(pipeline, &jobs, is_complete);
        found.extend(check_parts(pipeline, &jobs, surroundings));
        return found;
    }
    thread::scope(|scope| {
        let parts = scope.spawn(|| check_parts(pipeline, &jobs, surroundings));
        let mut found = check_names(pipeline, &jobs, is_complete);
        found.extend(parts.join().unwrap_or_else(|panic| resume_unwind(panic)));
        found
    })
}

/// Checks names, and how the parts of a pipeline fit together.
fn check_names(
    pipeline: &Pipeline,
    jobs: &[JobResources<'_>],
    is_complete: bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    names::check(pipeline, jobs, &mut found);
    given_name::check(jobs, &mut found);
    misplaced_name::check(pipeline, &mut found);
    renamed::check(pipeline, &mut found);
    description::check(pipeline, &mut found);
    detail_type::check(pipeline, &mut found);
    unknown_event::check(pipeline, &mut found);
    foreign_event::check(pipeline, &mut found);
    uses::check(pipeline, &mut found);
    if is_complete {
        let reach = Reach::new(pipeline);
        flow::check(pipeline, &reach, &mut found);
        event_loop::check(pipeline, &reach, &mut found);
        double_trigger::check(pipeline, &reach, &mut found);
        pattern_reach::check(pipeline, &reach, &mut found);
        detail_field::check(pipeline, &reach, &mut found);
        input::check_meaning(pipeline, &reach, &mut found);
        schedule_race::check(pipeline, &reach, &mut found);
        subject::check(pipeline, &mut found);
        placement::check(pipeline, jobs, &mut found);
        uses::check_use(pipeline, &mut found);
    }
    found
}

/// Checks each part of a pipeline alone, and what all of them come to on AWS.
fn check_parts(
    pipeline: &Pipeline,
    jobs: &[JobResources<'_>],
    surroundings: &Surroundings,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let environment = &surroundings.setting.environment;
    name_collision::check(pipeline, jobs, environment, &mut found);
    function_policy::check(jobs, &surroundings.setting, &mut found);
    placement::check_buses(pipeline, environment, &mut found);
    schedule::check(pipeline, surroundings, &mut found);
    scheduled_detail::check(pipeline, &mut found);
    skipped_run::check(pipeline, &mut found);
    pattern::check(pipeline, jobs, &mut found);
    input::check(pipeline, &mut found);
    too_many_rules::check(pipeline, jobs, &mut found);
    existing_function::check(pipeline, &mut found);
    existing_target::check(pipeline, &mut found);
    delivery::check(pipeline, &mut found);
    buffer::check(pipeline, &mut found);
    plain_secret::check(pipeline, &mut found);
    environment::check(pipeline, &mut found);
    output::check(pipeline, &mut found);
    backend::check(pipeline, &mut found);
    package::check(pipeline, surroundings, &mut found);
    runtime::check(pipeline, surroundings, &mut found);
    image::check(pipeline, &mut found);
    rights::check(pipeline, jobs, &surroundings.setting, &mut found);
    encryption::check(pipeline, &mut found);
    allow::check(LINTS, pipeline, &mut found);
    removal::check(pipeline, &mut found);
    volumes::check(pipeline, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_sorted_and_documented() {
        assert!(LINTS.is_sorted_by_key(|lint| lint.id));
        for lint in LINTS {
            assert!(
                lint.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{}",
                lint.id
            );
            assert!(!lint.summary.ends_with('.'), "{}", lint.id);
            assert!(
                lint.explanation.ends_with('\n') && lint.explanation.len() > 80,
                "{}",
                lint.id
            );
        }
    }
}
