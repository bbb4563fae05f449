//! The sections of the page, in the order in which a pipeline grows.

mod jobs;

use super::section::{Keys, Mapping, Section};

/// What sections of their own describe.
const OTHERS: [&str; 15] = [
    "values",
    "events",
    "uses",
    "jobs",
    "defaults",
    "archive",
    "alarms",
    "tags",
    "output",
    "terraform",
    "local",
    "encryption",
    "allow",
    "removed",
    "volumes",
];

/// Every section, in order.
pub(super) fn sections() -> impl Iterator<Item = &'static Section> {
    BEGINNING.iter().chain(&jobs::SECTIONS).chain(&REST)
}

static BEGINNING: [Section; 2] = [
    Section {
        title: "The pipeline",
        text: "The top of the file names the pipeline, its events' source and its bus.",
        fragment: "\
pipeline: shop          # the first part of every name on AWS
source: shop.orders     # `source` of the events that the jobs emit
bus: orders             # a bus of its own, `orders-<environment>`
",
        mappings: &[
            Mapping {
                keys: Keys::Except(&OTHERS),
                ..Mapping::all("", "")
            },
            Mapping::all("bus", "bus"),
            Mapping::all("names", "names"),
        ],
    },
    Section {
        title: "Events of the pipeline",
        text: "The events that jobs wait for and emit, each under a name of its own. Typed Rust code is written for \
               them, and triggers are checked against their fields.\n\n\
               The type of a field is `string`, `integer`, `number`, `boolean`, `timestamp` (RFC 3339, in UTC), \
               `date` (a calendar day) or `json` (any value). A `?` behind it lets the field be null or absent: \
               `string?`. A list of one type is a list, `[string]`; a mapping is an object with fields of its own.",
        fragment: "\
events:
  order.placed:
    detail_type: Order Placed
    external: true                          # the shop's website emits it, not a job
    detail: { order_id: string, total_cents: integer, coupon: string?, items: [{ sku: string }] }
  order.billed: { detail_type: Order Billed, detail: { order_id: string } }
",
        mappings: &[
            Mapping::top(&["events"]),
            Mapping::all("events.<event>", "$event"),
        ],
    },
];

