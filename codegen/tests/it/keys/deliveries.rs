//! A job without a function for every key of `deliver_to`.

/// A key of `deliver_to`, and a value of `deliver_to` that has it.
pub(super) const DELIVERIES: &[(&str, &str)] = &[
    (
        "state_machine.existing",
        "{ state_machine: { existing: fulfil } }",
    ),
    ("bus.existing", "{ bus: { existing: orders } }"),
];
