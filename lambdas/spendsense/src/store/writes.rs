//! Rows to write into the store.

use std::collections::BTreeMap;

use serde::Serialize;

/// The statements that write rows, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statement {
    /// Writes a profile: id, name, employer.
    Profiles,
    /// Writes a profile, unless there is one: id, name, employer.
    NewProfiles,
    /// Changes a profile where a value is given: id, name, employer.
    AmendProfiles,
    /// Writes a consent: user, granted at, revoked at.
    Consents,
    /// Writes a consent of a user who has never given one: user, granted at.
    FirstConsents,
    /// Writes an account: user, account, kind, name, balance, limit, minimum payment, last payment, whether overdue as 0 or
    /// 1, currency.
    Accounts,
    /// Writes an account, unless there is one: user, account, kind, name, currency.
    NewAccounts,
    /// Changes an account where a value is given: user, account, kind, name, balance, the day of the balance, limit, minimum
    /// payment, last payment. The balance of an earlier day changes nothing.
    AmendAccounts,
    /// Deletes a transaction: user, transaction.
    RemoveTransactions,
    /// Writes a transaction: user, day, transaction, account, amount, category, channel, description, merchant, whether
    /// pending as 0 or 1.
    Transactions,
    /// Replaces the features of a window, unless the stored ones are newer: user, window, as of, an object of signals.
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
    /// Deletes the trace and the recommendations of a user: user.
    Withdraw,
    /// Deletes the personas of a user: user.
    WithdrawPersonas,
    /// Deletes the features of a user: user.
    WithdrawFeatures,
    /// Deletes the errors of a user: user.
    WithdrawErrors,
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

    /// Adds the rows of others.
    pub(crate) fn append(&mut self, others: Self) {
        for (statement, rows) in others.rows {
            let own = self.rows.entry(statement).or_default();
            if own.is_empty() {
                *own = rows;
            } else {
                own.push(b',');
                own.extend_from_slice(&rows[1..]);
            }
        }
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_others_follow_and_stay_one_array() {
        let mut writes = Writes::default();
        for name in ["a", "b"] {
            let mut others = Writes::default();
            others.push(Statement::Withdraw, &(name,));
            others.push(Statement::Errors, &(name, 1));
            writes.append(others);
        }
        let rows: Vec<_> = writes.rows().map(|(_, rows)| rows).collect();
        assert_eq!(rows, [r#"[["a"],["b"]]"#, r#"[["a",1],["b",1]]"#]);
    }
}
