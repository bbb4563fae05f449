//! `codegen trace`: draws the way of events on AWS, as `codegen run` draws it on this machine.

use std::pin::pin;
use std::time::Duration;

use deployed::logs::Logs;
use deployed::trace::{Event, Line, Run, Traced};
use emulator::{Failure, Record, Step, Tree, TreeOptions};
use jiff::Timestamp;
use pipeline::Pipeline;
use pipeline::model::{Code, Work};

use super::Connected;
use crate::args::{Format, TraceArgs};
use crate::session::{Outcome, Session};
use crate::signals;

/// Logs arrive with seconds of delay, and each look is a request for each function.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// A function whose log tells which events it gets.
struct Witness {
    job: String,
    function: String,
    log_group: String,
}

pub(crate) fn run(session: &mut Session, args: &TraceArgs) -> anyhow::Result<Outcome> {
    let Connected {
        runtime,
        config,
        project,
        environment,
        now,
    } = Connected::open(session, &args.environment, &args.values, &args.place)?;
    let witnesses = witnesses(project.pipeline()?, environment);
    let logs = Logs::new(&config, now.saturating_sub(args.since)?);
    let stop = signals::first()?;
    runtime.block_on(trace(session, args, &logs, &witnesses, stop))
}

/// The functions of the workspace: they link the crate that writes such lines.
fn witnesses(pipeline: &Pipeline, environment: &str) -> Vec<Witness> {
    let jobs = pipeline.job_refs().filter(|job| match &job.job.work {
        Work::Function(function) => matches!(function.code, Code::Package(_)),
        Work::Existing(_) | Work::DeliverTo(_) => false,
    });
    jobs.map(|job| Witness {
        job: job.name.to_owned(),
        function: job.function_name().in_environment(environment),
        log_group: job.log_group().in_environment(environment),
    })
    .collect()
}

async fn trace(
    session: &mut Session,
    args: &TraceArgs,
    logs: &Logs,
    witnesses: &[Witness],
    stop: impl Future<Output = u8>,
) -> anyhow::Result<Outcome> {
    let mut stop = pin!(stop);
    let mut drawn = String::new();
    loop {
        let mut lines = Vec::new();
        for witness in witnesses {
            for (at, text) in logs.lines(&witness.log_group).await? {
                lines.push(Line {
                    at,
                    job: witness.job.clone(),
                    function: witness.function.clone(),
                    text,
                });
            }
        }
        let records = records(&Traced::read(lines).only(&args.name));
        let text = draw(session, args, &records)?;
        if !text.is_empty() && text != drawn {
            session.say(&text)?;
            drawn = text;
        }
        if !args.follow {
            break;
        }
        tokio::select! {
            status = &mut stop => return Ok(Outcome::Stopped(status)),
            () = tokio::time::sleep(BETWEEN_LOOKS) => {}
        }
    }
    if drawn.is_empty() {
        session.note(format_args!(
            "no function of the workspace has logged an event `{}` since then: look further back with `--since`",
            args.name
        ))?;
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Fine)
}

/// Draws a tree, or writes a record a line.
fn draw(session: &Session, args: &TraceArgs, records: &[Record]) -> anyhow::Result<String> {
    if session.format == Format::Json {
        let lines: Result<Vec<String>, _> = records.iter().map(serde_json::to_string).collect();
        return Ok(lines?.join("\n"));
    }
    let options = TreeOptions {
        // Taken out again where the output has none.
        color: true,
        logs: args.verbose,
    };
    let tree = Tree::new(records).without_times().draw(options);
    Ok(tree.trim_end().to_owned())
}

