//! The way of events, from the logs of the functions that received them.
//!
//! Functions of the crate `job` write lines of JSON, each with the event that it is about, and with the id of each event
//! that they emit. What a rule matched, and what a function of others does, no log tells.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One line of a function's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The name of the job in the spec.
    pub job: String,
    /// The name of the function.
    pub function: String,
    /// What it says.
    pub text: String,
}

/// The events and runs that were found in logs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Traced {
    /// Events in the order in which they were seen first.
    pub events: Vec<Event>,
    /// Runs of functions in the order in which they began to log.
    pub runs: Vec<Run>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The name in the spec; nothing of an event that no function of these emitted.
    pub name: Option<String>,
    /// Whom or what it is about.
    pub subject: Option<String>,
    /// The key of the run that emitted it.
    pub emitted_by: Option<String>,
    /// When it was seen first, in milliseconds since 1970.
    pub at: i64,
}

/// What a function did for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The id of the request; with that of the message, if it is one of a batch.
    pub key: String,
    /// The event that it is for.
    pub event: String,
    /// The name of the job.
    pub job: String,
    /// The name of the function.
    pub function: String,
    /// How each attempt ended, in order; the error of one that failed.
    pub attempts: Vec<Result<(), String>>,
    /// Its lines.
    pub lines: Vec<String>,
    /// When it was seen first, in milliseconds since 1970.
    pub at: i64,
}

impl Traced {
    /// Reads lines of logs, in any order.
    pub fn read(mut lines: Vec<Line>) -> Self {
        lines.sort_by_key(|line| line.at);
        let mut traced = Self::default();
        for line in lines {
            if let Ok(json) = serde_json::from_str::<Value>(&line.text) {
                traced.add(&line, &json);
            }
        }
        traced
    }

    fn add(&mut self, line: &Line, json: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let span = &json["span"];
        let (Some(event), Some(request)) = (text(&span["event_id"]), text(&span["request_id"]))
        else {
            return;
        };
        let key = match text(&span["message_id"]) {
            Some(message) => format!("{request} {message}"),
            None => request,
        };
        let known = self.event(&event, line.at);
        known.subject = known.subject.take().or_else(|| text(&span["subject"]));
        let message = json["message"].as_str().unwrap_or_default();
        if let Some(emitted) = text(&json["emitted_id"]) {
            let emitted = self.event(&emitted, line.at);
            emitted.name = text(&json["event"]);
            emitted.emitted_by = Some(key.clone());
        }
        let run = self.run(&key, &event, line);
        run.lines.push(line.text.clone());
        if message == "run finished" {
            run.attempts.push(Ok(()));
        } else if message.starts_with("event failed") {
            let error = json["error"].as_str().unwrap_or("no message");
            run.attempts.push(Err(error.to_owned()));
        }
    }

    fn event(&mut self, id: &str, at: i64) -> &mut Event {
        let place = self.events.iter().position(|event| event.id == id);
        let place = place.unwrap_or_else(|| {
            self.events.push(Event {
                id: id.to_owned(),
                name: None,
                subject: None,
                emitted_by: None,
                at,
            });
            self.events.len() - 1
        });
        &mut self.events[place]
    }

    fn run(&mut self, key: &str, event: &str, line: &Line) -> &mut Run {
        let same =
            |run: &Run| run.key == key && run.event == event && run.function == line.function;
        let place = self.runs.iter().position(same);
        let place = place.unwrap_or_else(|| {
            self.runs.push(Run {
                key: key.to_owned(),
                event: event.to_owned(),
                job: line.job.clone(),
                function: line.function.clone(),
                attempts: Vec::new(),
                lines: Vec::new(),
                at: line.at,
            });
            self.runs.len() - 1
        });
        &mut self.runs[place]
    }

    /// Keeps the event with an id, or those about a subject, with what they led to and the runs for that.
    #[must_use]
    pub fn only(self, name: &str) -> Self {
        let is_named = |event: &Event| event.id == name || event.subject.as_deref() == Some(name);
        let named = self.events.iter().filter(|event| is_named(event));
        let mut kept: BTreeSet<String> = named.map(|event| event.id.clone()).collect();
        let of_run: BTreeMap<&str, &str> = self
            .runs
            .iter()
            .map(|run| (run.key.as_str(), run.event.as_str()))
            .collect();
        // An event is emitted after the one that led to it, but a clock may be wrong: until nothing is new.
        loop {
            let before = kept.len();
            for event in &self.events {
                let cause = event.emitted_by.as_deref().and_then(|run| of_run.get(run));
                if cause.is_some_and(|cause| kept.contains(*cause)) {
                    kept.insert(event.id.clone());
                }
            }
            if kept.len() == before {
                break;
            }
        }
        let Self { events, runs } = self;
        let events = events.into_iter().filter(|event| kept.contains(&event.id));
        let runs = runs.into_iter().filter(|run| kept.contains(&run.event));
        Self {
            events: events.collect(),
            runs: runs.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(at: i64, job: &str, span: &Value, rest: &Value) -> Line {
        let mut text = rest.clone();
        text["span"] = span.clone();
        Line {
            at,
            job: job.to_owned(),
            function: format!("p-{job}-dev"),
            text: text.to_string(),
        }
    }

    /// A chain of two jobs, out of order, beside an event of somebody else.
    fn lines() -> Vec<Line> {
        let first = json!({ "request_id": "r-1", "event_id": "e-1", "subject": "u" });
        let second = json!({ "request_id": "r-2", "message_id": "m", "event_id": "e-2" });
        let other = json!({ "request_id": "r-3", "event_id": "e-3", "subject": "v" });
        let finished = json!({ "message": "run finished" });
        let mut lines = vec![
            line(5, "two", &second, &finished),
            line(
                1,
                "one",
                &first,
                &json!({ "message": "event failed", "error": "once" }),
            ),
            line(
                2,
                "one",
                &first,
                &json!({ "message": "event emitted", "event": "made", "emitted_id": "e-2" }),
            ),
            line(3, "one", &first, &finished),
            line(4, "two", &second, &json!({ "message": "own line" })),
            line(6, "one", &other, &finished),
        ];
        lines.push(Line {
            text: "START RequestId: r-1".to_owned(),
            ..lines[0].clone()
        });
        lines
    }

    fn ids(traced: &Traced) -> Vec<&str> {
        traced
            .events
            .iter()
            .map(|event| event.id.as_str())
            .collect()
    }

    #[test]
    fn lines_tell_what_led_to_what() {
        let traced = Traced::read(lines());
        assert_eq!(ids(&traced), ["e-1", "e-2", "e-3"]);
        let made = &traced.events[1];
        assert_eq!(made.name.as_deref(), Some("made"));
        assert_eq!(made.emitted_by.as_deref(), Some("r-1"));
        let one = &traced.runs[0];
        assert_eq!(one.attempts, [Err("once".to_owned()), Ok(())]);
        let two = &traced.runs[1];
        assert_eq!((two.key.as_str(), two.lines.len()), ("r-2 m", 2));
    }

    #[test]
    fn an_event_is_kept_with_what_it_led_to_and_nothing_else() {
        let only = |name| Traced::read(lines()).only(name);
        for name in ["e-1", "u"] {
            let traced = only(name);
            assert_eq!(ids(&traced), ["e-1", "e-2"], "{name}");
            assert_eq!(traced.runs.len(), 2);
        }
        assert_eq!(ids(&only("e-2")), ["e-2"]);
        assert_eq!(ids(&only("nobody")), [""; 0]);
    }
}
