//! A queue between rules and a function whose settings AWS refuses together, or that work against each other.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning};
use crate::model::{Buffer, Function, Pipeline, Trigger, TriggerInput, Work};
use crate::suggestion::{Mend, Suggestion};

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

pub(crate) static FIFO_BATCH: Lint = Lint {
    id: "fifo-batch",
    severity: Error,
    summary: "a batch that Lambda does not take from a FIFO queue",
    explanation: "\
From a FIFO queue Lambda takes at most ten messages at a time, and knows no window:
[CreateEventSourceMapping](https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).

```yaml
buffer: { fifo: true, batch: 100, window: 5s }   # write a `batch` of at most 10, and no `window`
```
",
};

pub(crate) static EQUAL_MESSAGES: Lint = Lint {
    id: "equal-messages",
    severity: Warning,
    summary: "different events that a FIFO queue may take for one",
    explanation: "\
A FIFO queue takes two messages with the same text within five minutes for one, and drops the second. An event has an id
of its own, so no two are equal. The text that an `input` makes of an event may leave that id out: two orders of one
customer can then become the same text, and one of them is lost.

```yaml
buffer: { fifo: true }
triggers:
  - event: order.placed
    input:
      paths: { customer: $.detail.customer }   # leave out `input`, or add `id: $.id` and use it
      template: '{ \"customer\": <customer> }'
```
",
};

/// The largest batch that needs no window.
const WITHOUT_WINDOW: u32 = 10;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for job in pipeline.jobs.values() {
        if let Work::DeliverTo(delivery) = &job.work
            && delivery.to.value.is_fifo()
        {
            found.extend(job.triggers.iter().filter_map(check_input));
        }
        let (Some(buffer), Some(function)) = (&job.buffer, job.work.function()) else {
            continue;
        };
        found.extend(check_fifo(buffer));
        if buffer.fifo.is_some() {
            found.extend(job.triggers.iter().filter_map(check_input));
        } else {
            found.extend(check_window(buffer));
        }
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
        .with_mend(Mend::Add {
            beside: buffer.batch.span,
            key: "window",
            yaml: "5s".to_owned(),
        })
        .with_suggestion(
            buffer.batch.span,
            Suggestion::one_of(
                format!("add `window: 5s`, or write a `batch` of at most {WITHOUT_WINDOW}"),
                [WITHOUT_WINDOW.to_string()],
            )
            .without_quotes(),
        );
    Some(diagnostic)
}

fn check_fifo(buffer: &Buffer) -> Option<Diagnostic> {
    let fifo = buffer.fifo?;
    let batch = buffer.batch.value;
    if batch <= WITHOUT_WINDOW && buffer.window_seconds == 0 {
        return None;
    }
    let (message, help) = if batch > WITHOUT_WINDOW {
        (
            format!("Lambda takes no batch of {batch} messages from a FIFO queue"),
            format!("write a `batch` of at most {WITHOUT_WINDOW}"),
        )
    } else {
        (
            "Lambda knows no window for a FIFO queue".to_owned(),
            "remove `window`".to_owned(),
        )
    };
    let diagnostic = Diagnostic::new(&FIFO_BATCH, fifo, message)
        .with_note(format!(
            "a batch of a FIFO queue has at most {WITHOUT_WINDOW} messages, and begins as soon as there is one"
        ))
        .with_help(help);
    Some(diagnostic)
}

/// Finds an input that leaves out what makes every event another one.
fn check_input(trigger: &Trigger) -> Option<Diagnostic> {
    let input = trigger.input.as_ref()?;
    let tells_apart = |path: &str| matches!(path, "$" | "$.id");
    let is_unique = match input {
        TriggerInput::Template(input) => {
            let mut paths = input.paths.values();
            paths.any(|path| tells_apart(&path.value))
                || input.template.value.contains("<aws.events.event")
        }
        TriggerInput::Path(path) => tells_apart(&path.value),
        TriggerInput::Value(_) => false,
    };
    if is_unique {
        return None;
    }
    let message = "the texts of different events may be equal, and a FIFO queue drops all but one";
    let diagnostic = Diagnostic::new(&EQUAL_MESSAGES, input.span(), message)
        .with_note("equal texts within five minutes count as one message")
        .with_help("leave out `input`, or add the path `$.id` and use it in the template");
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
        .with_note("what is throttled counts as received, and is given up after `max_receives`");
    let written = buffer.max_concurrency.as_ref();
    let meant = written.filter(|most| reserved >= 2 && most.value.from.is_none());
    let meant = Suggestion::one_of(help, meant.map(|_| reserved.to_string()));
    Some(diagnostic.with_suggestion(span, meant.without_quotes()))
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
            ("", "{ fifo: true }", none),
            ("", "{ fifo: false, window: 1s }", none),
            ("", "{ fifo: true, window: 1s }", &["fifo-batch"]),
            ("", "{ fifo: true, batch: 11 }", &["fifo-batch"]),
            ("", "{ fifo: true, batch: 11, window: 1s }", &["fifo-batch"]),
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

    #[test]
    fn an_input_without_the_id_of_its_event_is_found() {
        let none: &[&str] = &[];
        for (fifo, input, ids) in [
            (
                true,
                "{ paths: { n: $.detail.n }, template: '{ \"n\": <n> }' }",
                &["equal-messages"][..],
            ),
            (
                true,
                "{ paths: { n: $.detail.n, id: $.id }, template: '{ \"n\": <n>, \"id\": <id> }' }",
                none,
            ),
            (true, "{ template: <aws.events.event.json> }", none),
            (
                false,
                "{ paths: { n: $.detail.n }, template: '{ \"n\": <n> }' }",
                none,
            ),
        ] {
            let spec = format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ n: integer }} }} }}\njobs: {{ j: {{ function: {{ package: j }}, buffer: {{ fifo: {fifo} }}, triggers: [ {{ event: e, input: {input} }} ] }} }}\n"
            );
            let found = ids_of(&spec);
            let found: Vec<&str> = found
                .iter()
                .map(|id| &**id)
                .filter(|id| *id != "unreadable-input")
                .collect();
            assert_eq!(found, ids, "{input}");
        }
    }

    #[test]
    fn a_fifo_queue_of_its_own_or_of_others_takes_equal_texts_for_one() {
        let input = "{ paths: { n: $.detail.n }, template: '{ \"n\": <n> }' }";
        for (queue, ids) in [
            ("{ fifo: true, group: g }", &["equal-messages"][..]),
            ("{ existing: q.fifo, group: g }", &["equal-messages"]),
            ("{ existing: q, group: g }", &[]),
            ("{}", &[]),
        ] {
            let spec = format!(
                "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true, detail: {{ n: integer }} }} }}\njobs: {{ j: {{ deliver_to: {{ queue: {queue} }}, triggers: [ {{ event: e, input: {input} }} ] }} }}\n"
            );
            assert_eq!(ids_of(&spec), ids, "{queue}");
        }
    }
}
