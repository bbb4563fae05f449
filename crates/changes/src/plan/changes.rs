//! What a plan does, as changes at their places in the spec.

use super::places::Places;
use super::read::{Action, Plan, Planned};
use crate::compare::{Side, place_of_bus};
use crate::figures::Cause;
use crate::model::{Change, Kind, Lost, Resource, What};

impl Plan {
    /// Lists what the plan destroys, replaces or leaves unserved of a pipeline. `before` has the shape of the module that
    /// was applied last, which a plan does not tell. Nothing if the plan has nothing of the pipeline.
    pub fn changes(
        &self,
        places: &Places<'_>,
        before: Side<'_>,
        after: Side<'_>,
    ) -> Option<Vec<Change>> {
        let folder = &places.pipeline.output.terraform.value;
        let planned = self.of_module(folder, |address| places.has(address));
        if planned.is_empty() {
            return None;
        }
        let routes = Routes {
            planned: &planned,
            places,
            before,
            after,
        };
        let mut changes = Vec::new();
        for one in &planned {
            changes.extend(lost_with(one, places));
            changes.extend(routes.cut_by(one));
        }
        Some(changes)
    }
}

/// The name of the pipeline that a plan has to replace all of, if it does.
pub fn renamed(changes: &[Change], name: &str) -> Option<String> {
    let mut before: Option<String> = None;
    let replaced = changes.iter().filter_map(|change| match &change.kind {
        Kind::Replaced(by) if change.resource.what != What::Bus => Some((&change.resource, by)),
        _ => None,
    });
    for (resource, by) in replaced {
        // A log group's name begins with a path.
        let start = |text: &str| text.rfind('/').map_or(0, |slash| slash + 1);
        let old = &resource.name[start(&resource.name)..];
        let rest = by[start(by)..].strip_prefix(name)?;
        let other = old.strip_suffix(rest)?;
        if other == name || before.as_deref().is_some_and(|it| it != other) {
            return None;
        }
        before = Some(other.to_owned());
    }
    before
}

fn resource(planned: &Planned, what: What) -> Resource {
    let name = planned
        .before
        .text("function_name")
        .filter(|_| planned.kind == "aws_lambda_function");
    let name = name.or_else(|| planned.before.text("name"));
    let name = name.or_else(|| planned.before.text("target_id"));
    Resource {
        what,
        address: format!("{}.{}", planned.kind, planned.label),
        name: name.unwrap_or(&planned.label).to_owned(),
    }
}

fn name_after(planned: &Planned) -> Option<&str> {
    if planned.kind == "aws_lambda_function" {
        return planned.after.text("function_name");
    }
    planned.after.text("name")
}

/// Says what is lost with a resource that is destroyed.
fn lost_with(planned: &Planned, places: &Places<'_>) -> Option<Change> {
    let is_replaced = match planned.action {
        Action::Delete => false,
        Action::DeleteCreate | Action::CreateDelete => true,
        Action::Create | Action::Update | Action::Stay => return None,
    };
    let place = places.of(&planned.kind, &planned.label);
    if matches!(
        planned.kind.as_str(),
        "aws_lambda_alias" | "aws_lambda_permission"
    ) {
        return None;
    }
    let made = resource(planned, place.what);
    let is_same_name = name_after(planned) == Some(&made.name);
    let kind = match name_after(planned) {
        _ if !is_replaced => Kind::Removed,
        Some(_) if is_same_name => Kind::Remade,
        Some(name) => Kind::Replaced(name.to_owned()),
        None => Kind::Replaced("another one".to_owned()),
    };
    let creates_first = planned.action == Action::CreateDelete;
    let lost = match place.what {
        // AWS answers with the one that is there.
        What::Queue(_) | What::Topic if creates_first && is_same_name => Lost::Itself,
        What::Rule
            if creates_first
                && is_same_name
                && !planned.before.differs(&planned.after, "event_bus_name") =>
        {
            Lost::Itself
        }
        What::Target if creates_first && is_same_target(planned) => Lost::Itself,
        What::LogGroup if planned.before.is_on("skip_destroy") => return None,
        What::Archive => Lost::Events,
        What::LogGroup => Lost::Lines,
        What::Queue(_) => Lost::Messages,
        What::Bus | What::Function | What::Role | What::Topic => Lost::References,
        What::Rule | What::Schedule | What::Target => return None,
    };
    Some(Change {
        kind,
        resource: made,
        job: place.job,
        place: place.span,
        has_left: place.has_left,
        lost,
    })
}

