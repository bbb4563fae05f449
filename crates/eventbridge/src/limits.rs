//! The service's limits, from the API models of EventBridge, EventBridge Scheduler and Lambda and
//! from their quota pages. A *quota* can be raised on request; a *limit* cannot.

/// PutEvents: entries in one request, 1 to 10 (API model of `PutEvents`).
pub const ENTRIES_MAX: usize = 10;

/// PutEvents: all entries of a request together, in bytes. They stay under 1 MB: a megabyte itself is too much
/// (EventBridge user guide, "PutEvents event entry size").
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024 - 1;

/// PutEvents: characters of a trace header, at least one (API model of `PutEvents`).
pub const TRACE_HEADER_CHARACTERS_MAX: usize = 500;

/// Levels of objects and arrays in one event or pattern.
pub const NESTING_MAX: usize = 1000;

/// Characters of an event's `source`; a longer one is dropped without a word.
pub const SOURCE_CHARACTERS_MAX: usize = 256;

/// Characters of an event's `detail-type`; a longer one is dropped without a word.
pub const DETAIL_TYPE_CHARACTERS_MAX: usize = 128;

/// Characters of a rule's event pattern by the default quota.
pub const PATTERN_CHARACTERS_QUOTA: usize = 2048;

/// Characters of a rule's event pattern to which the quota can be raised.
pub const PATTERN_CHARACTERS_MAX: usize = 4096;

/// Different paths in one branch of a pattern, after `$or` is expanded.
pub const PATTERN_PATHS_MAX: usize = 256;

/// Combinations of a pattern after `$or` is expanded: `PutRule`, `CreateArchive`, `UpdateArchive` and
/// `TestEventPattern` refuse more (EventBridge user guide, "Comparison operators", Or matching).
pub const PATTERN_COMBINATIONS_MAX: usize = 1000;

/// The largest number, and by its sign the smallest, for which `numeric` is documented to work
/// (EventBridge user guide, "Comparison operators", numeric matching).
pub const NUMERIC_MAX: f64 = 5.0e9;

/// Digits of a number that `numeric` is documented to compare.
pub const NUMERIC_DIGITS: usize = 15;

/// The highest complexity of wildcards that is taken, in the measure of
/// [`Pattern::wildcard_complexity`](crate::pattern::Pattern::wildcard_complexity). The service refuses a
/// rule that is too complex, and documents no figure: it is known to refuse 11 and to take 7, and
/// 10 is what experiments suggest.
pub const WILDCARD_COMPLEXITY_MAX: usize = 10;

/// The highest complexity of wildcards that causes no warning.
pub const WILDCARD_COMPLEXITY_WARNED: usize = 7;

/// Characters of a schedule expression.
pub const SCHEDULE_CHARACTERS_MAX: usize = 256;

/// Characters of an input transformer's template, or of a constant input.
pub const TEMPLATE_CHARACTERS_MAX: usize = 8192;

/// Paths of an input transformer.
pub const TEMPLATE_PATHS_MAX: usize = 100;

/// Characters of one path of an input transformer.
pub const TEMPLATE_PATH_CHARACTERS_MAX: usize = 256;
