//! The runtime of a zip, and what it calls.

use jiff::civil::{Date, date};
use jiff::tz::Offset;

use super::Surroundings;
use crate::diagnostic::{Diagnostic, Lint, Severity::Error, Severity::Warning, suggest};
use crate::model::{Code, Pipeline, Zip};

pub(crate) static UNKNOWN_RUNTIME: Lint = Lint {
    id: "unknown-runtime",
    severity: Warning,
    summary: "a runtime that is not among those of Lambda",
    explanation: "\
A `zip` is run by one of [Lambda's runtimes](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). AWS
refuses others when the function is created. It adds runtimes from time to time, so a new one may be right and not yet
known here; the Terraform provider has a list of its own.

```yaml
function: { zip: dist/mail.zip, runtime: python313, handler: mail.handler }   # did you mean `python3.13`?
```
",
};

pub(crate) static DEPRECATED_RUNTIME: Lint = Lint {
    id: "deprecated-runtime",
    severity: Warning,
    summary: "a runtime that AWS has deprecated",
    explanation: "\
A deprecated runtime gets no security patches. Some time later AWS refuses to create functions with it, then to update
them: [the policy](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtime-support-policy) has the dates,
which AWS may move.

```yaml
function: { zip: dist/mail.zip, runtime: python3.8, handler: mail.handler }   # write `python3.13`
```
",
};

pub(crate) static INVALID_HANDLER: Lint = Lint {
    id: "invalid-handler",
    severity: Error,
    summary: "a handler that the runtime cannot call",
    explanation: "\
A handler has up to 128 characters and no white space. Runtimes of Python, Node.js and Ruby want a file and a function
in it, with a dot between them; without it every run fails. Python: `mail.handler` is `handler` in `mail.py`.

```yaml
function: { zip: dist/mail.zip, runtime: python3.13, handler: mail }   # write `mail.handler`
```
",
};

/// The runtimes that a function can be created with: `Runtime` of
/// [`CreateFunction`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
const RUNTIMES: [&str; 27] = [
    "dotnet8",
    "dotnet10",
    "java8.al2",
    "java8.al2023",
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "provided.al2",
    "provided.al2023",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "python3.9",
];

/// The day from which a runtime is deprecated, of those that are or have a day:
/// [Lambda runtimes](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html). Those whose day AWS has moved
/// are not listed before it has come.
const DEPRECATED: [(&str, Date); 38] = [
    ("dotnet6", date(2024, 12, 20)),
    ("dotnet8", date(2026, 11, 10)),
    ("dotnet10", date(2028, 11, 14)),
    ("dotnetcore1.0", date(2019, 6, 27)),
    ("dotnetcore2.0", date(2019, 5, 30)),
    ("dotnetcore2.1", date(2022, 1, 5)),
    ("dotnetcore3.1", date(2023, 4, 3)),
    ("go1.x", date(2024, 1, 8)),
    ("java8", date(2024, 1, 8)),
    ("java21", date(2029, 6, 30)),
    ("java25", date(2029, 6, 30)),
    ("nodejs", date(2016, 10, 31)),
    ("nodejs4.3", date(2020, 3, 5)),
    ("nodejs4.3-edge", date(2020, 3, 5)),
    ("nodejs6.10", date(2019, 8, 12)),
    ("nodejs8.10", date(2020, 3, 6)),
    ("nodejs10.x", date(2021, 7, 30)),
    ("nodejs12.x", date(2023, 3, 31)),
    ("nodejs14.x", date(2023, 12, 4)),
    ("nodejs16.x", date(2024, 6, 12)),
    ("nodejs18.x", date(2025, 9, 1)),
    ("nodejs20.x", date(2026, 4, 30)),
    ("nodejs22.x", date(2027, 4, 30)),
    ("nodejs24.x", date(2028, 4, 30)),
    ("provided", date(2024, 1, 8)),
    ("python2.7", date(2021, 7, 15)),
    ("python3.6", date(2022, 7, 18)),
    ("python3.7", date(2023, 12, 4)),
    ("python3.8", date(2024, 10, 14)),
    ("python3.9", date(2025, 12, 15)),
    ("python3.12", date(2028, 10, 31)),
    ("python3.13", date(2029, 6, 30)),
    ("python3.14", date(2029, 6, 30)),
    ("ruby2.5", date(2021, 7, 30)),
    ("ruby2.7", date(2023, 12, 7)),
    ("ruby3.2", date(2026, 3, 31)),
    ("ruby3.3", date(2027, 3, 31)),
    ("ruby3.4", date(2028, 3, 31)),
];

pub(super) fn check(pipeline: &Pipeline, surroundings: &Surroundings, found: &mut Vec<Diagnostic>) {
    let today = surroundings.now;
    let today = today.map(|now| Offset::UTC.to_datetime(now).date());
    for job in pipeline.jobs.values() {
        if let Some(function) = job.work.function()
            && let Code::Zip(zip) = &function.code
        {
            found.extend(check_runtime(zip, today));
            found.extend(check_handler(zip));
        }
    }
}

fn check_runtime(zip: &Zip, today: Option<Date>) -> Option<Diagnostic> {
    let runtime = zip.runtime.value.as_str();
    let deprecated = DEPRECATED.iter().find(|(name, _)| *name == runtime);
    match deprecated {
        // Without a clock nobody knows whether the day has come.
        Some((_, day)) if today.is_some_and(|today| today >= *day) => {
            let message = format!("AWS has deprecated the runtime `{runtime}` on {day}");
            let found = Diagnostic::new(&DEPRECATED_RUNTIME, zip.runtime.span, message);
            let help = newest_of(runtime, today).map_or_else(
                || "choose another from the list of supported runtimes".to_owned(),
                |newest| format!("move the code to `{newest}`"),
            );
            Some(found.with_help(help))
        }
        Some(_) => None,
        None if RUNTIMES.contains(&runtime) => None,
        None => {
            let message = format!("Lambda has no runtime `{runtime}`");
            let help = suggest(runtime, &RUNTIMES);
            let span = zip.runtime.span;
            Some(Diagnostic::new(&UNKNOWN_RUNTIME, span, message).with_suggestion(span, help))
        }
    }
}

