//! How long a change leaves events unserved, or serves them twice: every figure that is told, with where it comes from.

use std::fmt;

/// What keeps events from their target for a while, or brings them to two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The pipeline's rules move to another bus.
    OtherBus,
    /// A job has another name, and does not say that it is the same.
    JobRenamed,
    /// A trigger has another name, and does not say that it is the same; or its rule is on another bus.
    TriggerRenamed,
    /// A rule has another name on AWS, at the same address in Terraform's state.
    RuleRenamed,
    /// Everything has another name.
    PipelineRenamed,
    /// A rule becomes a schedule of EventBridge Scheduler, or the other way round.
    OtherScheduler,
    /// A function of the module gives way to a queue, a topic or the like.
    FunctionReplaced,
    /// A function of the module gives way to one that exists already.
    FunctionToExisting,
    /// A queue, a topic or the like gives way to something else.
    TargetReplaced,
    /// A function has versions and an alias now, or has them no more.
    Versions,
    /// A function is made anew under its name.
    FunctionRemade,
}

/// A time, in tenths of a second, from the shortest to the longest that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds {
    /// The shortest.
    pub least: u32,
    /// The longest.
    pub most: u32,
}

/// What was measured of one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is about.
    pub cause: Cause,
    /// How long no live rule has a target that works, if the module destroys before it creates.
    pub delete_first: Seconds,
    /// The same for a module that creates targets before it destroys.
    pub create_first: Seconds,
    /// How long two rules deliver the same events if it creates first.
    pub overlap: Seconds,
    /// Where the figures come from.
    pub source: &'static str,
}

/// Terraform and moto, whose API was asked several times a second during each apply.
const REHEARSED: &str = "rehearsed with Terraform 1.11.4, hashicorp/aws 5.100 and a stand-in for AWS that has its refusals";
/// What was not measured itself, and is told by the change that destroys and creates the same.
const LIKENED: &str = "not rehearsed itself: the figures of the change that destroys and creates the same kinds of resources";

const NONE: Seconds = Seconds { least: 0, most: 0 };

const fn up_to(tenths: u32) -> Seconds {
    Seconds {
        least: tenths,
        most: tenths,
    }
}

const fn between(least: u32, most: u32) -> Seconds {
    Seconds { least, most }
}

/// The figures, one for each cause.
pub const FIGURES: [Figure; 11] = [
    // With the flag, emitters may switch before the new rules are there: 27 s, and 5 s if no policy lists rules.
    Figure {
        cause: Cause::OtherBus,
        delete_first: up_to(324),
        create_first: between(50, 270),
        overlap: NONE,
        source: REHEARSED,
    },
    // With the flag and a gate for each job, nothing lets the old job wait for the new one.
    Figure {
        cause: Cause::JobRenamed,
        delete_first: between(509, 540),
        create_first: between(509, 540),
        overlap: up_to(500),
        source: REHEARSED,
    },
    Figure {
        cause: Cause::TriggerRenamed,
        delete_first: up_to(298),
        create_first: NONE,
        overlap: between(2, 22),
        source: REHEARSED,
    },
    Figure {
        cause: Cause::RuleRenamed,
        delete_first: up_to(313),
        create_first: NONE,
        overlap: between(2, 4),
        source: REHEARSED,
    },
    Figure {
        cause: Cause::PipelineRenamed,
        delete_first: up_to(769),
        create_first: NONE,
        overlap: between(2, 4),
        source: REHEARSED,
    },
    Figure {
        cause: Cause::OtherScheduler,
        delete_first: between(57, 96),
        create_first: NONE,
        overlap: between(170, 200),
        source: REHEARSED,
    },
    Figure {
        cause: Cause::FunctionReplaced,
        delete_first: up_to(515),
        create_first: NONE,
        overlap: NONE,
        source: REHEARSED,
    },
    Figure {
        cause: Cause::FunctionToExisting,
        delete_first: up_to(278),
        create_first: NONE,
        overlap: NONE,
        source: REHEARSED,
    },
    Figure {
        cause: Cause::TargetReplaced,
        delete_first: up_to(270),
        create_first: NONE,
        overlap: NONE,
        source: LIKENED,
    },
    Figure {
        cause: Cause::Versions,
        delete_first: up_to(72),
        create_first: NONE,
        overlap: NONE,
        source: REHEARSED,
    },
    // One name cannot be had twice: no order helps.
    Figure {
        cause: Cause::FunctionRemade,
        delete_first: between(55, 353),
        create_first: between(55, 353),
        overlap: NONE,
        source: REHEARSED,
    },
];