fn is_same_target(planned: &Planned) -> bool {
    let keys = ["event_bus_name", "rule", "target_id"];
    keys.iter().all(|key| {
        let before = planned.before.text(key);
        before.is_some() && before == planned.after.text(key)
    })
}

/// The ways of events in a plan.
struct Routes<'r, 'p> {
    planned: &'r [&'r Planned],
    places: &'r Places<'p>,
    before: Side<'p>,
    after: Side<'p>,
}

impl Routes<'_, '_> {
    /// Says what a planned change cuts, for a while, or doubles.
    fn cut_by(&self, one: &Planned) -> Option<Change> {
        match (one.kind.as_str(), one.action) {
            (
                "aws_cloudwatch_event_rule" | "aws_scheduler_schedule",
                Action::DeleteCreate | Action::CreateDelete,
            ) => self.replaced_rule(one),
            ("aws_cloudwatch_event_rule" | "aws_scheduler_schedule", Action::Delete) => {
                self.succeeded_rule(one)
            }
            ("aws_cloudwatch_event_target", Action::Update) => self.redirected(one),
            ("aws_cloudwatch_event_target", Action::DeleteCreate) => {
                // A target follows its rule, which is told.
                let is_told = one.before.differs(&one.after, "rule")
                    || one.before.differs(&one.after, "event_bus_name");
                (!is_told).then(|| self.change(one, Kind::Remade, Cause::TargetReplaced, false))?
            }
            ("aws_lambda_permission", Action::DeleteCreate) => self.replaced_permission(one),
            ("aws_lambda_function", Action::DeleteCreate)
                if !one.before.differs(&one.after, "function_name") =>
            {
                self.change(one, Kind::Remade, Cause::FunctionRemade, false)
            }
            _ => None,
        }
    }

    fn replaced_rule(&self, one: &Planned) -> Option<Change> {
        let place = self.places.of(&one.kind, &one.label);
        let creates_first = one.action == Action::CreateDelete;
        let moves = one.before.differs(&one.after, "event_bus_name");
        let cause = if moves {
            Cause::OtherBus
        } else {
            Cause::RuleRenamed
        };
        if creates_first && !moves && !one.before.differs(&one.after, "name") {
            // The rule itself is lost, which is told.
            return None;
        }
        let name = name_after(one).unwrap_or("another one").to_owned();
        let mut change = self.change(one, Kind::Replaced(name), cause, creates_first)?;
        if moves {
            change.place = place_of_bus(self.places.pipeline);
        } else {
            change.place = place.span;
        }
        Some(change)
    }

    /// Finds a new rule that waits for what one waited for that goes.
    fn succeeded_rule(&self, one: &Planned) -> Option<Change> {
        let waits_for = |planned: &Planned, after: bool| {
            let side = if after {
                &planned.after
            } else {
                &planned.before
            };
            let text = side
                .text("event_pattern")
                .or_else(|| side.text("schedule_expression"));
            text.map(str::to_owned)
        };
        let wanted = waits_for(one, false)?;
        let next = self.planned.iter().find(|next| {
            let is_rule = matches!(
                next.kind.as_str(),
                "aws_cloudwatch_event_rule" | "aws_scheduler_schedule"
            );
            is_rule
                && next.action == Action::Create
                && next.module == one.module
                && waits_for(next, true).as_deref() == Some(&wanted)
        })?;
        let place = self.places.of(&next.kind, &next.label);
        let was = self.places.of(&one.kind, &one.label);
        let cause = if next.kind != one.kind {
            Cause::OtherScheduler
        } else if was.job == place.job {
            Cause::TriggerRenamed
        } else {
            Cause::JobRenamed
        };
        let name = name_after(next).unwrap_or("another one").to_owned();
        let state_has_it = self.before.shape.creates_first && self.after.shape.creates_first;
        let mut change = self.change(one, Kind::Replaced(name), cause, state_has_it)?;
        change.place = match (cause, &place.job) {
            (Cause::JobRenamed, Some(job)) => self.places.pipeline.jobs[job].name_span,
            _ => place.span,
        };
        Some(change)
    }

