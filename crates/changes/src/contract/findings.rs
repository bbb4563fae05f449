//! Findings about contracts: one for each event and party.

use std::sync::Arc;

use pipeline::model::Contract;
use pipeline::{Diagnostic, Lint, Pipeline};

use super::{Broken, Party, Reason, contracts};
use crate::lints::{BROKEN_CONSUMER, BROKEN_PRODUCER};

/// Finds the events whose change breaks somebody, here or in other pipelines.
pub fn findings(before: &Pipeline, after: &Pipeline, others: &[Arc<Contract>]) -> Vec<Diagnostic> {
    let broken = contracts(before, after, others);
    broken.iter().map(finding).collect()
}

fn finding(broken: &Broken) -> Diagnostic {
    let Broken {
        event,
        party,
        reasons,
        consumers,
        producers,
        others,
        is_external,
        place,
        has_left,
    } = broken;
    let lint = lint(*party);
    let words = broken.words();
    let first = words.first().map_or("", String::as_str);
    let more = match words.len().saturating_sub(1) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let message = match party {
        Party::Consumers => {
            format!("who reads `{event}` as it was cannot read it as it is: {first}{more}")
        }
        Party::Producers => format!("`{event}` as it was cannot be read any more: {first}{more}"),
    };
    let mut finding = Diagnostic::new(lint, *place, message);
    if words.len() > 1 {
        finding = finding.with_note(words.join("; "));
    }
    if !consumers.is_empty() {
        finding = finding.with_note(format!("it may start {}", jobs(consumers)));
    }
    if !others.is_empty() {
        let does = match party {
            Party::Consumers => "it may start",
            Party::Producers => "it is written by",
        };
        finding = finding.with_note(format!("in other pipelines {does} {}", jobs(others)));
    }
    let writers = match (producers.as_slice(), is_external) {
        ([], false) => None,
        ([], true) => Some("others, who are not in this spec, write it".to_owned()),
        (jobs, false) => Some(format!("{} may emit it", self::jobs(jobs))),
        (jobs, true) => Some(format!(
            "{} may emit it, and so may others",
            self::jobs(jobs)
        )),
    };
    if let Some(writers) = writers {
        finding = finding.with_note(writers);
    }
    finding.with_help(help(event, *party, reasons, *has_left))
}

fn lint(party: Party) -> &'static Lint {
    match party {
        Party::Consumers => &BROKEN_CONSUMER,
        Party::Producers => &BROKEN_PRODUCER,
    }
}

impl Broken {
    /// What cannot be read, in words for the party that it breaks.
    pub fn words(&self) -> Vec<String> {
        let reasons = self.reasons.iter();
        reasons.map(|reason| self.party.words(reason)).collect()
    }
}

impl Party {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Consumers => "consumers",
            Self::Producers => "producers",
        }
    }

    /// A reason in the words for this party.
    pub(crate) fn words(self, reason: &Reason) -> String {
        match self {
            Self::Consumers => reason.for_consumers(),
            Self::Producers => reason.for_producers(),
        }
    }
}

fn jobs(names: &[String]) -> String {
    match names {
        [only] => format!("the job `{only}`"),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let (last, most) = names
                .split_last()
                .map_or(("", &[][..]), |(last, most)| (last, most));
            format!("the jobs {} and {last}", most.join(", "))
        }
    }
}

fn help(event: &str, party: Party, reasons: &[Reason], has_left: bool) -> String {
    let id = lint(party).id;
    if has_left {
        return format!(
            "emit it until nobody reads it, or allow `{id}` in `removed: {{ {event}: {{ allow: … }} }}`"
        );
    }
    let is_addition = reasons
        .iter()
        .all(|reason| matches!(reason, Reason::Absent { .. }));
    let first = if party == Party::Producers && is_addition {
        "make what is new optional with `?`, or "
    } else {
        ""
    };
    format!(
        "{first}leave the event as it was and declare a second one beside it, such as `{event}.v2` with a `detail_type` of its own; emit both until nobody reads the first, or allow `{id}` in the event"
    )
}
