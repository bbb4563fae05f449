//! Whether anything of the pipeline is there at all.

use super::Comparison;
use crate::aws::Reading;
use crate::verify::finding::Finding;
use crate::verify::lints::NOT_DEPLOYED;

impl Comparison<'_> {
    /// Reports that nothing of the pipeline is there, once instead of for each of its resources.
    pub(super) fn nothing_is_there(&mut self) -> bool {
        if !self.lacks_everything() {
            return false;
        }
        let expected = self.expected;
        let (rules, queues) = (expected.rules.len(), expected.queues.len());
        let name = format!("pipeline {}", expected.prefix.trim_end_matches('-'));
        let place = expected.suffix.trim_start_matches('-');
        self.report(
            Finding::new(
                &NOT_DEPLOYED,
                &name,
                format!("none of its {rules} rules and {queues} queues is there in {place}"),
            )
            .help("deploy it, or look whether account, region and environment are the ones that you mean"),
        );
        true
    }

    /// Whether all could be read, and nothing that the pipeline makes was found. Functions and buses that are others' may
    /// be there, and so may its own bus: another pipeline may share it.
    fn lacks_everything(&self) -> bool {
        let (expected, deployed) = (self.expected, self.deployed);
        let is_ours = |name: &str| {
            let is_named = |rule: &super::super::expected::Rule| rule.name == name;
            expected.rules.iter().any(is_named)
                || name.starts_with(&expected.prefix) && name.ends_with(&expected.suffix)
        };
        let buses = deployed.rules.iter().all(|(_, rules)| match rules {
            Reading::Found(rules) => !rules.iter().any(|rule| is_ours(&rule.name)),
            Reading::Absent => true,
            Reading::Refused(_) => false,
        });
        let schedules = match &deployed.schedules {
            Reading::Found(found) => !found.iter().any(|schedule| is_ours(&schedule.name)),
            Reading::Absent => true,
            Reading::Refused(_) => false,
        };
        let made = expected.functions.iter();
        let mut made =
            made.filter(|function| function.failures.is_some() || function.mapping.is_some());
        let functions = made.all(|function| {
            let found = deployed.functions.get(&function.asked_for());
            found.is_none_or(|found| found.arn == Reading::Absent)
        });
        let queues = deployed.queues.values();
        let mut queues = queues.map(|queue| matches!(queue, Reading::Absent));
        !expected.rules.is_empty() && buses && schedules && functions && queues.all(|is| is)
    }
}