static REST: [Section; 11] = [
    Section {
        title: "Alarms on failures",
        text: "Every job has alarms without a word in the spec; [production.md](production.md#alarms) says what each \
               stands for. `alarms` at the top changes them for all jobs, and `alarms` of a job for that job. A job's \
               takes all keys but `topic` and `dashboard`.",
        fragment: "\
alarms:
  topic: made
  errors: 3                                 # more than three in a period
  throttles: false                          # no such alarm
  metrics: { UserFailures: 0 }
jobs:
  bill:
    function: { package: bill }
    alarms: { errors: 0, duration_percent: 50 }
",
        mappings: &[
            Mapping::top(&["alarms"]),
            Mapping {
                twins: &["$job/alarms"],
                ..Mapping::all("alarms", "alarms")
            },
        ],
    },
    Section {
        title: "Defaults for all jobs",
        text: "What holds for every job that does not say otherwise. The keys are those of \
               [functions](#functions), [deliveries and failed runs](#delivery-and-failed-runs).",
        fragment: "\
defaults:
  function: { memory_mb: 512, timeout: 30s, architecture: x86_64 }
  delivery: { max_attempts: 10, max_age: 1h }
  execution: { max_attempts: 1 }
",
        mappings: &[
            Mapping::top(&["defaults"]),
            Mapping::all("defaults", "defaults"),
            Mapping::all("defaults.schedule", "defaults/schedule"),
        ],
    },
    Section {
        title: "Archive, tags and keys",
        text: "What a platform team adds to a pipeline.",
        fragment: "\
bus: orders
archive: { days: 90 }
tags: { Team: payments }
encryption: { queues: main, topics: main, bus: main, logs: main }
",
        mappings: &[
            Mapping::top(&["archive", "tags", "encryption"]),
            Mapping::all("archive", "archive"),
            Mapping::all("encryption", "encryption"),
        ],
    },
    Section {
        title: "Events of other pipelines",
        text: "Jobs may wait for the events of another pipeline by their names there, behind the word that `uses` gives \
               it. `codegen check` reads the other spec, or its contract: the file that \
               `codegen export contract --out FOLDER` writes, for teams that do not share a repository. The rule is on \
               the other pipeline's bus, in the same environment; types are generated for the events that triggers \
               name, `BillingInvoicePaid`. A loop of events through both pipelines is found, and so is a change there that \
               breaks this spec.\n\n\
               Only the other pipeline emits its events. Values in the name of its bus are those of this spec. The files \
               of `uses` are read in turn, for loops.",
        fragment: "\
uses:
  billing: ../billing/pipeline.yaml
jobs:
  remind:
    function: { package: remind }
    triggers: [ { event: billing.invoice.overdue, where: { amount_cents: [{ numeric: [\">\", 500] }] } } ]
",
        mappings: &[
            Mapping::top(&["uses"]),
            Mapping::all("uses.<pipeline>", "$use"),
        ],
    },
    Section {
        title: "Values of an environment",
        text: "What differs from one environment to the next has a name in the spec, and each environment says what \
               it is: in `values` of `environments/<environment>.tfvars`, which the root module passes on as \
               `values = var.values`. `local` is what it is on this machine. `${name}` stands for it; `${environment}`, \
               `${region}` and `${account}` need no declaration.\n\n\
               In a text `$${` is the text `${`, and any other `$` is itself. Where a key takes no value, `${name}` is \
               an error. `codegen check` reads the spec for every environment that has a file, and for this machine.",
        fragment: "\
values:
  invoices_bucket: { description: Where invoices are uploaded, local: invoices-local }
  memory: { type: integer, local: 256 }
jobs:
  import-invoice:
    function:
      package: import-invoice
      memory_mb: \"${memory}\"
      environment: { BUCKET: \"${invoices_bucket}\" }
    triggers:
      - pattern: { source: [aws.s3], detail: { bucket: { name: [\"${invoices_bucket}\"] } } }
",
        mappings: &[
            Mapping::top(&["values"]),
            Mapping::all("values.<value>", "$value"),
        ],
    },
    Section {
        title: "Generated files",
        text: "Where `codegen generate` writes.",
        fragment: "\
output:
  terraform: terraform/pipeline
  events: lambdas/events/src/generated.rs
",
        mappings: &[Mapping::top(&["output"]), Mapping::all("output", "output")],
    },
    Section {
        title: "This machine",
        text: "What functions get from `codegen run` and `codegen dev` alone ([local-bus.md](local-bus.md)).",
        fragment: "\
local:
  environment: { DATABASE_URL: \"sqlite:target/shop.sqlite\" }
",
        mappings: &[Mapping::top(&["local"]), Mapping::all("local", "local")],
    },
    Section {
        title: "Findings that stay",
        text: "`codegen check` finds what is probably a mistake. What is right as it is gets an `allow` with the reason, at \
               the top, in a job or in a trigger. An entry that silences nothing is a finding itself, so none outlives its \
               reason. `codegen check --deny warnings` ends with status 1 if a warning is left, for builds.",
        fragment: "\
jobs:
  audit:
    function: { package: audit }
    triggers:
      - pattern: { account: [\"123456789012\"] }
        allow: { wide-pattern: The audit sees every event }
",
        mappings: &[Mapping::top(&["allow"])],
    },
    Section {
        title: "What left the spec",
        text: "What happens on AWS to what the spec has no more. `codegen check --against REV` and `check --plan FILE` say what \
               a change would delete ([terraform.md](terraform.md#before-you-apply)); here stands what is kept, and which of \
               these findings are allowed. Once the change is applied in every environment, an entry may be erased.",
        fragment: "\
removed:
  old-bill:
    keep: [dead_letter_queue, failure_queue]
    allow: { deleted-log: Nobody needs the lines }
",
        mappings: &[
            Mapping::top(&["removed"]),
            Mapping::all("removed.<name>", "$removal"),
        ],
    },
    Section {
        title: "How much there is",
        text: "For an estimate of what the pipeline costs, `codegen cost`. Nothing on AWS follows from it.",
        fragment: "\
jobs:
  bill: { function: { package: bill }, triggers: [{ event: order.placed }] }
volumes:
  events_per_day: { order.placed: 20000 }
  run_ms: { bill: 300 }
",
        mappings: &[
            Mapping::top(&["volumes"]),
            Mapping::all("volumes", "volumes"),
        ],
    },
    Section {
        title: "State of Terraform",
        text: "Where Terraform keeps its state, and where it runs: a bucket in S3, or Terraform Cloud. \
               [terraform.md](terraform.md) says how each is used.",
        fragment: "\
terraform:
  backend:
    s3: { bucket: acme-terraform-states, key: pipeline.tfstate, use_lockfile: true }
",
        mappings: &[
            Mapping::top(&["terraform"]),
            Mapping::all("terraform", "terraform"),
            Mapping::all("terraform.cloud", "terraform/cloud"),
            Mapping::all("terraform.cloud.workspaces", "terraform/cloud/workspaces"),
            Mapping::all("terraform.backend", "terraform/backend"),
            Mapping::all("terraform.backend.s3", "terraform/backend/s3"),
        ],
    },
];
