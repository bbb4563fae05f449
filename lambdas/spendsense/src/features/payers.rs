//! Who pays wages.
//!
//! A deposit is named if its text says that it is pay, or names an employer. A payer of other deposits counts if it comes on
//! at least three days of the longest window, with at least $100.00 in all: alone if there are no named deposits, and
//! otherwise beside them if its pay days are regular. Money from friends comes over services of their own, and is no pay.

use std::collections::BTreeMap;

use super::income::Frequency;
use crate::ledger::{Entry, Ledger};
use crate::model::{AccountKind, Category, Channel};
use crate::words::{Words, says_pay};

/// A payer of wages.
#[derive(Debug, Default)]
pub(super) struct Payer {
    /// The deposits, each with the number of days before the last one, the latest first.
    pub(super) deposits: Vec<(i32, i128)>,
    is_named: bool,
}

/// The least number of days on which a payer comes that is not named.
const DAYS: usize = 3;
/// The least sum of such a payer, in US cents.
const SUM: i64 = 10_000;
/// Services for money among friends.
pub(crate) const FRIENDS: [&str; 3] = ["CASH APP", "VENMO", "ZELLE"];

/// Finds the payers, by name.
pub(super) fn all(ledger: &Ledger<'_>) -> Vec<Payer> {
    let employer = ledger.user.employer.as_deref().unwrap_or_default();
    let employers = employer.split(';').map(|name| name.trim().to_uppercase());
    let employers: Vec<String> = employers.filter(|name| !name.is_empty()).collect();
    let mut payers: BTreeMap<(bool, String), Payer> = BTreeMap::new();
    for entry in ledger.all().iter().filter(|entry| is_deposit(entry)) {
        let (is_named, name) = payer(entry.transaction.text, &employers);
        let payer = payers.entry((is_named, name)).or_default();
        payer.is_named = is_named;
        let amount = -i128::from(entry.transaction.amount_cents);
        payer.deposits.push((entry.ago, amount));
    }
    let is_any_named = payers.keys().any(|(is_named, _)| *is_named);
    let least = i128::from(ledger.currency.amount(SUM));
    let counts = |(is_named, name): &(bool, String), payer: &Payer| {
        *is_named || payer.comes_again(name, least) && (!is_any_named || payer.is_regular())
    };
    let payers = payers
        .into_iter()
        .filter(|(name, payer)| counts(name, payer));
    payers.map(|(_, payer)| payer).collect()
}

fn is_deposit(entry: &Entry<'_>) -> bool {
    let deposit = entry.transaction;
    deposit.category == Category::Income
        && deposit.channel == Channel::Ach
        && deposit.amount_cents < 0
        && entry.account.kind == AccountKind::Checking
}

/// Returns whether a deposit is named, and the payer: the employer, or the words of the text that hold no digit.
fn payer(text: &str, employers: &[String]) -> (bool, String) {
    let upper = text.to_uppercase();
    if let Some(employer) = employers.iter().find(|name| upper.contains(name.as_str())) {
        return (true, employer.clone());
    }
    let words = Words::of(text);
    let is_named = upper.contains("PAYROLL") || says_pay(&words);
    let is_name = |word: &&str| !word.chars().any(|c| c.is_ascii_digit());
    let name: Vec<&str> = words.iter().filter(is_name).collect();
    (is_named, name.join(" "))
}

impl Payer {
    fn days(&self) -> Vec<i64> {
        let mut days: Vec<i64> = self.deposits.iter().map(|(ago, _)| (*ago).into()).collect();
        days.dedup();
        days
    }

    fn comes_again(&self, name: &str, least: i128) -> bool {
        let sum: i128 = self.deposits.iter().map(|(_, amount)| amount).sum();
        let words = Words::of(name);
        let is_friend = FRIENDS.iter().any(|service| words.say(service));
        !name.is_empty() && !is_friend && sum >= least && self.days().len() >= DAYS
    }

    fn is_regular(&self) -> bool {
        let days = self.days();
        let gaps: Vec<i64> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Frequency::of(&gaps).is_some_and(|of| of != Frequency::Irregular)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Transaction;
    use crate::testing::{as_of, checking, deposit, user};

    fn sums(employer: Option<&str>, deposits: &[(&'static str, &[i64], i64)]) -> Vec<i128> {
        let mut user = user([checking(0)]);
        user.employer = employer.map(str::to_owned);
        for (text, days, cents) in deposits {
            user.transactions.extend(days.iter().map(|ago| Transaction {
                text,
                ..deposit(*ago, *cents)
            }));
        }
        let ledger = Ledger::of(&user, as_of());
        let sum = |payer: Payer| payer.deposits.iter().map(|(_, amount)| amount).sum();
        all(&ledger).into_iter().map(sum).collect()
    }

    #[test]
    fn a_payer_who_comes_again_is_income() {
        let rides = ("UBER USA EDI PAYMNT 0042", &[2, 9, 13][..], 20_154);
        assert_eq!(sums(None, &[rides]), [60_462]);
        for none in [
            ("UBER USA EDI PAYMNT", &[2, 9, 9][..], 20_154),
            ("UBER USA EDI PAYMNT", &[2, 9, 13], 3_333),
            ("ZELLE FROM BOB", &[2, 9, 13], 20_154),
            ("0042", &[2, 9, 13], 20_154),
        ] {
            assert_eq!(sums(None, &[none]), [0_i128; 0], "{none:?}");
        }
    }

    #[test]
    fn beside_named_pay_only_the_regular_count() {
        let pay = ("ACME PAYROLL", &[1, 15, 29][..], 100_000);
        let regular = ("PENSIONSKASSE", &[3, 33, 64][..], 50_000);
        let rides = ("UBER USA", &[2, 9, 13][..], 20_154);
        assert_eq!(sums(None, &[pay, regular, rides]), [150_000, 300_000]);
    }

    #[test]
    fn several_employers_are_named() {
        let texts = [
            ("SEPA GUTSCHRIFT ACME GMBH 06", &[1][..], 100_000),
            ("SEPA GUTSCHRIFT ACME GMBH JULI", &[31][..], 100_000),
            ("GLOBEX LTD", &[5][..], 50_000),
            ("GIFT", &[6][..], 50_000),
        ];
        assert_eq!(sums(Some("Acme; Globex"), &texts), [200_000, 50_000]);
        assert_eq!(sums(Some(" ; "), &texts), [0_i128; 0]);
    }
}
