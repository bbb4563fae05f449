//! Descriptions that Lambda refuses.

use crate::diagnostic::{Diagnostic, Lint, Severity::Error};
use crate::model::Pipeline;

pub(crate) static DESCRIPTION_TOO_LONG: Lint = Lint {
    id: "description-too-long",
    severity: Error,
    summary: "a job's description that is longer than Lambda accepts",
    explanation: "\
A job's description becomes the function's, which has at most 256 characters. `terraform plan` refuses
a longer one only after it has asked AWS for everything else.
",
};

/// [`Description`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html) of a function.
pub const DESCRIPTION_MAX: usize = 256;

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    for (name, job) in &pipeline.jobs {
        let length = job
            .description
            .as_ref()
            // Lambda counts characters here, not bytes.
            .map_or(0, |text| text.chars().count());
        if length > DESCRIPTION_MAX {
            let message = format!("the description of `{name}` has {length} characters");
            let diagnostic = Diagnostic::new(&DESCRIPTION_TOO_LONG, job.name_span, message)
                .with_note(format!("Lambda accepts {DESCRIPTION_MAX}"))
                .with_help("shorten it, and keep the rest in a comment");
            found.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn two_hundred_and_fifty_six_characters_are_the_most() {
        let with = |length: usize| {
            let text = "é".repeat(length);
            ids_of(&format!(
                "{PREFIX}jobs: {{ j: {{ description: {text}, function: {{ package: j }}, triggers: [ {{ event: e }} ] }} }}\n"
            ))
        };
        assert!(with(256).is_empty());
        assert_eq!(with(257), ["description-too-long"]);
    }
}
