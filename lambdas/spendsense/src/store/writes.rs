//! Rows on their way into the store.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is done with rows. They are run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statement {
    /// Id, name, employer.
    Profiles,
    /// User, granted at, revoked at.
    Consents,
    /// User, account, kind, name, balance, limit, minimum payment, last payment, whether overdue as 0 or 1.
    Accounts,
    /// User, day, transaction, account, amount, category, channel, description, merchant, whether pending as 0 or 1.
    Transactions,
    /// User, window, signal, as of, value: in the place of what is not newer.
    Features,
    /// User, window, as of, persona, reasons: in the place of what is not newer.
    Personas,
    /// User, as of, trace: in the place of what is not newer.
    Traces,
    /// User, as of: takes away the recommendations before those of the user's trace, if it is that one.
    ClearRecommendations,
    /// User, position, item, kind, title, rationale, as of: those of the user's trace, if it is that one.
    Recommendations,
    /// User: takes back all recommendations.
    Withdraw,
    /// User, job, message, at.
    Errors,
    /// User, job: the error is gone.
    ClearErrors,
}

/// Rows for some statements, each row a JSON array.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    rows: BTreeMap<Statement, Vec<u8>>,
}

impl Writes {
    /// Adds a row, as a tuple in the order that the statement names.
    ///
    /// # Panics
    /// On a row that is no JSON, such as one with a map whose keys are not text.
    pub fn push(&mut self, statement: Statement, row: &impl Serialize) {
        let rows = self.rows.entry(statement).or_default();
        rows.push(if rows.is_empty() { b'[' } else { b',' });
        serde_json::to_writer(rows, row).expect("rows are text, numbers and documents");
    }

    /// Each statement with its rows as one JSON array.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Statement, String)> {
        self.rows.iter().map(|(statement, rows)| {
            let mut text = String::from_utf8_lossy(rows).into_owned();
            text.push(']');
            (*statement, text)
        })
    }
}
