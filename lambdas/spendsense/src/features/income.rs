//! Income: what comes in as wages, and how steadily.
//!
//! A payroll deposit is money into a checking account in the category `income`, over ACH, whose text contains `PAYROLL` or
//! the employer's name. Those of one day are one. Frequency is judged by the gaps between pay days, with room for
//! weekends; it is unknown with fewer than two pay days, as in a window without income.

use std::collections::BTreeMap;

use jiff::civil::Date;

use serde::{Deserialize, Serialize};

use super::savings::months_of;
use crate::ledger::{Entry, Window, days_between};
use crate::model::{AccountKind, Category, Cents, Channel, median, saturated};

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Income {
    /// Pay days in the window.
    pub pay_days: usize,
    /// What came in on them.
    pub total_cents: Cents,
    /// How often.
    pub frequency: Option<Frequency>,
    /// Between pay days.
    pub median_gap_days: Option<i64>,
    /// The coefficient of variation of what comes in, in basis points.
    pub variability_bp: Option<i64>,
    /// Months of expenses that the checking accounts last, in hundredths.
    pub buffer_hundredths: Option<i64>,
}

/// How often wages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Every 6–8 days.
    Weekly,
    /// Every 13–15 days.
    Biweekly,
    /// Every 12–19 days: on two days of each month.
    SemiMonthly,
    /// Every 26–35 days.
    Monthly,
    /// None of these.
    Irregular,
}

impl Income {
    /// Looks for payroll deposits.
    pub(crate) fn of(window: Window<'_>) -> Self {
        let employer = window
            .user
            .employer
            .as_deref()
            .map(|name| name.trim().to_uppercase());
        let mut deposits: BTreeMap<Date, i128> = BTreeMap::new();
        let entries = window.entries.iter();
        for entry in entries.filter(|entry| is_payroll(entry, employer.as_deref())) {
            let deposit = entry.transaction;
            *deposits.entry(deposit.posted_on).or_default() -= i128::from(deposit.amount_cents);
        }
        let days: Vec<Date> = deposits.keys().copied().collect();
        let mut gaps: Vec<i64> = days
            .windows(2)
            .map(|pair| days_between(pair[0], pair[1]).into())
            .collect();
        let checking = window.user.balance(|kind| *kind == AccountKind::Checking);
        let amounts: Vec<i128> = deposits.into_values().collect();
        Self {
            pay_days: days.len(),
            total_cents: saturated(amounts.iter().sum()),
            frequency: Frequency::of(&gaps),
            median_gap_days: median(&mut gaps, |sum, of| saturated(sum / of)),
            variability_bp: variability(&amounts),
            buffer_hundredths: months_of(checking, window.monthly_expenses),
        }
    }
}

fn is_payroll(entry: &Entry<'_>, employer: Option<&str>) -> bool {
    let deposit = entry.transaction;
    let is_deposit = entry.account.kind == AccountKind::Checking
        && deposit.amount_cents < 0
        && deposit.category == Category::Income
        && deposit.channel == Channel::Ach;
    let is_named = |text: &str| {
        text.contains("PAYROLL")
            || employer.is_some_and(|employer| !employer.is_empty() && text.contains(employer))
    };
    is_deposit && is_named(&deposit.text.to_uppercase())
}

impl Frequency {
    fn of(gaps: &[i64]) -> Option<Self> {
        if gaps.is_empty() {
            return None;
        }
        let all_within =
            |days: std::ops::RangeInclusive<i64>| gaps.iter().all(|gap| days.contains(gap));
        Some(if all_within(6..=8) {
            Self::Weekly
        } else if all_within(13..=15) {
            Self::Biweekly
        } else if all_within(12..=19) {
            Self::SemiMonthly
        } else if all_within(26..=35) {
            Self::Monthly
        } else {
            Self::Irregular
        })
    }
}

