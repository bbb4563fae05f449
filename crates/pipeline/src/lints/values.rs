//! Values that an environment says, and texts that look as if something would fill them in.

use crate::diagnostic::{
    Diagnostic, Lint,
    Severity::{Error, Note, Warning},
};
use crate::values::Value;

pub(crate) static ESCAPED_INTERPOLATION: Lint = Lint {
    id: "escaped-interpolation",
    severity: Note,
    summary: "`$${`, which stands for the text `${`",
    explanation: "\
In a text that takes values, `${` begins a value. Two dollar signs in front of the bracket mean the text itself, as
in Terraform: `$${HOME}` arrives on AWS as `${HOME}`. Before there were values it arrived with both dollar signs, so
this is said once for every place.

```yaml
environment: { TEMPLATE: \"$${name}\" }   # arrives as `${name}`
```
",
};

pub(crate) static LITERAL_INTERPOLATION: Lint = Lint {
    id: "literal-interpolation",
    severity: Warning,
    summary: "a `${…}` in a description, which nothing fills in",
    explanation: "\
A description is for people, and the same in every environment: a `${…}` in it arrives on AWS as it is written.

```yaml
jobs:
  bill:
    description: Writes bills of ${environment}   # people read `${environment}`
```
",
};

pub(crate) static MISPLACED_VALUE: Lint = Lint {
    id: "misplaced-value",
    severity: Error,
    summary: "a `${…}` where no value can stand",
    explanation: "\
A value may stand in the variables of a function, in the texts of a pattern and of `where`, in the names and ARNs of
what exists already, in images, permissions and policies, in tags, and in the numbers and switches that the reference names. Everything else is the same in
every environment: names, sources, detail types, schedules, templates, and the keys of a pattern.

Write the text itself. A function learns its environment from the variable `PIPELINE_ENVIRONMENT`, and every name
that Terraform makes has the environment at its end already.

```yaml
source: shop-${environment}   # write `shop`: each environment has a bus or rules of its own
```
",
};

pub(crate) static MISSING_VALUE: Lint = Lint {
    id: "missing-value",
    severity: Error,
    summary: "an environment that does not say one of the values",
    explanation: "\
Each value that a spec declares is set by every environment, in `values` of the file
`environments/<environment>.tfvars` in the root module. Terraform would refuse to plan an environment that lacks one.

```hcl
environment = \"prod\"
values = {
  invoices_bucket = \"invoices-of-acme\"
}
```
",
};

pub(crate) static UNDECLARED_VALUE: Lint = Lint {
    id: "undeclared-value",
    severity: Error,
    summary: "a value that the spec does not declare",
    explanation: "\
`${name}` stands for a value: `environment`, `region`, `account`, or one that the spec declares below `values`. Any
other name is a mistake, in the spec and in an environment's file. For the text `${` itself, write `$${`.

```yaml
values:
  invoices_bucket: { local: invoices-local }
jobs:
  bill:
    function:
      package: bill
      environment: { BUCKET: \"${invoice_bucket}\" }   # write `${invoices_bucket}`
```
",
};

pub(crate) static UNUSED_VALUE: Lint = Lint {
    id: "unused-value",
    severity: Warning,
    summary: "a declared value that nothing names",
    explanation: "\
Every environment has to set a declared value, also one that no text and no setting names. Name it as `${…}`, or
remove it from `values` and from the environments' files.
",
};

