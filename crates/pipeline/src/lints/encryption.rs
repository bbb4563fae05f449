//! What a key cannot encrypt, and what a class of logs cannot do.

use crate::diagnostic::{
    Diagnostic, Lint,
    Severity::{Error, Warning},
};
use crate::model::{Bus, Job, Pipeline};
use crate::platform::LogClass;

pub(crate) static INVALID_ENCRYPTION: Lint = Lint {
    id: "invalid-encryption",
    severity: Error,
    summary: "a key for a bus that is not the pipeline's own",
    explanation: "\
The account's `default` bus, and any other that exists already, serves others too, and no pipeline should set its key:
rules of others could not be read any more. Give the pipeline a bus of its own, or leave out the key.

```yaml
bus: orders              # without it, `encryption.bus` is refused
encryption: { bus: main }
```
",
};

pub(crate) static QUIET_LOG: Lint = Lint {
    id: "quiet-log",
    severity: Warning,
    summary: "an alarm on a metric that a log of this class does not make",
    explanation: "\
Functions count events that they could not emit, and metrics of their own, in lines of their log, of which CloudWatch
makes metrics. A log group of the class `infrequent_access` makes none, so these alarms never go off. It has no
subscription and metric filters either.

```yaml
jobs:
  bill:
    function: { package: bill, log_class: infrequent_access }
    emits: [order.billed]
    alarms: { emit_failures: false }   # without it: nobody would hear of events that were not emitted
```

An `allow` says that somebody else watches the log.
",
};

pub(super) fn check(pipeline: &Pipeline, found: &mut Vec<Diagnostic>) {
    let others = match &pipeline.bus {
        Bus::Default => Some("the account's `default` bus"),
        Bus::Existing(_) => Some("a bus that exists already"),
        Bus::Custom(_) => None,
    };
    if let (Some(bus), Some(key)) = (others, &pipeline.encryption.bus) {
        let message = format!("{bus} is not this pipeline's to encrypt");
        let diagnostic = Diagnostic::new(&INVALID_ENCRYPTION, key.span, message);
        found.push(diagnostic.with_help("name a `bus:` of the pipeline's own, or remove it"));
    }
    for (name, job) in &pipeline.jobs {
        check_log(name, job, found);
    }
}

/// Says which alarms look at metrics that the log does not make:
/// [log classes](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html) have the
/// embedded metric format in the class Standard alone.
fn check_log(name: &str, job: &Job, found: &mut Vec<Diagnostic>) {
    let function = job.work.function();
    let class = function.and_then(|function| function.platform.log_class.as_ref());
    let Some(class) = class.filter(|class| class.value == LogClass::InfrequentAccess) else {
        return;
    };
    let has_emit_failures = job.alarms.emit_failures.is_some() && !job.emitted().is_empty();
    let emit_failures = has_emit_failures.then_some("emit_failures");
    let own = job.alarms.metrics.keys().map(String::as_str);
    let quiet: Vec<String> = emit_failures
        .into_iter()
        .chain(own)
        .map(|alarm| format!("`{alarm}`"))
        .collect();
    if !quiet.is_empty() {
        let message = format!(
            "the log of `{name}` makes no metrics, so its alarms on {} never go off",
            quiet.join(", ")
        );
        let diagnostic = Diagnostic::new(&QUIET_LOG, class.span, message);
        let help = "leave out `log_class`, or turn these alarms off with `false`";
        found.push(diagnostic.with_help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{PREFIX, ids_of};

    #[test]
    fn only_a_bus_of_its_own_is_encrypted() {
        let spec = "encryption: { bus: main }\njobs: { j: { function: { package: j }, triggers: [ { event: e } ] } }\n";
        assert_eq!(ids_of(&format!("{PREFIX}{spec}")), ["invalid-encryption"]);
        assert_eq!(ids_of(&format!("{PREFIX}bus: own\n{spec}")), [""; 0]);
    }

    #[test]
    fn alarms_on_metrics_of_a_quiet_log_are_pointed_out() {
        let with = |class: &str, keys: &str| {
            ids_of(&format!(
                "{PREFIX}jobs: {{ j: {{ function: {{ package: j, log_class: {class} }}, triggers: [ {{ event: e }} ]{keys} }} }}\n"
            ))
        };
        assert_eq!(with("infrequent_access", ""), [""; 0]);
        assert_eq!(
            with("standard", ", alarms: { metrics: { Lost: 0 } }"),
            [""; 0]
        );
        assert_eq!(
            with("infrequent_access", ", alarms: { metrics: { Lost: 0 } }"),
            ["quiet-log"]
        );
        assert_eq!(
            with("infrequent_access", ", emits: [e], alarms: false"),
            with("standard", ", emits: [e], alarms: false")
        );
    }
}