/// Tells what was found in logs in the words of the local bus, whose tree is drawn. The name of the job stands for that of
/// the rule, which no log tells.
fn records(traced: &Traced) -> Vec<Record> {
    let mut steps = Vec::new();
    for event in &traced.events {
        let Event {
            id,
            name,
            subject,
            emitted_by,
            at,
        } = event;
        // The run that emitted it is not always among these.
        let is_known = |key: &&String| traced.runs.iter().any(|run| run.key == **key);
        let receipt = Step::EventReceipt {
            event: id.as_str().into(),
            bus: "".into(),
            emitted_by: emitted_by
                .as_ref()
                .filter(is_known)
                .map(|key| key.as_str().into()),
            source: String::new(),
            detail_type: String::new(),
            event_type: Some(name.as_ref().unwrap_or(id).clone()),
            subject: subject.clone(),
            envelope: "null".into(),
        };
        steps.push((*at, receipt));
    }
    let mut delivery = 0;
    for run in &traced.runs {
        delivery += 1;
        steps.extend(steps_of_run(run, delivery).map(|step| (run.at, step)));
    }
    let numbered = (0..).zip(steps);
    let records = numbered.map(|(sequence, (at, step))| Record {
        sequence,
        at: Timestamp::from_millisecond(at).unwrap_or_default(),
        step,
    });
    records.collect()
}

fn steps_of_run(run: &Run, delivery: u64) -> impl Iterator<Item = Step> {
    let Run {
        key,
        event,
        job,
        function,
        attempts,
        lines,
        at: _,
    } = run;
    let request = || key.as_str().into();
    let mut steps = vec![
        Step::InvocationStart {
            event: event.as_str().into(),
            delivery,
            rule: job.as_str().into(),
            target: "".into(),
            arn: function.as_str().into(),
            payload: None,
        },
        Step::InvocationSuccess {
            delivery,
            request: Some(request()),
            message: None,
            is_elsewhere: false,
        },
    ];
    for line in lines {
        steps.push(Step::FunctionLog {
            request: Some(request()),
            function: function.as_str().into(),
            line: line.clone(),
        });
    }
    let start = |attempt: usize| Step::FunctionStart {
        request: request(),
        function: function.as_str().into(),
        attempt: u32::try_from(attempt + 1).unwrap_or(u32::MAX),
        cold: false,
    };
    for (number, attempt) in attempts.iter().enumerate() {
        steps.push(start(number));
        steps.push(match attempt {
            Ok(()) => Step::FunctionSuccess {
                request: request(),
                duration_us: 0,
                init_us: 0,
            },
            Err(error) => Step::FunctionError {
                request: request(),
                duration_us: 0,
                failure: Failure::Handler {
                    error_type: "error".to_owned(),
                    message: error.clone(),
                },
                retry_at: None,
            },
        });
    }
    if attempts.is_empty() {
        steps.push(start(0));
    }
    steps.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_chain_is_drawn_as_on_the_local_bus() {
        let line = |at, job: &str, event: &str, rest: serde_json::Value| {
            let mut text = rest;
            text["span"] =
                json!({ "request_id": format!("r-{job}"), "event_id": event, "subject": "u-1" });
            Line {
                at,
                job: job.to_owned(),
                function: format!("p-{job}-dev"),
                text: text.to_string(),
            }
        };
        let lines = vec![
            line(
                1,
                "one",
                "e-1",
                json!({ "message": "event failed", "error": "no way" }),
            ),
            line(
                2,
                "one",
                "e-1",
                json!({ "message": "event emitted", "event": "made", "emitted_id": "e-2" }),
            ),
            line(3, "one", "e-1", json!({ "message": "run finished" })),
            line(4, "two", "e-2", json!({ "message": "begun" })),
        ];
        let records = records(&Traced::read(lines).only("u-1"));
        let drawn = Tree::new(&records).without_times();
        let drawn = drawn.draw(TreeOptions::default());
        let drawn: Vec<&str> = drawn.lines().map(str::trim_end).collect();
        let expected = [
            "e-1  u-1",
            "└─ one",
            "   └─ p-one-dev  failed: error: no way",
            "      p-one-dev (retry 1)  ok",
            "      └─ made  u-1",
            "         └─ two",
            "            └─ p-two-dev  running",
        ];
        assert_eq!(drawn, expected);
    }
}