/// Finds values that nothing names.
pub(crate) fn check<'v>(
    unused: impl Iterator<Item = (&'v str, &'v Value)>,
    found: &mut Vec<Diagnostic>,
) {
    for (name, value) in unused {
        let message = format!("nothing names the value `{name}`");
        let help = format!("write `${{{name}}}` where it is meant, or remove it");
        found.push(Diagnostic::new(&UNUSED_VALUE, value.name_span, message).with_help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::PREFIX;
    use crate::{Parsed, Setting, Surroundings, parse};

    /// Lists the findings about values: the id of each, and the piece of the spec that it points at.
    fn found(spec: &str) -> Vec<(&'static str, String)> {
        let found = parse(spec, &Surroundings::default()).diagnostics;
        let about_values = found.iter().filter(|found| {
            found.lint.id.contains("value") && found.lint.id != "invalid-value"
                || found.lint.id.contains("interpolation")
        });
        let pieces = about_values.map(|found| (found.lint.id, spec[found.span.range()].to_owned()));
        pieces.collect()
    }

    fn function(environment: &str) -> String {
        format!(
            "{PREFIX}values: {{ bucket: {{ local: b }} }}\njobs: {{ j: {{ function: {{ package: j, environment: {{ A1: \"{environment}\" }} }}, triggers: [ {{ event: e, where: {{ k: [\"${{bucket}}\"] }} }} ] }} }}\n"
        )
    }

    fn variable(parsed: &Parsed) -> &str {
        let job = &parsed.pipeline.as_ref().unwrap().jobs["j"];
        &job.work.function().unwrap().environment["A1"].value
    }

    #[test]
    fn a_text_is_read_from_left_to_right() {
        for (written, expected) in [
            ("${bucket}", "b"),
            (
                "x-${bucket}-${environment}.${region}/${account}",
                "x-b-local.us-east-1/000000000000",
            ),
            ("$${bucket}", "${bucket}"),
            ("$$${bucket}", "$${bucket}"),
            ("$$$${bucket}", "$$${bucket}"),
            ("$${${bucket}", "${b"),
            (
                "$ {bucket} $bucket 100%{x} $$ ~",
                "$ {bucket} $bucket 100%{x} $$ ~",
            ),
            ("é${bucket}ß", "ébß"),
            ("$", "$"),
        ] {
            let parsed = parse(&function(written), &Surroundings::default());
            assert!(!parsed.has_errors(), "{written}: {:?}", parsed.diagnostics);
            assert_eq!(variable(&parsed), expected, "{written}");
        }
    }

    #[test]
    fn what_names_no_value_is_refused() {
        for (written, piece, help) in [
            ("a-${buckets}", "${buckets}", "did you mean `${bucket}`?"),
            (
                "${var.bucket}-x",
                "${var.bucket}",
                "write `${bucket}`, or `$${` for the text `${`",
            ),
            (
                "${AWS::Region}",
                "${AWS::Region}",
                "write `${region}`, or `$${` for the text `${`",
            ),
            ("${HOME}", "${HOME}", "write `$${` for the text `${`"),
            ("${}", "${}", "write `$${` for the text `${`"),
            (
                "${1}",
                "${1}",
                "declare `1` below `values:`, or write `$${` for the text `${`",
            ),
            ("${{ x }}", "${{ x }", "write `$${` for the text `${`"),
            ("a${b", "${b", "write `$${` for the text `${`"),
            ("${~bucket}", "${~bucket}", "write `$${` for the text `${`"),
        ] {
            let spec = function(written);
            assert_eq!(
                found(&spec),
                [("undeclared-value", piece.to_owned())],
                "{written}"
            );
            let parsed = parse(&spec, &Surroundings::default());
            let error = parsed.diagnostics.iter().find(|found| found.is_error());
            assert_eq!(
                error.and_then(|found| found.help.as_deref()),
                Some(help),
                "{written}"
            );
        }
    }

    #[test]
    fn a_value_stands_only_where_one_can() {
        let spec = "
pipeline: p
source: ${SOURCE}
values: { a: { local: x }, b: { local: 'y-${a}' } }
events:
  e: { detail_type: 'E ${env}', external: true, detail: { id: string } }
jobs:
  j:
    description: the ${every} day of it
    function:
      package: j
      environment: { HOME_FOLDER: '${a}' }
      secrets: { KEY_ARN: '${secret}' }
    triggers:
      - { event: e, where: { id: [x, { prefix: '${environment}-' }] } }
      - { pattern: { source: ['${b}'], detail: { '${key}': [1] } }, input: { template: '\"${text}\"' } }
      - { schedule: rate(1 day), detail: { texts: ['${value}'] } }
";
        let misplaced = |piece: &str| ("misplaced-value", piece.to_owned());
        assert_eq!(
            found(spec),
            [
                misplaced("${SOURCE}"),
                misplaced("${a}"),
                misplaced("${env}"),
                ("literal-interpolation", "${every}".to_owned()),
                misplaced("${secret}"),
                misplaced("${key}"),
                misplaced("${text}"),
                misplaced("${value}"),
            ]
        );
    }

    #[test]
    fn an_environment_says_every_value_in_its_type() {
        let spec = format!(
            "{PREFIX}values: {{ bucket: {{ local: b }}, memory: {{ type: integer, local: 256 }}, wait: {{ type: duration, local: 30s }} }}\njobs: {{ j: {{ function: {{ package: j, memory_mb: \"${{memory}}\", timeout: '${{wait}}', environment: {{ A1: '${{bucket}}' }} }}, triggers: [ {{ event: e }} ] }} }}\n"
        );
        let messages = |values: &[(&str, &str)]| {
            let mut setting = Setting::environment("prod");
            let values = values.iter();
            setting.values = values
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let surroundings = Surroundings {
                setting,
                ..Surroundings::default()
            };
            let parsed = parse(&spec, &surroundings);
            parsed
                .diagnostics
                .iter()
                .filter(|one| one.is_error())
                .map(|one| one.message.clone())
                .collect::<Vec<_>>()
        };
        let all = [("bucket", "x"), ("memory", "512"), ("wait", "1m")];
        assert_eq!(messages(&all), [""; 0]);
        assert_eq!(
            messages(&all[1..]),
            ["the environment `prod` lacks the value `bucket`"]
        );
        assert_eq!(
            messages(&[
                ("bucket", "x"),
                ("memory", "1.5"),
                ("wait", "soon"),
                ("wat", "")
            ])[..3],
            [
                "`prod` says the value `wat`, which is not declared",
                "the value `memory` of `prod` is not a whole number: `1.5`",
                "the value `wait` of `prod` is not a duration: `soon`",
            ]
        );
        assert_eq!(
            messages(&[("bucket", "x"), ("memory", "1"), ("wait", "1m")]),
            ["a function's memory in MB must be 128 to 10240, not 1"]
        );
    }

    #[test]
    fn a_setting_takes_a_value_of_its_type() {
        for (setting, id) in [
            ("memory_mb: '${memory}'", None),
            ("memory_mb: '${bucket}'", Some("invalid-value")),
            ("timeout: '${memory}'", Some("invalid-value")),
            ("memory_mb: '1${memory}'", Some("wrong-type")),
            ("memory_mb: '${environment}'", Some("invalid-value")),
            ("memory_mb: '${memry}'", Some("undeclared-value")),
            ("tracing: '${memory}'", Some("wrong-type")),
        ] {
            let spec = format!(
                "{PREFIX}values: {{ bucket: {{ local: b }}, memory: {{ type: integer, local: 256 }} }}\njobs: {{ j: {{ function: {{ package: j, {setting} }}, triggers: [ {{ event: e }} ] }} }}\n"
            );
            let parsed = parse(&spec, &Surroundings::default());
            let first = parsed.diagnostics.iter().find(|one| one.is_error());
            assert_eq!(first.map(|one| one.lint.id), id, "{setting}");
        }
    }
}
