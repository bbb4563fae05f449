//! Names on AWS that the spec gives.

use std::ptr;

use crate::diagnostic::{
    Diagnostic, Lint,
    Severity::{Error, Warning},
};
use crate::model::Work;
use crate::resources::{
    JobResources, Kept, MAX_STATEMENT, MAX_TARGET, Name, Named, RULE_MAX, Rule,
};
use crate::values::Text;

pub(crate) static INVALID_GIVEN_NAME: Lint = Lint {
    id: "invalid-given-name",
    severity: Error,
    summary: "a `name` that AWS would refuse",
    explanation: "\
What `name` and `names` give has to be a name that AWS accepts. Each environment's own name is checked, and apply would
stop at one that AWS refuses.

| Name of | Characters | Letters, digits and |
|---|---|---|
| a rule, a schedule, a target's id | 64 | `.` `-` `_` |
| a function | 64 | `-` `_` |
| a role | 64 | `_` `+` `=` `,` `.` `@` `-` |
| a queue | 80 | `-` `_`; a FIFO queue ends in `.fifo` |
| a statement's id | 100 | `-` `_` |
| a topic | 256 | `-` `_` |
| a log group | 512 | `.` `-` `_` `/` `#`; it does not begin with `aws/` |

A log group that events are delivered to begins with `/aws/events/`. A trigger with several rules or targets needs two
or three more characters for `-2` and so on.

```yaml
triggers: [{ event: user.signup, name: \"acme mail\" }]   # write `acme-mail-${environment}`
```
",
};

pub(crate) static SHARED_NAME: Lint = Lint {
    id: "shared-name",
    severity: Warning,
    summary: "a `name` that is the same in every environment",
    explanation: "\
A second environment in the same account and region would have a rule, a queue or a topic of the same name. AWS takes one
that is made a second time as the first: the first environment would lose its events, or both would share a queue, and
nothing says so. A function, a log group, a role or a statement of that name cannot be made, and the apply stops. Names of
roles hold for the whole account, in every region.

Name `${environment}` in it, or a value that each environment sets. If there is one environment in each account, say so
with `allow`.

```yaml
triggers: [{ event: user.signup, name: acme-mail }]   # write `acme-mail-${environment}`
```
",
};

/// What AWS accepts as a name.
struct Form {
    /// What has the name.
    what: &'static str,
    /// What AWS calls it.
    noun: &'static str,
    /// The most characters.
    most: usize,
    /// Characters beside letters and digits.
    marks: &'static [char],
    /// Those characters in words.
    words: &'static str,
    /// What it begins with.
    start: &'static str,
    /// What it ends in.
    end: &'static str,
    /// What a second environment with the same name comes to; `None` if each has its own anyway.
    twice: Option<&'static str>,
}

const TAKEN: &str =
    "a second environment in the same account and region would take it from the first";
const SHARED: &str = "a second environment in the same account and region would use the same one";
const REFUSED: &str = "a second environment in the same account and region could not make its own";

/// What AWS accepts as the name of one of a job's resources.
fn form_of(what: &'static str, most: usize) -> Form {
    let dashes: (&[char], &str) = (&['-', '_'], "hyphens and underscores");
    let ((marks, words), twice) = match what {
        // `Name` of [`PutRule`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html) and of
        // [`CreateSchedule`](https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html).
        "rule" | "schedule" => (dotted(), TAKEN),
        // [`CreateRole`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html), `RoleName`.
        "role" => (
            (
                &['_', '+', '=', ',', '.', '@', '-'] as &[char],
                "the characters _+=,.@-",
            ),
            "a second environment in the same account, in whatever region, could not make its own",
        ),
        // [`CreateLogGroup`](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html).
        "log group" => (
            (
                &['.', '-', '_', '/', '#'] as &[char],
                "dots, hyphens, underscores, slashes and number signs",
            ),
            REFUSED,
        ),
        // A queue or a topic that is there is no mistake to AWS:
        // [`CreateQueue`](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html),
        // [`CreateTopic`](https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html).
        "queue" | "topic" => (dashes, SHARED),
        // [`CreateFunction`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html), `FunctionName`.
        _ => (dashes, REFUSED),
    };
    Form {
        what,
        noun: "name",
        most,
        marks,
        words,
        start: "",
        end: "",
        twice: Some(twice),
    }
}

