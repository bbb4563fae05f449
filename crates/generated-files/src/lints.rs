//! Findings about generated files.

use pipeline::{Lint, Severity};

/// A file that was not generated is where a generated one has to be.
pub static FOREIGN_FILE: Lint = Lint {
    id: "foreign-file",
    severity: Severity::Error,
    summary: "a file that nobody generated stands where one is to be written",
    explanation: "\
A generated file says so in its first line; one of JSON in its first key, `$comment`. A file without that is
somebody's work, and is never overwritten. Move it away, or choose another folder under `output:`. If it was
generated and the line is gone, delete it and run `codegen generate`.
",
};

/// The root module does not pass what the generated module takes.
pub static MODULE_CALL: Lint = Lint {
    id: "module-call",
    severity: Severity::Warning,
    summary: "the root module does not pass what the generated module takes",
    explanation: "\
The root module, the files around the generated folder, is written by hand and calls the generated module. The call
passes what each environment has of its own: where secrets, keys, layers, networks and destinations are. If a spec names
the first of one kind, its module has one more variable, and Terraform refuses a plan until the call passes it. If a
spec names none any more, the module has no such variable, and Terraform refuses a call that passes it.

```yaml
defaults:
  function: { network: private }   # terraform/main.tf: `networks = var.networks`
```

The finding is about calls in the `.tf` files around the generated folder that name it as `./` and its name; files in
JSON are not read. The call may leave out what the module can do without.

On the default bus a call must not have `depends_on` if there is an archive, or one permission for all rules of a job.
Terraform would look the bus up only while it applies, take its ARN for another one, and replace both. The archive would
lose what it kept, and every event would be refused until the permission is there again.
",
};

/// A rule would get another name on AWS.
pub static REPLACED_RULE: Lint = Lint {
    id: "replaced-rule",
    severity: Severity::Warning,
    summary: "a rule that AWS would have to replace, as its name changes",
    explanation: "\
A rule's name is made of the names of the pipeline, the job and the trigger. AWS cannot rename a rule, so under
another name it is another rule. Terraform removes the old one and makes the new one, in no order that you could
rely on, and an event that arrives in between reaches no rule. `create_before_destroy` does not help: a rule
that is replaced under its own name would be removed right after it was made.

If it is the same job or trigger under another name, say so. It then keeps its rule, its queues with the messages
in them, and its function:

```yaml
jobs:
  mail:
    renamed_from: send   # the first name stays on AWS
```

If you want the new name on AWS too, go in two steps, so that the new rule is there before the old one goes.
Leave the old one in the spec unchanged, add the new one beside it, and apply; then remove the old one and apply
again. In between an event starts both. Jobs have to bear that anyway: events arrive at least once.

The finding compares the spec with the generated files on the disk, so it is gone as soon as `codegen generate` has
written them anew. The plan then shows the rule as destroyed and created.
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

/// A run of Terraform would miss a function's zip.
pub static UNPUBLISHED_ARTIFACT: Lint = Lint {
    id: "unpublished-artifact",
    severity: Severity::Warning,
    summary: "a run of Terraform would miss a function's zip",
    explanation: "\
With `driven_by: vcs` Terraform runs on a machine that sees only what is in git, and has no Rust. It cannot build
the functions, and zips do not belong in git. `codegen publish` puts them in S3, each under the hash of its
bytes, and writes `artifacts.auto.tfvars.json` beside the root module's files, which Terraform loads by itself.
That file is committed.

```yaml
terraform:
  cloud: { organization: acme, driven_by: vcs }   # `make publish BUCKET=acme-artifacts`, then commit
```

The finding says that the file is missing, that a job is missing in it, or that a zip was built here after the
last one was published. A zip that was not built here cannot be compared.

`codegen publish --environment prod` writes `environments/prod.artifacts.tfvars.json` instead, and `make promote
FROM=staging TO=prod` copies it from another environment. Such a file names every job, wherever Terraform runs. It may
name older zips than the last ones.
",
};