    /// Says how a target is cut off that changes, while what it pointed at goes.
    fn redirected(&self, one: &Planned) -> Option<Change> {
        let before = one.before.text("arn")?;
        let after = one.after.text("arn");
        if after == Some(before) {
            return None;
        }
        let place = self.places.of(&one.kind, &one.label);
        let job = place.job.as_deref()?;
        let of_job = |kind: &str, action: Action| {
            self.planned.iter().any(|other| {
                other.kind == kind
                    && other.action == action
                    && other.module == one.module
                    && self.places.of(&other.kind, &other.label).job.as_deref() == Some(job)
            })
        };
        let state_has_it = self.before.shape.creates_first && self.after.shape.creates_first;
        let is_function = before.split(':').nth(2) == Some("lambda");
        let goes = |kind: &str| of_job(kind, Action::Delete);
        let cause = if is_function && goes("aws_lambda_function") {
            match after {
                Some(arn) if arn.split(':').nth(2) == Some("lambda") => Cause::FunctionToExisting,
                _ => Cause::FunctionReplaced,
            }
        } else if is_function && goes("aws_lambda_permission") {
            Cause::FunctionReplaced
        } else if [
            "aws_sqs_queue",
            "aws_sns_topic",
            "aws_cloudwatch_log_group",
            "aws_iam_role",
        ]
        .into_iter()
        .any(goes)
        {
            Cause::TargetReplaced
        } else {
            return None;
        };
        let mut change = self.change(one, Kind::Redirected, cause, state_has_it)?;
        change.place = self.places.pipeline.jobs.get(job)?.name_span;
        Some(change)
    }

    fn replaced_permission(&self, one: &Planned) -> Option<Change> {
        // Another rule is told as such, and another function too.
        let is_told = self.planned.iter().any(|other| {
            let kinds = ["aws_cloudwatch_event_rule", "aws_lambda_function"];
            let is_replaced = matches!(other.action, Action::DeleteCreate | Action::CreateDelete);
            let is_same = other.label == one.label
                || other.kind == "aws_lambda_function"
                    && self.places.of(&other.kind, &other.label).job
                        == self.places.of(&one.kind, &one.label).job;
            kinds.contains(&other.kind.as_str()) && is_replaced && is_same
        });
        if is_told {
            return None;
        }
        self.change(one, Kind::Redirected, Cause::Versions, false)
    }

    fn change(
        &self,
        one: &Planned,
        kind: Kind,
        cause: Cause,
        creates_first: bool,
    ) -> Option<Change> {
        let place = self.places.of(&one.kind, &one.label);
        let figure = cause.figure();
        let gap = if creates_first {
            figure.create_first
        } else {
            figure.delete_first
        };
        let lost = if gap.is_zero() {
            let overlap = figure.overlap;
            (!overlap.is_zero()).then_some(Lost::Nothing(cause, overlap))?
        } else {
            Lost::Deliveries(cause, gap)
        };
        let mut made = resource(one, place.what);
        if one.kind == "aws_cloudwatch_event_target"
            && let Some(rule) = one.before.text("rule")
        {
            made.what = What::Rule;
            rule.clone_into(&mut made.name);
        }
        Some(Change {
            kind,
            resource: made,
            job: place.job,
            place: place.span,
            has_left: place.has_left,
            lost,
        })
    }
}