fn dotted() -> (&'static [char], &'static str) {
    (&['.', '-', '_'], "dots, hyphens and underscores")
}

pub(super) fn check(jobs: &[JobResources<'_>], found: &mut Vec<Diagnostic>) {
    for job in jobs {
        let of_triggers = job.rules.chunk_by(|a, b| ptr::eq(a.trigger, b.trigger));
        // The last one's names are the longest.
        for rule in of_triggers.filter_map(<[_]>::last) {
            check_rule(rule, found);
        }
        let names = &job.spec().names;
        let given = [
            &names.own,
            &names.role,
            &names.log_group,
            &names.dead_letter_queue,
            &names.failure_queue,
        ];
        if given.iter().any(|name| name.is_some()) {
            check_job(job, found);
        }
    }
}

fn check_rule(rule: &Rule<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(kept) = rule.name.kept() {
        check_name(&form_of(rule.kind_name(), RULE_MAX), kept, found);
    }
    if let Some(kept) = rule.statement.kept() {
        let is_shared = match &rule.job.job.work {
            Work::Existing(existing) => !existing.function.tells_environments_apart(),
            Work::Function(_) | Work::DeliverTo(_) => false,
        };
        // [`AddPermission`](https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html), `StatementId`.
        let form = Form {
            noun: "id",
            twice: is_shared.then_some(
                "the environments share the function, and a second one could not make its own",
            ),
            ..form_of("statement", MAX_STATEMENT)
        };
        check_name(&form, kept, found);
    }
    let last = rule.targets.last();
    if let (Some(_), Some(target)) = (&rule.trigger.names.target, last) {
        let (marks, words) = dotted();
        // [`Target`](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html), `Id`. Each rule has its
        // own targets.
        let form = Form {
            noun: "id",
            marks,
            words,
            twice: None,
            ..form_of("target", MAX_TARGET)
        };
        let kept = Kept {
            text: target.id.clone(),
            suffix: String::new(),
        };
        check_name(&form, &kept, found);
    }
}

fn check_job(job: &JobResources<'_>, found: &mut Vec<Diagnostic>) {
    for Named { what, most, name } in job.names() {
        let Some(kept) = name.kept() else {
            continue;
        };
        let form = form_of(what, most);
        let form = match what {
            // `check_rule` looks at these.
            "rule" | "schedule" => continue,
            "log group" if job.receiver.function().is_none() => Form {
                start: "/aws/events/",
                ..form
            },
            // It follows the name of the function.
            "log group" if job.spec().names.log_group.is_none() => continue,
            "queue" if is_fifo(job, name) => Form {
                end: ".fifo",
                ..form
            },
            _ => form,
        };
        check_name(&form, kept, found);
    }
}

fn is_fifo(job: &JobResources<'_>, name: &Name) -> bool {
    let mut queues = job.queues();
    queues.any(|queue| queue.is_fifo && queue.name == *name)
}

fn check_name(form: &Form, kept: &Kept, found: &mut Vec<Diagnostic>) {
    let Kept { text, suffix } = kept;
    let Form { what, noun, .. } = form;
    let name = format!("{}{suffix}", text.value);
    if let Some((message, help)) = mistake(form, text, &name) {
        found.push(Diagnostic::new(&INVALID_GIVEN_NAME, text.span, message).with_help(help));
        return;
    }
    if let Some(note) = form.twice
        && !text.tells_environments_apart()
    {
        let message = match *noun {
            "name" => format!("the {what} is called `{name}` in every environment"),
            noun => format!("the {noun} of the {what} is `{name}` in every environment"),
        };
        let diagnostic = Diagnostic::new(&SHARED_NAME, text.span, message)
            .with_note(note)
            .with_help("add `${environment}`, if the name need not stay as it is");
        found.push(diagnostic);
    }
}

/// What is wrong with a name, and what to write.
fn mistake(form: &Form, text: &Text, name: &str) -> Option<(String, String)> {
    let Form {
        what,
        noun,
        most,
        marks,
        words,
        start,
        end,
        twice: _,
    } = form;
    if text.value.is_empty() {
        return Some((
            format!("a {what} cannot have an empty {noun}"),
            format!("write the {noun} that it has on AWS, or remove the key"),
        ));
    }
    if !name.starts_with(start) {
        return Some((
            format!(
                "EventBridge delivers to no {what} `{name}`, but only to those below `{start}`"
            ),
            format!("write a name that begins with `{start}`"),
        ));
    }
    if *what == "log group" && name.starts_with("aws/") {
        return Some((
            format!("a {what} cannot have the {noun} `{name}`: AWS alone uses `aws/`"),
            "write another beginning; `/aws/` is one".to_owned(),
        ));
    }
    let Some(body) = name.strip_suffix(end) else {
        return Some((
            format!("the {noun} `{name}` of a FIFO {what} does not end in `{end}`"),
            format!("write `{end}` behind it"),
        ));
    };
    let is_accepted = |c: char| c.is_ascii_alphanumeric() || marks.contains(&c);
    if let Some(refused) = body.chars().find(|c| !is_accepted(*c)) {
        return Some((
            format!("a {what} cannot have the {noun} `{name}`, with {refused:?} in it"),
            format!("write letters, digits, {words} alone"),
        ));
    }
    let length = name.chars().count();
    (length > *most).then(|| {
        (
            format!(
                "the {noun} `{name}` of a {what} is {length} characters long, and AWS accepts {most}"
            ),
            format!("shorten it by {}", length - most),
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    fn with_trigger(trigger: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ package: j }}, triggers: [ {{ {trigger} }} ] }} }}\n"
        ))
    }

    fn with_job(job: &str) -> Vec<&'static str> {
        ids_of(&format!(
            "{PREFIX}jobs: {{ j: {{ {job}, triggers: [ {{ event: e }} ] }} }}\n"
        ))
    }

    #[test]
    fn a_name_has_the_characters_and_the_length_that_aws_accepts() {
        let named =
            |name: &str| with_trigger(&format!("event: e, name: '{name}-${{environment}}'"));
        assert!(named("Acme.Mail_2").is_empty());
        assert_eq!(named("acme mail"), ["invalid-given-name"]);
        // `-local` is behind it.
        assert!(named(&"a".repeat(58)).is_empty());
        assert_eq!(named(&"a".repeat(59)), ["invalid-given-name"]);
        // The second rule has `-2` behind it. A schedule has other findings too.
        let is_refused = |length: usize| {
            let name = "a".repeat(length);
            let trigger =
                format!("schedule: rate(1 hour), shards: 7, name: '{name}-${{environment}}'");
            with_trigger(&trigger).contains(&"invalid-given-name")
        };
        assert!(!is_refused(56));
        assert!(is_refused(57));
    }

    #[test]
    fn a_name_tells_environments_apart() {
        assert_eq!(with_trigger("event: e, name: acme"), ["shared-name"]);
        assert_eq!(
            with_trigger("event: e, name: 'acme-${region}'"),
            ["shared-name"]
        );
        assert!(
            with_trigger("event: e, name: acme, allow: { shared-name: one account each }")
                .is_empty()
        );
    }

    #[test]
    fn the_names_of_a_job_have_the_forms_of_aws() {
        for (job, ids) in [
            ("name: 'Acme_mail-${environment}'", &[] as &[&str]),
            ("name: 'acme.mail-${environment}'", &["invalid-given-name"]),
            ("name: ''", &["invalid-given-name"]),
            ("name: acme", &["shared-name"]),
            ("name: acme, allow: { shared-name: one account }", &[]),
            ("names: { role: 'acme.@+=,mail-${environment}' }", &[]),
            (
                "names: { role: 'acme/mail-${environment}' }",
                &["invalid-given-name"],
            ),
            ("names: { role: 'acme-${region}' }", &["shared-name"]),
            ("names: { log_group: '/a.b/#c_${environment}' }", &[]),
            (
                "names: { log_group: 'aws/lambda/x-${environment}' }",
                &["invalid-given-name"],
            ),
            (
                "names: { dead_letter_queue: 'a.b-${environment}' }",
                &["invalid-given-name"],
            ),
            (
                "names: { failure_queue: 'a-${environment}.fifo' }",
                &["invalid-given-name"],
            ),
            (
                "buffer: { fifo: true }, names: { failure_queue: 'a-${environment}.fifo' }",
                &[],
            ),
        ] {
            assert_eq!(
                with_job(&format!("function: {{ package: j }}, {job}")),
                ids,
                "{job}"
            );
        }
        let failures = "buffer: { fifo: true }, names: { failure_queue: 'a-${environment}' }";
        let found = with_job(&format!("function: {{ package: j }}, {failures}"));
        assert!(found.contains(&"invalid-given-name"), "{found:?}");
        for (job, ids) in [
            (
                "deliver_to: queue, name: 'a_b-${environment}'",
                &[] as &[&str],
            ),
            ("deliver_to: queue, name: a_b", &["shared-name"]),
            (
                "deliver_to: topic, name: 'a.b-${environment}'",
                &["invalid-given-name"],
            ),
            (
                "deliver_to: log_group, name: '/aws/events/a-${environment}'",
                &[],
            ),
            (
                "deliver_to: log_group, name: '/acme/a-${environment}'",
                &["invalid-given-name"],
            ),
            ("deliver_to: bus, names: { role: 'a-${environment}' }", &[]),
        ] {
            assert_eq!(with_job(job), ids, "{job}");
        }
    }

    #[test]
    fn a_name_of_a_job_is_as_long_as_aws_accepts() {
        // `-local` is behind it.
        for (key, most) in [
            ("name", 64),
            ("role", 64),
            ("log_group", 512),
            ("dead_letter_queue", 80),
            ("failure_queue", 80),
        ] {
            let found = |length: usize| {
                let name = format!("{key}: '{}-${{environment}}'", "a".repeat(length - 6));
                let given = match key {
                    "name" => name,
                    _ => format!("names: {{ {name} }}"),
                };
                with_job(&format!("function: {{ package: j }}, {given}"))
            };
            assert_eq!(found(most), [""; 0], "{key}");
            assert_eq!(found(most + 1), ["invalid-given-name"], "{key}");
        }
    }

    #[test]
    fn ids_of_statements_and_targets_have_the_forms_of_aws() {
        let names = |names: &str| with_trigger(&format!("event: e, names: {{ {names} }}"));
        // A policy and a rule have their own.
        assert_eq!(names("statement: a_b-C, target: a.b_c-D"), [""; 0]);
        assert_eq!(names("statement: a.b"), ["invalid-given-name"]);
        assert_eq!(names("target: a/b"), ["invalid-given-name"]);
        let long = |key: &str, length: usize| names(&format!("{key}: {}", "a".repeat(length)));
        for (key, most) in [("statement", 100), ("target", 64)] {
            assert_eq!(long(key, most), [""; 0], "{key}");
            assert_eq!(long(key, most + 1), ["invalid-given-name"], "{key}");
        }
        let shared = |function: &str| {
            let found = ids_of(&format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ existing: '{function}' }}, triggers: [ {{ event: e, names: {{ statement: a }} }} ] }} }}\n"
            ));
            found.contains(&"shared-name")
        };
        assert!(shared("mail"));
        assert!(!shared("mail-${environment}"));
    }

    #[test]
    fn a_name_wins_over_an_earlier_id() {
        assert_eq!(
            with_trigger("event: e, id: b, renamed_from: a"),
            ["kept-name"]
        );
        let both = "event: e, id: b, renamed_from: a, name: 'acme-${environment}'";
        assert!(with_trigger(both).is_empty());
        let job = |more: &str| {
            with_job(&format!(
                "renamed_from: i, function: {{ package: j }}{more}"
            ))
        };
        // Its queues, role and rules keep their first names.
        assert_eq!(job(", name: 'acme-${environment}'"), ["kept-name"]);
        assert_eq!(job(""), ["kept-name"]);
    }
}
