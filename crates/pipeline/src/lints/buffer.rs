//! A queue between rules and a function whose settings AWS refuses together, or that work against each other.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::model::{Buffer, Function, Pipeline};

pub(crate) static BATCH_WITHOUT_WINDOW: Lint = Lint {
    id: "batch-without-window",
    severity: Error,
    summary: "a batch of more than ten messages without a window",
    explanation: "\
Lambda fills a batch of more than ten messages for as long as its window allows, and refuses such a batch without a
window of at least one second:
[CreateEventSourceMapping](https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html). A smaller
batch needs none: it begins as soon as there is a message.

```yaml
buffer: { batch: 100 }   # add `window: 5s`, or leave the batch at 10
```
",
};

pub(crate) static THROTTLED_BUFFER: Lint = Lint {
    id: "throttled-buffer",
    severity: Warning,
    summary: "more batches at a time than the function may run",
    explanation: "\
Lambda takes up to `max_concurrency` batches from the queue, and does not look at the function's
`reserved_concurrency`. A batch beyond that is throttled, its messages count as received, and after `max_receives` of
such tries they are in the failure queue, though nothing was wrong with them. AWS
[asks](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html) for a reserved concurrency that is no less.
Without a `max_concurrency`, Lambda takes as many batches as the account allows.

```yaml
function: { package: mail, reserved_concurrency: 2 }
buffer: { max_concurrency: 5 }   # write 2, or reserve 5
```
",
};

/// The largest batch that needs no window.
const WITHOUT_WINDOW: u32 = 10;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        let (Some(buffer), Some(function)) = (&job.buffer, job.work.function()) else {
            continue;
        };
        found.extend(check_window(buffer));
        found.extend(check_concurrency(buffer, function));
    }
}

fn check_window(buffer: &Buffer) -> Option<Diagnostic> {
    let batch = buffer.batch.value;
    if batch <= WITHOUT_WINDOW || buffer.window_seconds > 0 {
        return None;
    }
    let message = format!("a batch of {batch} messages has no window to fill it in");
    let diagnostic = Diagnostic::new(&BATCH_WITHOUT_WINDOW, buffer.batch.span, message)
        .with_note(format!(
            "AWS refuses more than {WITHOUT_WINDOW} messages without a window of at least 1s"
        ))
        .with_help(format!(
            "add `window: 5s`, or write a `batch` of at most {WITHOUT_WINDOW}"
        ));
    Some(diagnostic)
}

fn check_concurrency(buffer: &Buffer, function: &Function) -> Option<Diagnostic> {
    let reserved = function.platform.reserved_concurrency.as_ref()?.value;
    let (most, span) = match &buffer.max_concurrency {
        Some(most) if most.value.value <= reserved => return None,
        Some(most) => (format!("up to {}", most.value.value), most.span),
        None => ("any number of".to_owned(), buffer.batch.span),
    };
    let help = if reserved < 2 {
        // A queue cannot be read by one batch at a time.
        "reserve a concurrency of 2, and write `max_concurrency: 2`".to_owned()
    } else {
        format!("write `max_concurrency: {reserved}`")
    };
    let message =
        format!("Lambda takes {most} batches at a time, and the function may run {reserved}");
    let diagnostic = Diagnostic::new(&THROTTLED_BUFFER, span, message)
        .with_note("what is throttled counts as received, and is given up after `max_receives`")
        .with_help(help);
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn what_aws_refuses_or_throttles_is_found() {
        let none: &[&str] = &[];
        for (function, buffer, ids) in [
            ("", "{ batch: 10 }", none),
            ("", "{ batch: 11, window: 1s }", none),
            ("", "{ batch: 11 }", &["batch-without-window"]),
            ("", "{ batch: 11, window: 0s }", &["batch-without-window"]),
            (", reserved_concurrency: 5", "{ max_concurrency: 5 }", none),
            (
                ", reserved_concurrency: 5",
                "{ max_concurrency: 6 }",
                &["throttled-buffer"],
            ),
            (
                ", reserved_concurrency: 1",
                "{ max_concurrency: 2 }",
                &["throttled-buffer"],
            ),
            (", reserved_concurrency: 5", "{}", &["throttled-buffer"]),
        ] {
            let spec = format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ package: j{function} }}, buffer: {buffer}, triggers: [ {{ event: e }} ] }} }}\n"
            );
            assert_eq!(ids_of(&spec), ids, "{function} {buffer}");
        }
    }
}