/// Returns the newest runtime of a language that the Terraform provider 5.100 knows, too.
fn newest_of(runtime: &str, today: Option<Date>) -> Option<&'static str> {
    const NEWEST: [(&str, &[&str]); 6] = [
        ("python", &["python3.13", "python3.14"]),
        ("nodejs", &["nodejs22.x", "nodejs24.x"]),
        ("java", &["java21", "java25"]),
        ("dotnet", &["dotnet10"]),
        ("ruby", &["ruby3.4"]),
        ("provided", &["provided.al2023"]),
    ];
    let (_, names) = NEWEST.iter().find(|(of, _)| runtime.starts_with(of))?;
    let is_past = |name: &str| {
        let mut days = DEPRECATED.iter();
        days.any(|(of, day)| *of == name && today.is_none_or(|today| today >= *day))
    };
    names.iter().copied().find(|name| !is_past(name))
}

/// [`Handler`](https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
fn check_handler(zip: &Zip) -> Option<Diagnostic> {
    let (handler, runtime) = (zip.handler.value.as_str(), zip.runtime.value.as_str());
    let wrong = |message: String| Diagnostic::new(&INVALID_HANDLER, zip.handler.span, message);
    if handler.is_empty() || handler.len() > 128 || handler.contains(char::is_whitespace) {
        let message = format!("`{handler}` is not a handler");
        return Some(
            wrong(message).with_help("a handler has 1 to 128 characters and no white space"),
        );
    }
    let in_a_file = ["python", "nodejs", "ruby"];
    let wants_a_file = in_a_file
        .iter()
        .any(|language| runtime.starts_with(language));
    let named = handler.rsplit_once('.');
    if wants_a_file && named.is_none_or(|(file, function)| file.is_empty() || function.is_empty()) {
        let message = format!("`{handler}` does not name a file and a function in it");
        let stem = handler.trim_matches('.');
        return Some(wrong(message).with_help(format!("write both, such as `{stem}.handler`")));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PREFIX;

    fn found(runtime: &str, handler: &str, now: Option<&str>) -> Vec<Diagnostic> {
        let spec = format!(
            "{PREFIX}jobs: {{ j: {{ function: {{ zip: a.zip, runtime: {runtime}, handler: {handler} }}, triggers: [ {{ event: e }} ] }} }}\n"
        );
        let around = Surroundings {
            packages: None,
            now: now.map(|now| now.parse().unwrap()),
            ..Surroundings::default()
        };
        crate::parse(&spec, &around).diagnostics
    }

    fn told(runtime: &str, handler: &str, now: Option<&str>) -> Vec<(&'static str, String)> {
        let found = found(runtime, handler, now).into_iter();
        found
            .map(|found| (found.lint.id, found.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn a_runtime_is_known_deprecated_or_neither() {
        let now = Some("2026-11-01T00:00:00Z");
        for runtime in RUNTIMES {
            let deprecated = ["nodejs20.x", "python3.9", "ruby3.2"].contains(&runtime);
            assert_eq!(
                found(runtime, "a.b", now).len(),
                usize::from(deprecated),
                "{runtime}"
            );
        }
        for (runtime, id, help) in [
            ("python313", "unknown-runtime", "did you mean `python3.13`?"),
            (
                "python3.8",
                "deprecated-runtime",
                "move the code to `python3.13`",
            ),
            (
                "nodejs20.x",
                "deprecated-runtime",
                "move the code to `nodejs22.x`",
            ),
            (
                "go1.x",
                "deprecated-runtime",
                "choose another from the list of supported runtimes",
            ),
        ] {
            assert_eq!(
                told(runtime, "a.b", now),
                [(id, help.to_owned())],
                "{runtime}"
            );
        }
        // The day itself, and the time after Node.js 22.
        assert_eq!(
            found("nodejs20.x", "a.b", Some("2026-04-29T23:59:59Z")).len(),
            0
        );
        assert_eq!(
            found("nodejs20.x", "a.b", Some("2026-04-30T00:00:00Z")).len(),
            1
        );
        assert_eq!(
            told("nodejs20.x", "a.b", Some("2027-05-01T00:00:00Z"))[0].1,
            "move the code to `nodejs24.x`"
        );
        assert_eq!(found("python3.8", "a.b", None).len(), 0);
    }

    #[test]
    fn a_handler_is_what_the_runtime_can_call() {
        for (runtime, handler) in [
            ("python3.13", "mail.handler"),
            ("python3.13", "app.mail.handler"),
            ("nodejs24.x", "src/index.handler"),
            ("provided.al2023", "bootstrap"),
            ("java21", "'example.Mail::handle'"),
            ("dotnet8", "Mail"),
        ] {
            assert_eq!(told(runtime, handler, None), [], "{handler}");
        }
        for (runtime, handler) in [
            ("python3.13", "mail"),
            ("nodejs24.x", ".handler"),
            ("ruby3.4", "mail."),
            ("java21", "'a b'"),
            ("java21", "''"),
        ] {
            let ids: Vec<&str> = told(runtime, handler, None)
                .iter()
                .map(|(id, _)| *id)
                .collect();
            assert_eq!(ids, ["invalid-handler"], "{handler}");
        }
        let long = "h".repeat(129);
        assert_eq!(told("java21", &long, None)[0].0, "invalid-handler");
    }
}
