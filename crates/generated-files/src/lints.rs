//! Findings about generated files.

use pipeline::{Lint, Severity};

/// A file of somebody else stands where one is to be written.
pub static FOREIGN_FILE: Lint = Lint {
    id: "foreign-file",
    severity: Severity::Error,
    summary: "a file that nobody generated stands where one is to be written",
    explanation: "\
A generated file says so in its first line. A file without that line is somebody's work, and is never
overwritten. Move it away, or choose another folder under `output:`. If it was generated and its
first line is gone, delete it and run `codegen generate`.
",
};

/// The root module does not pass what the generated module takes.
pub static MODULE_CALL: Lint = Lint {
    id: "module-call",
    severity: Severity::Warning,
    summary: "the root module does not pass what the generated module takes",
    explanation: "\
The root module, the files around the generated folder, is written by hand and calls the generated module. What an
environment has of its own goes through it: where secrets, keys, layers, networks and destinations are. A spec that
begins to name one of them has a module with another variable, and a plan is refused until it is passed; a spec that
names none any more has a module without that variable, and Terraform refuses to pass it.

```yaml
defaults:
  function: { network: private }   # terraform/main.tf: `networks = var.networks`
```

The finding is about calls in the `.tf` files around the generated folder that name it as `./` and its name; files in
JSON are not read. What the module can do without is not asked for.

On the default bus a call must not say `depends_on` where there is an archive, or one permission for all rules of a job:
Terraform then looks the bus up while it applies, takes its ARN for another one, and replaces them. What the archive
kept is gone, and until there is a permission again every event is refused.
",
};

/// A rule would get another name on AWS.
pub static REPLACED_RULE: Lint = Lint {
    id: "replaced-rule",
    severity: Severity::Warning,
    summary: "a rule that AWS would have to replace, as its name changes",
    explanation: "\
A rule's name is made of the pipeline's, the job's and the trigger's. AWS cannot rename a rule, so under
another name it is another rule: Terraform removes the one and makes the other, in no order that could be
relied on, and an event that arrives in between reaches no rule. `create_before_destroy` is no way out: a rule
that is replaced under its own name would be removed right after it was made.

What is the same job or trigger under another name says so, and keeps its rule, its queues with the messages in
them, and its function:

```yaml
jobs:
  mail:
    renamed_from: send   # the first name stays on AWS
```

If the new name is wanted on AWS too, go in two steps, so that the new rule is there before the old one goes:
let both stand in the spec for one apply, the old one unchanged beside the new one, then remove the old one and
apply again. In between an event starts both, which jobs have to bear anyway: events arrive at least once.

The finding compares the spec with the generated files on the disk, so it stands until `codegen generate` has
written them anew; the plan then shows the rule as destroyed and created.
",
};

/// A generated file is not what the spec says.
pub static STALE_FILE: Lint = Lint {
    id: "stale-file",
    severity: Severity::Error,
    summary: "a generated file is not what the spec says",
    explanation: "\
The spec was edited and the files were not generated anew, or a generated file was edited by hand.
`codegen check` shows the difference; `codegen generate` writes the file. Generated files are
committed, so that a reviewer sees what a change of the spec does on AWS.
",
};

/// A run that a commit starts would miss a function's zip.
pub static UNPUBLISHED_ARTIFACT: Lint = Lint {
    id: "unpublished-artifact",
    severity: Severity::Warning,
    summary: "a run that a commit starts would miss a function's zip",
    explanation: "\
With `driven_by: vcs` Terraform runs on a machine that sees what is in git, and has no Rust: it cannot build
the functions, and zips do not belong into git. `codegen publish` puts them in S3, each under the hash of its
bytes, and writes `artifacts.auto.tfvars.json` beside the root module's files, which Terraform loads by itself.
That file is committed.

```yaml
terraform:
  cloud: { organization: acme, driven_by: vcs }   # `make publish BUCKET=acme-artifacts`, then commit
```

The finding says that the file is missing, that a job is missing in it, or that a zip was built here after the
last one was published. What was not built here cannot be compared.
",
};
