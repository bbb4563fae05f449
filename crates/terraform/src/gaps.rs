//! What a change of a spec leaves unserved even though new targets are made first, as `make rehearse-changes` measured it.
//!
//! Everything else that the rehearsal applies leaves nothing unserved. The figures are those of Terraform 1.11, hashicorp/aws
//! 5.100 and a stand-in for AWS: most of a gap is the provider's own waits.

/// A kind of change that leaves something unserved, or that AWS refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The change, as `scripts/changes.py` calls it.
    pub change: &'static str,
    /// The longest time in which something finds no target, in seconds.
    pub unserved_seconds: u32,
    /// Whether the apply ends with an error instead, and what was there stays.
    pub is_refused: bool,
    /// Why it cannot be closed in one apply.
    pub why: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

/// Finds what a kind of change leaves unserved.
pub fn gap(change: &str) -> Option<&'static Gap> {
    GAPS.iter().find(|gap| gap.change == change)
}

/// Every such change, by name.
pub static GAPS: &[Gap] = &[
    Gap {
        change: "deleted-versions",
        unserved_seconds: 36,
        is_refused: false,
        why: "a function cannot run while it is made again",
        instead: "deploy at a quiet time; what rules deliver meanwhile becomes a dead letter, to be sent again",
    },
    Gap {
        change: "job-renamed",
        unserved_seconds: 52,
        is_refused: false,
        why: "Terraform sees a job that goes, and another that comes",
        instead: "`renamed_from`, or the new job beside the old one for one apply",
    },
    Gap {
        change: "other-bus",
        unserved_seconds: 9,
        is_refused: false,
        why: "functions put their events on the new bus before its rules deliver",
        instead: "a trigger on the new bus beside the old one for one apply",
    },
    Gap {
        change: "replace-versions",
        unserved_seconds: 0,
        is_refused: true,
        why: "AWS refuses a second function of one name",
        instead: "delete the function by hand, then apply",
    },
];

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_gap_that_was_measured_is_listed_and_none_else() {
        let measured: Value =
            serde_json::from_str(include_str!("../../../scripts/changes.json")).unwrap();
        let measured = measured["now"].as_object().unwrap();
        assert!(measured.len() > 15, "{}", measured.len());
        for (change, figures) in measured {
            let seconds = figures["unserved_s"].as_f64().unwrap();
            let is_refused = figures["refused"].is_string();
            match gap(change) {
                Some(gap) => {
                    assert!(
                        seconds <= f64::from(gap.unserved_seconds),
                        "{change}: {seconds}"
                    );
                    assert_eq!(gap.is_refused, is_refused, "{change}");
                    assert!(seconds > 0.0 || is_refused, "{change} has no gap any more");
                }
                None => assert!(seconds == 0.0 && !is_refused, "{change}: {seconds}"),
            }
        }
        let names: Vec<&str> = GAPS.iter().map(|gap| gap.change).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(
            names.iter().all(|name| measured.contains_key(*name)),
            "{names:?}"
        );
    }
}
