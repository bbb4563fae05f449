//! Rows to write into the store.

use std::collections::BTreeMap;

use serde::Serialize;

/// The statements that write rows, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statement {
    /// Writes a profile: id, name, employer.
    Profiles,
    /// Writes a consent: user, granted at, revoked at.
    Consents,
    /// Writes an account: user, account, kind, name, balance, limit, minimum payment, last payment, whether overdue as 0 or 1.
    Accounts,
    /// Writes a transaction: user, day, transaction, account, amount, category, channel, description, merchant, whether
    /// pending as 0 or 1.
    Transactions,
    /// Replaces a feature, unless the stored one is newer: user, window, signal, as of, value.
    Features,
    /// Replaces a persona, unless the stored one is newer: user, window, as of, persona, reasons.
    Personas,
    /// Replaces a trace, unless the stored one is newer: user, as of, trace.
    Traces,
    /// Deletes the earlier recommendations, if the user's stored trace has this time: user, as of.
    ClearRecommendations,
    /// Writes a recommendation, if the user's stored trace has its time: user, position, item, kind, title, rationale, as
    /// of.
    Recommendations,
    /// Deletes all recommendations of a user: user.
    Withdraw,
    /// Writes an error: user, job, message, at.
    Errors,
    /// Deletes an error: user, job.
    ClearErrors,
}

/// Rows for some statements, each row a JSON array.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    rows: BTreeMap<Statement, Vec<u8>>,
}

impl Writes {
    /// Adds a row, as a tuple in the order of the statement.
    ///
    /// # Panics
    /// If the row cannot be JSON, such as one with a map whose keys are not text.
    pub fn push(&mut self, statement: Statement, row: &impl Serialize) {
        let rows = self.rows.entry(statement).or_default();
        rows.push(if rows.is_empty() { b'[' } else { b',' });
        serde_json::to_writer(rows, row).expect("rows are text, numbers and documents");
    }

    /// Returns each statement with its rows as one JSON array.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Statement, String)> {
        self.rows.iter().map(|(statement, rows)| {
            let mut text = String::from_utf8_lossy(rows).into_owned();
            text.push(']');
            (*statement, text)
        })
    }
}
