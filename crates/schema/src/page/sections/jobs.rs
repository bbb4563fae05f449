//! The sections about jobs.

use super::super::section::{Keys, Mapping, Section};

/// The keys that triggers of every kind have.
const OF_TRIGGERS: [&str; 7] = [
    "id",
    "enabled",
    "delivery",
    "name",
    "names",
    "renamed_from",
    "allow",
];

/// The keys of a schedule that other triggers have, too.
const OF_OTHER_TRIGGERS: [&str; 8] = [
    "id",
    "enabled",
    "delivery",
    "name",
    "names",
    "renamed_from",
    "allow",
    "input",
];

/// The keys of a function's rights.
const RIGHTS: [&str; 2] = ["permissions", "policies"];

/// What an event may start outside of Lambda.
const TASKS: [&str; 2] = ["task", "batch"];

/// What is no place for events: a task, a job of AWS Batch, an API.
const STARTED_OR_CALLED: [&str; 3] = ["task", "batch", "api"];

pub(super) static SECTIONS: [Section; 15] = [
    Section {
        title: "Jobs and what they emit",
        text: "A job is a function, what triggers it, and what it emits. Instead of a function it may have a place \
               to which events are delivered.",
        fragment: "\
jobs:
  bill:
    description: Charges the customer
    function: { package: bill }
    triggers:
      - event: order.placed
    emits: [order.billed]
  accounting:
    deliver_to: queue
    triggers:
      - event: order.billed
",
        mappings: &[Mapping::top(&["jobs"]), Mapping::all("jobs.<job>", "$job")],
    },
    Section {
        title: "What is there already",
        text: "A job may deliver to something that its pipeline does not make. `existing` names it: by its name, in the \
               account and the region that Terraform deploys to, or by its ARN. EventBridge reaches it with a role of \
               the job; it is not made, changed or destroyed, and its own policy stays its owner's. It has to be in \
               the region of the rule. In another account, its policy has to let that role in as well; a queue, a \
               topic, a data stream and a bus have such a policy. A log group cannot be named: EventBridge writes to \
               one with a policy of the account's log groups, which is its owner's, and takes no role there. \
               Something with a key of KMS of its own names it with `kms_key`.",
        fragment: "\
jobs:
  fulfil:
    deliver_to: { state_machine: { existing: \"fulfil-${environment}\" } }
    triggers: [{ event: order.placed }]
  warehouse:
    deliver_to: { queue: { existing: \"warehouse-${environment}.fifo\", group: orders } }
    triggers: [{ event: order.placed }]
  analytics:
    deliver_to: { stream: { existing: orders, partition_key: $.detail.order_id } }
    triggers: [{ event: order.billed }]
",
        mappings: &[
            Mapping {
                keys: Keys::Except(&STARTED_OR_CALLED),
                ..Mapping::all("deliver_to", "$job/deliver_to")
            },
            Mapping::all("deliver_to.state_machine", "$job/deliver_to/state_machine"),
            Mapping::all("deliver_to.bus", "$job/deliver_to/bus"),
            Mapping::all("deliver_to.queue", "$job/deliver_to/queue"),
            Mapping::all("deliver_to.topic", "$job/deliver_to/topic"),
            Mapping::all("deliver_to.stream", "$job/deliver_to/stream"),
            Mapping::all("deliver_to.firehose", "$job/deliver_to/firehose"),
        ],
    },
    Section {
        title: "Tasks and batch jobs",
        text: "An event may start a task of Amazon ECS or a job of AWS Batch. Neither gets the event by itself: `input` \
               of the trigger writes what they need into the task's overrides (`containerOverrides`) or the job's \
               parameters (`Parameters`).",
        fragment: "\
jobs:
  pick:
    deliver_to:
      task: { cluster: \"shop-${environment}\", definition: pick, network: private }
    triggers: [{ event: order.placed }]
",
        mappings: &[
            Mapping {
                keys: Keys::Only(&TASKS),
                ..Mapping::all("deliver_to", "$job/deliver_to")
            },
            Mapping::all("deliver_to.task", "$job/deliver_to/task"),
            Mapping::all("deliver_to.batch", "$job/deliver_to/batch"),
        ],
    },
    Section {
        title: "APIs that are called",
        text: "EventBridge calls an API for each event, with the event as the body, or what `input` of the trigger makes of \
               it. The secret that `auth` names is in AWS Secrets Manager: Terraform reads it and gives it to EventBridge, \
               so that Terraform's state holds it. `local` says what the local bus calls instead.",
        fragment: "\
jobs:
  crm:
    deliver_to:
      api: { url: \"https://crm.example/orders\", auth: crm, rate: 10, local: \"http://127.0.0.1:9000/orders\" }
    triggers: [{ event: order.placed }]
",
        mappings: &[
            Mapping {
                keys: Keys::Only(&["api"]),
                ..Mapping::all("deliver_to", "$job/deliver_to")
            },
            Mapping::all("deliver_to.api", "$job/deliver_to/api"),
            Mapping::all("deliver_to.api.auth", "$job/deliver_to/api/auth"),
        ],
    },
    Section {
        title: "Triggers",
        text: "What starts a job. A trigger has one of three keys, [`event`](#triggersevent), \
               [`schedule`](#triggersschedule) or [`pattern`](#triggerspattern), and these keys whatever its kind.",
        fragment: "\
jobs:
  pack:
    function: { package: pack }
    triggers:
      - event: order.billed
      - id: express                         # two triggers of one kind need ids
        event: order.billed
        where: { express: [true] }
        delivery: { max_age: 5m }
",
        mappings: &[Mapping {
            twins: &["$schedule-trigger", "$pattern-trigger"],
            keys: Keys::Only(&OF_TRIGGERS),
            ..Mapping::all("triggers[]", "$event-trigger")
        }],
    },
    Section {
        title: "Triggers by event",
        text: "A trigger with `event` waits for an event of this pipeline, and `where` narrows it. A trigger with \
               `pattern` waits for events of others, such as AWS's own.",
        fragment: "\
jobs:
  notify:
    function: { package: notify }
    triggers:
      - event: order.placed
        where: { total_cents: [{ numeric: [\">=\", 5000] }] }
      - pattern: { source: [shop.labels], detail: { carrier: [{ prefix: dhl- }] } }
      - id: uploads
        pattern: { source: [aws.s3], detail-type: [Object Created] }
        bus: default                        # AWS's services send their events there, and nowhere else
",
        mappings: &[
            Mapping {
                keys: Keys::Only(&["event", "where"]),
                ..Mapping::all("triggers[]", "$event-trigger")
            },
            Mapping {
                twins: &["$pattern-trigger"],
                keys: Keys::Only(&["bus"]),
                ..Mapping::all("triggers[]", "$event-trigger")
            },
            Mapping {
                twins: &["$pattern-trigger", "$schedule-trigger"],
                keys: Keys::Only(&["input"]),
                ..Mapping::all("triggers[]", "$event-trigger")
            },
            Mapping {
                keys: Keys::Only(&["pattern"]),
                ..Mapping::all("triggers[]", "$pattern-trigger")
            },
        ],
    },
    Section {
        title: "Triggers by schedule",
        text: "A trigger with `schedule` starts the job by the clock. A plain schedule is in UTC. With a `timezone`, \
               a `flexible_window`, a `start`, an `end` or a `group` it belongs to EventBridge Scheduler, which knows \
               summer time. The function receives an event as ever, whose `event_type` is `scheduled`.",
        fragment: "\
jobs:
  collect:
    function: { package: collect }
    triggers:
      - schedule: rate(15 minutes)
        shards: 4                           # four runs, each with a part of the work
      - id: morning
        schedule: cron(30 6 ? * MON-FRI *)
        timezone: Europe/Berlin
        flexible_window: 30m
",
        mappings: &[Mapping {
            keys: Keys::Except(&OF_OTHER_TRIGGERS),
            ..Mapping::all("triggers[]", "$schedule-trigger")
        }],
    },
    Section {
        title: "Patterns",
        text: "`where` and `pattern` are event patterns of EventBridge. All fields of a pattern must match. A field \
               has a list of values and operators, of which one must match. These are the operators, each in a \
               mapping of its own: `[{ prefix: eu- }, { suffix: -1 }]`. `codegen match` says which rules an event \
               matches, and why the others do not match.",
        fragment: "\
jobs:
  audit:
    function: { package: audit }
    triggers:
      - event: order.placed
        where:
          country: [DE, { prefix: A }]
          items: { sku: [{ anything-but: [test] }] }
          coupon: [{ exists: true }]
",
        mappings: &[
            Mapping {
                twins: &["$or-branch"],
                ..Mapping::all("pattern", "$pattern")
            },
            Mapping::all("pattern", "$operator"),
        ],
    },
    Section {
        title: "Input",
        text: "A function receives the whole event. One that takes something else gets it by `input`: what a `template` \
               makes of parts of the event, one part by its `path`, or always the same `value`. Every trigger may have \
               it.",
        fragment: "\
jobs:
  notify:
    function: { existing: warehouse-notifications }
    triggers:
      - event: order.placed
        input:
          paths: { order: $.detail.order_id }
          template: '{ \"parcel\": <order> }'
",
        mappings: &[Mapping::all("input", "$input")],
    },
    Section {
        title: "Functions",
        text: "The function of a job, and its settings. One of `package`, `zip`, `image` and `existing` says where \
               its code comes from ([other-languages.md](other-languages.md)). `defaults: { function: … }` takes the same settings for every \
               job; what is here wins. Names of networks, layers, keys and secrets are names in variables of the \
               generated Terraform module, as every environment has its own.",
        fragment: "\
jobs:
  bill:
    function:
      package: bill
      timeout: 2m
      memory_mb: 512
      environment: { CURRENCY: EUR }
      secrets: { PAYMENTS_SECRET_ARN: payments }   # Terraform: secrets = { payments = \"arn:…\" }
",
        mappings: &[
            Mapping {
                twins: &["defaults/function"],
                keys: Keys::Except(&RIGHTS),
                ..Mapping::all("function", "$function")
            },
            Mapping::all("local", "$function/local"),
            Mapping::all("secrets.<variable>", "$secret"),
        ],
    },
    Section {
        title: "Rights of functions",
        text: "Every function has a role that may write its log, send traces if they are on, read its secrets, use its \
               keys and emit the events of `emits`. What else it needs stands here. `codegen check` warns of `*`, and \
               knows no list of actions: a misspelt one allows nothing.",
        fragment: "\
jobs:
  import-invoice:
    function:
      package: import-invoice
      permissions:
        - actions: [s3:GetObject]
          resources: [\"arn:aws:s3:::acme-invoices/*\"]
          conditions: { StringEquals: { s3:ExistingObjectTag/state: checked } }
      policies: [\"arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy\"]
",
        mappings: &[
            Mapping {
                twins: &["defaults/function"],
                keys: Keys::Only(&RIGHTS),
                ..Mapping::all("function", "$function")
            },
            Mapping::all("permissions[]", "$permission"),
        ],
    },
    Section {
        title: "Delivery and failed runs",
        text: "Two layers try again. `delivery` of a trigger is EventBridge's, which delivers an event to the target: \
               what it cannot deliver is a dead letter in `<pipeline>-<job>-dlq-<environment>`. `execution` of a job \
               is Lambda's, which runs the function: a run that failed for good is in \
               `<pipeline>-<job>-on-failure-<environment>`.",
        fragment: "\
jobs:
  bill:
    function: { package: bill }
    execution: { max_attempts: 0 }          # a charge is never repeated by itself
    triggers:
      - event: order.placed
        delivery: { max_attempts: 10, max_age: 1h }
",
        mappings: &[
            Mapping {
                twins: &["defaults/delivery"],
                ..Mapping::all("delivery", "$delivery")
            },
            Mapping {
                twins: &["defaults/execution"],
                ..Mapping::all("execution", "$execution")
            },
        ],
    },
    Section {
        title: "A queue before a function",
        text: "With `buffer`, rules and schedules deliver to a queue, and Lambda takes batches from it: for functions \
               that are called too often at a time, or whose work is cheaper in batches. A function of the crate `job` \
               still gets one event at a time. An event whose run fails comes again by itself, and after `max_receives` \
               it is in `<pipeline>-<job>-on-failure-<environment>`.",
        fragment: "\
jobs:
  mail:
    function: { package: mail, timeout: 30s }
    buffer: { batch: 10, window: 5s, max_concurrency: 5, max_receives: 5 }
    triggers: [{ event: order.placed }]
",
        mappings: &[Mapping {
            keys: Keys::Except(&["fifo"]),
            ..Mapping::all("buffer", "$job/buffer")
        }],
    },
    Section {
        title: "Events in order",
        text: "With `fifo`, the function gets its events one batch after the other, in the order in which they came to \
               the queue. One that fails holds the others up until it is done or given up. EventBridge itself keeps no \
               order: two events that are emitted at the same time may come to the queue the other way round.",
        fragment: "\
jobs:
  ledger:
    function: { package: ledger }
    buffer: { fifo: true, max_receives: 3 }
    triggers: [{ event: order.placed }]
",
        mappings: &[Mapping {
            keys: Keys::Only(&["fifo"]),
            ..Mapping::all("buffer", "$job/buffer")
        }],
    },
    Section {
        title: "Names that stay",
        text: "Names on AWS are made: `<pipeline>-<job>-<environment>` and the like. What is there already has a name \
               that others may know, and cannot be renamed. `name` of a [trigger](#triggersname) or of a \
               [job](#jobsjobname) is the name of its rule or function, and `names` has those of the rest.",
        fragment: "\
jobs:
  mail:
    function: { package: mail }
    name: \"acme-mail-${environment}\"                # logs to /aws/lambda/acme-mail-<environment>
    names: { role: \"acme-mail-role-${environment}\", dead_letter_queue: \"acme-mail-dead-${environment}\" }
    triggers:
      - event: order.placed
        name: \"acme-on-order-${environment}\"
        names: { statement: AllowMail, target: Mail }
",
        mappings: &[
            Mapping::all("names", "$job/names"),
            Mapping::all("dead_letter_queue", "$job/dead_letter_queue"),
            Mapping::all("delivery_role", "$job/delivery_role"),
            Mapping::all("triggers[].names", "$trigger-names"),
        ],
    },
];
