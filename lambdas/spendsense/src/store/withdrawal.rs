//! What becomes of what was found about a user whose consent is withdrawn.

use jiff::Timestamp;

use super::{Error, Statement, Store, Transaction, Value, Writes, instant, list};

/// The variable that says what goes with a consent.
const ON_WITHDRAWAL: &str = "ON_WITHDRAWAL";

/// What is deleted when a consent is withdrawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Withdrawal {
    /// Features, personas, recommendations, traces and errors.
    #[default]
    Everything,
    /// Recommendations and traces. Features and personas stay, and nothing uses them.
    Recommendations,
}

impl Withdrawal {
    /// Reads the word of a policy: `everything` or `recommendations`.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "everything" => Some(Self::Everything),
            "recommendations" => Some(Self::Recommendations),
            _ => None,
        }
    }

    /// Reads the variable `ON_WITHDRAWAL`.
    pub(super) fn from_env() -> Result<Self, Error> {
        match std::env::var(ON_WITHDRAWAL) {
            Ok(word) if !word.is_empty() => Self::of(&word).ok_or_else(|| {
                Error::Url(format!(
                    "{ON_WITHDRAWAL} is `{word}`: write `everything` or `recommendations`"
                ))
            }),
            _ => Ok(Self::default()),
        }
    }

    /// Adds the rows that delete what was found about a user.
    pub(super) fn remove(self, user_id: &str, writes: &mut Writes) {
        let statements = [
            Statement::Withdraw,
            Statement::WithdrawPersonas,
            Statement::WithdrawFeatures,
            Statement::WithdrawErrors,
        ];
        let number = match self {
            Self::Everything => statements.len(),
            Self::Recommendations => 1,
        };
        for statement in &statements[..number] {
            writes.push(*statement, &(user_id,));
        }
    }
}

/// What a withdrawal came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// No consent is in force, and what was found is deleted.
    Removed,
    /// A later consent is in force, so nothing is deleted.
    ConsentedAgain,
    /// Nobody has the id.
    Nobody,
}

impl Store {
    /// Ends a user's consents from an instant on, at the latest from now, and deletes what was found, unless a later consent
    /// is in force. Without an instant all of them end now.
    ///
    /// # Errors
    /// The database cannot be written, or another transaction holds the user.
    pub async fn withdraw(&self, user_id: &str, at: Option<Timestamp>) -> Result<Withdrawn, Error> {
        let mut transaction = self.database.begin().await?;
        let values = [
            Value::Text(user_id.into()),
            Value::Text(instant(at.unwrap_or(Timestamp::MAX)).into()),
        ];
        let sql = self.database.sql();
        // First: it waits for a run that is writing results, so that these are there to be deleted.
        transaction.execute(sql.revoke, &values).await?;
        let withdrawn = self
            .remove_unless_in_force(&mut *transaction, user_id)
            .await?;
        transaction.commit().await?;
        Ok(withdrawn)
    }

    async fn remove_unless_in_force(
        &self,
        transaction: &mut dyn Transaction,
        user_id: &str,
    ) -> Result<Withdrawn, Error> {
        let sql = self.database.sql();
        let rows = transaction
            .fetch(sql.admitted, &[list(&[user_id])?])
            .await?;
        let Some(row) = rows.first() else {
            return Ok(Withdrawn::Nobody);
        };
        if row.text(3)? == "1" {
            return Ok(Withdrawn::ConsentedAgain);
        }
        let mut writes = Writes::default();
        self.withdrawal.remove(user_id, &mut writes);
        self.write_in(transaction, &writes).await?;
        Ok(Withdrawn::Removed)
    }
}
