//! How a generated module lets Terraform replace what it has.

/// What a module says of the order of destroying and creating.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether targets are created before old ones are destroyed, and so everything that they depend on.
    pub creates_first: bool,
}

impl Shape {
    /// Reads the shape in the texts of a module's files. Their layout is ours, so looking for lines is enough.
    pub fn read<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut creates_first = false;
        for text in texts {
            let kinds = ["aws_cloudwatch_event_target", "aws_scheduler_schedule"];
            for kind in kinds {
                let start = format!("resource \"{kind}\" ");
                let mut blocks = text.split(start.as_str()).skip(1);
                creates_first |= blocks.any(|block| {
                    let block = block.split("\n}").next().unwrap_or_default();
                    let mut lines = block.lines().map(str::trim);
                    lines.any(|line| {
                        let mut words = line.split_whitespace();
                        words.next() == Some("create_before_destroy")
                            && words.next() == Some("=")
                            && words.next() == Some("true")
                    })
                });
            }
        }
        Self { creates_first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_counts_on_a_target_alone() {
        let with = |kind: &str, line: &str| {
            let text = format!(
                "# @generated\n\nresource \"{kind}\" \"a\" {{\n  arn = 1\n  lifecycle {{\n    {line}\n  }}\n}}\n\nresource \"x\" \"y\" {{\n}}\n"
            );
            Shape::read([text.as_str()]).creates_first
        };
        let flag = "create_before_destroy = true";
        assert!(with("aws_cloudwatch_event_target", flag));
        assert!(with("aws_scheduler_schedule", flag));
        assert!(!with("aws_lambda_permission", flag));
        assert!(!with(
            "aws_cloudwatch_event_target",
            "# create_before_destroy = true"
        ));
    }
}