/// `sqrt(n·Σx² − (Σx)²) · 10,000 / Σx`, root and division rounded down; unknown with fewer than two, or if they are too
/// large to be anybody's.
fn variability(amounts: &[i128]) -> Option<i64> {
    let sum: i128 = amounts.iter().sum();
    if amounts.len() < 2 || sum <= 0 {
        return None;
    }
    let count = i128::try_from(amounts.len()).ok()?;
    let squares = amounts.iter().try_fold(0_i128, |squares, amount| {
        squares.checked_add(amount.checked_mul(*amount)?)
    })?;
    let spread = squares
        .checked_mul(count)?
        .checked_sub(sum.checked_mul(sum)?)?;
    let deviation = spread.checked_isqrt()?;
    Some(saturated(deviation.checked_mul(10_000)? / sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::model::Transaction;
    use crate::testing::{as_of, checking, deposit, purchase, user};

    fn of(transactions: Vec<Transaction>) -> Income {
        let mut user = user([checking(50_000)]);
        user.employer = Some(" Globex ".to_owned());
        user.transactions = transactions;
        Income::of(Ledger::of(&user, as_of()).window(180))
    }

    fn paid(days: &[i64]) -> Income {
        of(days.iter().map(|ago| deposit(*ago, 100_000)).collect())
    }

    #[test]
    fn frequencies_have_their_limits() {
        use Frequency::{Biweekly, Irregular, Monthly, SemiMonthly, Weekly};
        for (days, expected) in [
            (&[0, 6, 14][..], Weekly),
            (&[0, 5], Irregular),
            (&[0, 9], Irregular),
            (&[0, 13, 28], Biweekly),
            (&[0, 12, 26], SemiMonthly),
            (&[0, 19, 31], SemiMonthly),
            (&[0, 20], Irregular),
            (&[0, 26, 61], Monthly),
            (&[0, 25], Irregular),
            (&[0, 36], Irregular),
            (&[0, 7, 37], Irregular),
        ] {
            assert_eq!(paid(days).frequency, Some(expected), "{days:?}");
        }
        assert_eq!(paid(&[3]).frequency, None);
        assert_eq!(paid(&[]).frequency, None);
    }

    #[test]
    fn the_median_gap_of_an_even_number_is_rounded_down() {
        assert_eq!(paid(&[0, 10, 31]).median_gap_days, Some(15));
        assert_eq!(paid(&[0, 46]).median_gap_days, Some(46));
        assert_eq!(paid(&[0]).median_gap_days, None);
    }

    #[test]
    fn deposits_of_one_day_are_one() {
        let found = of(vec![
            deposit(0, 40_000),
            deposit(0, 60_000),
            deposit(14, 100_000),
        ]);
        assert_eq!(
            (found.pay_days, found.total_cents, found.variability_bp),
            (2, 200_000, Some(0))
        );
    }

    #[test]
    fn variability_is_the_deviation_of_the_mean() {
        // 1,000 and 3,000: the mean 2,000, the deviation 1,000.
        let found = of(vec![deposit(0, 100_000), deposit(14, 300_000)]);
        assert_eq!(found.variability_bp, Some(5_000));
        assert_eq!(paid(&[0]).variability_bp, None);
    }

    #[test]
    fn only_wages_count() {
        let wages = deposit(1, 100_000);
        for other in [
            Transaction {
                channel: Channel::Other,
                ..wages.clone()
            },
            Transaction {
                category: Category::Transfer,
                ..wages.clone()
            },
            Transaction {
                text: "GIFT".to_owned(),
                ..wages.clone()
            },
            Transaction {
                amount_cents: 100_000,
                ..wages.clone()
            },
        ] {
            assert_eq!(of(vec![other]).pay_days, 0);
        }
        let named = Transaction {
            text: "globex corp salary".to_owned(),
            ..wages
        };
        assert_eq!(of(vec![named]).pay_days, 1);
    }

    #[test]
    fn the_buffer_is_what_checking_lasts() {
        assert_eq!(
            of(vec![purchase("c", 1, 300_000)]).buffer_hundredths,
            Some(100)
        );
        assert_eq!(
            of(vec![purchase("c", 1, 300_006)]).buffer_hundredths,
            Some(99)
        );
        assert_eq!(of(vec![]).buffer_hundredths, None);
    }
}
