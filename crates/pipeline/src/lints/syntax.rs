//! Mistakes in how the spec is written: the reader reports them.

use crate::diagnostic::{Lint, Severity::Error};

/// Text that is not YAML.
pub(crate) static INVALID_YAML: Lint = Lint {
    id: "invalid-yaml",
    severity: Error,
    summary: "the file is not one YAML document",
    explanation: "\
Nothing after this place can be read, so no other mistake is reported until this one is mended.
Most often the cause is an indentation that differs from the line above, a tab, or a quote or
bracket that is never closed.

```yaml
jobs:
  compute-features:
   description: one space too few
    function: { package: compute-features }
```
",
};

/// A YAML tag that would change what a value is.
pub(crate) static UNKNOWN_TAG: Lint = Lint {
    id: "unknown-tag",
    severity: Error,
    summary: "a YAML tag that has no meaning in a spec",
    explanation: "\
A tag such as `!Ref` or `!!python/object` asks the reader to make something else of a value. A
spec holds plain values only, and no tag is ever acted upon.

```yaml
source: !Ref Source   # write the value itself
```
",
};

/// Text or nesting beyond what is read.
pub(crate) static SPEC_TOO_LARGE: Lint = Lint {
    id: "spec-too-large",
    severity: Error,
    summary: "the spec is larger or more deeply nested than it may be",
    explanation: "\
A spec has at most 8 MiB and 128 levels of nesting, so that a wrong file is refused at once and
without filling the memory. Ten thousand jobs take about a third of that: split a larger pipeline
into several specs, each with its own folder.
",
};

/// Aliases that expand to too much.
pub(crate) static ALIAS_BOMB: Lint = Lint {
    id: "alias-bomb",
    severity: Error,
    summary: "aliases expand to more values than are read",
    explanation: "\
An alias stands for everything below its anchor, so a few lines of aliases of aliases can stand for
billions of values. At most two million are read.
",
};

/// A key that the language does not have.
pub(crate) static UNKNOWN_KEY: Lint = Lint {
    id: "unknown-key",
    severity: Error,
    summary: "a key that the spec language does not have",
    explanation: "\
If an unknown key were ignored, its setting would be missing in production.

```yaml
jobs:
  compute-features:
    trigers: []   # did you mean `triggers`?
```
",
};

/// A key that must be there.
/// A key that must be there.
pub static MISSING_KEY: Lint = Lint {
    id: "missing-key",
    severity: Error,
    summary: "a key that must be there is not",
    explanation: "\
Some things have no sensible default: the pipeline's name and source, an event's detail type, a
job's function, what a trigger waits for.

```yaml
events:
  user.signup: { external: true }   # `detail_type` is missing
```
",
};

/// A key that stands twice.
pub(crate) static DUPLICATE_KEY: Lint = Lint {
    id: "duplicate-key",
    severity: Error,
    summary: "a key that stands twice in one mapping",
    explanation: "\
YAML says that a key is unique, and readers differ in which of two they keep. One of them would be
lost, and nothing would say so.

```yaml
jobs:
  compute-features: { function: { package: a } }
  compute-features: { function: { package: b } }
```
",
};

/// Two keys that exclude each other.
/// Keys that exclude each other.
pub static CONFLICTING_KEYS: Lint = Lint {
    id: "conflicting-keys",
    severity: Error,
    summary: "two keys that exclude each other",
    explanation: "\
A trigger waits for one thing (`schedule`, `event` or `pattern`), and the code of a function comes from one place
(`package`, `zip`, `image` or `existing`). A key that would have no effect beside another is refused, too: the memory
of a function that is `existing` is decided by its owner, and only a schedule has `emits` of its own.

```yaml
triggers:
  - schedule: rate(1 hour)
    event: user.signup   # make two triggers of it
```
",
};

/// A value of another type.
/// A value of another type than its key takes.
pub static WRONG_TYPE: Lint = Lint {
    id: "wrong-type",
    severity: Error,
    summary: "a value of another type than the key takes",
    explanation: "\
For example a list where a mapping belongs, or a word where a number does. Booleans are `true` and
`false`: `yes`, `no`, `on` and `off` are words.

```yaml
defaults:
  function: { tracing: yes }   # write `true`
```
",
};

/// A word that is not one of those allowed.
/// A value that its key does not take.
pub static INVALID_VALUE: Lint = Lint {
    id: "invalid-value",
    severity: Error,
    summary: "a value that is not one of those allowed",
    explanation: "\
The message lists what is allowed.

```yaml
defaults:
  function: { architecture: arm }   # did you mean `arm64`?
```
",
};

/// A duration that cannot be read.
pub(crate) static INVALID_DURATION: Lint = Lint {
    id: "invalid-duration",
    severity: Error,
    summary: "a duration that cannot be read",
    explanation: "\
A duration is a whole number and a unit, without a space: `30s`, `5m`, `24h` or `1d`. A number
without a unit is refused, as AWS itself counts some settings in seconds and others in minutes.

```yaml
defaults:
  function: { timeout: 5 minutes }   # write `5m`
```
",
};

/// A number outside the range that AWS accepts.
pub(crate) static OUT_OF_RANGE: Lint = Lint {
    id: "out-of-range",
    severity: Error,
    summary: "a number outside the range that AWS accepts",
    explanation: "\
`terraform plan` lets some of these through, and the apply then stops half-way. The ranges: memory
128 to 10240 MB, timeout 1s to 15m, a delivery's retries 0 to 185 and age 1m to 24h, an execution's
retries 0 to 2 and age 1m to 6h, a flexible window 1m to 24h.

```yaml
defaults:
  delivery: { max_age: 30s }   # EventBridge takes no less than 60s
```
",
};