impl Cause {
    /// What was measured of it.
    pub fn figure(self) -> &'static Figure {
        let mut figures = FIGURES.iter();
        // The list has each of them: a test holds that.
        figures
            .find(|figure| figure.cause == self)
            .unwrap_or(&FIGURES[0])
    }

    /// Whether Terraform follows what its state says, not the new configuration: something leaves the configuration.
    pub fn is_orphaned(self) -> bool {
        match self {
            Self::JobRenamed
            | Self::TriggerRenamed
            | Self::OtherScheduler
            | Self::FunctionReplaced
            | Self::FunctionToExisting
            | Self::TargetReplaced => true,
            Self::OtherBus
            | Self::RuleRenamed
            | Self::PipelineRenamed
            | Self::Versions
            | Self::FunctionRemade => false,
        }
    }
}

impl Seconds {
    /// Whether there is no such time.
    pub fn is_zero(self) -> bool {
        self.most == 0
    }
}

/// Shows the time to people: `5.5 to 35.3 s`, or `51.5 s`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, most } = *self;
        let show = |tenths: u32| match (tenths / 10, tenths % 10) {
            (whole, 0) => whole.to_string(),
            (whole, tenth) => format!("{whole}.{tenth}"),
        };
        if least == most {
            write!(f, "{} s", show(most))
        } else {
            write!(f, "{} to {} s", show(least), show(most))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_its_figure() {
        let causes = [
            Cause::OtherBus,
            Cause::JobRenamed,
            Cause::TriggerRenamed,
            Cause::RuleRenamed,
            Cause::PipelineRenamed,
            Cause::OtherScheduler,
            Cause::FunctionReplaced,
            Cause::FunctionToExisting,
            Cause::TargetReplaced,
            Cause::Versions,
            Cause::FunctionRemade,
        ];
        for cause in causes {
            let figure = cause.figure();
            assert_eq!(figure.cause, cause);
            assert!(figure.delete_first.most >= figure.create_first.most);
            assert!(!figure.delete_first.is_zero() && !figure.source.is_empty());
        }
        assert_eq!(causes.len(), FIGURES.len());
    }

    /// What `make rehearse-changes` measured, and the causes of what was not zero.
    #[test]
    fn what_was_measured_is_what_is_told() {
        let measured = include_str!("../../../scripts/changes.json");
        let measured: serde_json::Value = serde_json::from_str(measured).unwrap();
        let measured = measured["now"].as_object().unwrap();
        assert!(measured.len() > 30, "{}", measured.len());
        for (change, figures) in measured {
            let seconds = figures["unserved_s"].as_f64().unwrap();
            let cause = match change.as_str() {
                "bus-renamed" | "other-bus" => Cause::OtherBus,
                "job-renamed" => Cause::JobRenamed,
                "deleted" | "deleted-versions" => Cause::FunctionRemade,
                _ => {
                    assert!(seconds.abs() < f64::EPSILON, "{change}: {seconds}");
                    continue;
                }
            };
            let most = f64::from(cause.figure().create_first.most) / 10.0;
            assert!(seconds > 0.0 && seconds <= most, "{change}: {seconds}");
        }
    }

    #[test]
    fn times_are_shown_in_seconds() {
        let shown = |cause: Cause| cause.figure().delete_first.to_string();
        assert_eq!(shown(Cause::FunctionRemade), "5.5 to 35.3 s");
        assert_eq!(shown(Cause::TargetReplaced), "27 s");
    }
}
