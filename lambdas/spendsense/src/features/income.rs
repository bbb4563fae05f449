//! Income: how much comes in as wages, and how steadily.
//!
//! A payroll deposit is money into a checking account in the category `income`, over ACH, whose text contains `PAYROLL` or
//! the employer's name. Deposits of one day count as one. The frequency follows from the gaps between pay days, with room
//! for weekends. It is unknown with fewer than two pay days, as in a window without income.

use serde::{Deserialize, Serialize};

use super::savings::months_of;
use crate::ledger::{Entry, Ledger, Window};
use crate::model::{AccountKind, Category, Cents, Channel, median, saturated};

/// The wages of a user in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Income {
    /// The number of pay days in the window.
    pub pay_days: usize,
    /// The sum of the wages, in cents.
    pub total_cents: Cents,
    /// How often wages come; nothing with fewer than two pay days.
    pub frequency: Option<Frequency>,
    /// The median gap between pay days, in days.
    pub median_gap_days: Option<i64>,
    /// The coefficient of variation of the wages, in basis points.
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

/// The wages of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PayDay {
    /// The number of days before the ledger's last day.
    ago: i32,
    amount: i128,
}

impl PayDay {
    /// Finds the pay days, the latest first.
    pub(crate) fn all(ledger: &Ledger<'_>) -> Vec<Self> {
        let employer = ledger.user.employer.as_deref();
        let employer = employer.map(|name| name.trim().to_uppercase());
        let mut found: Vec<Self> = Vec::new();
        for entry in ledger.all() {
            if !is_payroll(entry, employer.as_deref()) {
                continue;
            }
            let amount = -i128::from(entry.transaction.amount_cents);
            match found.last_mut() {
                Some(day) if day.ago == entry.ago => day.amount += amount,
                _ => found.push(Self {
                    ago: entry.ago,
                    amount,
                }),
            }
        }
        found
    }
}

impl Income {
    /// Computes the income of a window from the pay days of the whole ledger.
    pub(crate) fn of(pay_days: &[PayDay], window: Window<'_>) -> Self {
        let end = pay_days.partition_point(|day| day.ago < window.days);
        let pay_days = &pay_days[..end];
        let gaps = pay_days.windows(2).map(|pair| pair[1].ago - pair[0].ago);
        let mut gaps: Vec<i64> = gaps.map(i64::from).collect();
        let amounts = pay_days.iter().map(|day| day.amount);
        let checking = window.user.balance(|kind| *kind == AccountKind::Checking);
        Self {
            pay_days: pay_days.len(),
            total_cents: saturated(amounts.clone().sum()),
            frequency: Frequency::of(&gaps),
            median_gap_days: median(&mut gaps, |sum, of| saturated(sum / of)),
            variability_bp: variability(amounts),
            buffer_hundredths: months_of(checking, window.monthly_expenses),
        }
    }
}

fn is_payroll(entry: &Entry<'_>, employer: Option<&str>) -> bool {
    let deposit = entry.transaction;
    let is_deposit = deposit.category == Category::Income
        && deposit.channel == Channel::Ach
        && deposit.amount_cents < 0
        && entry.account.kind == AccountKind::Checking;
    let is_employers =
        |employer: &str| !employer.is_empty() && deposit.text.to_uppercase().contains(employer);
    is_deposit
        && (deposit.text.contains("PAYROLL")
            || deposit.text.to_uppercase().contains("PAYROLL")
            || employer.is_some_and(is_employers))
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

/// `sqrt(n·Σx² − (Σx)²) · 10,000 / Σx`, root and division rounded down; unknown with fewer than two amounts,
/// or if they are too large to be real.
fn variability(mut amounts: impl ExactSizeIterator<Item = i128> + Clone) -> Option<i64> {
    let sum: i128 = amounts.clone().sum();
    if amounts.len() < 2 || sum <= 0 {
        return None;
    }
    let count = i128::try_from(amounts.len()).ok()?;
    let squares = amounts.try_fold(0_i128, |squares, amount| {
        squares.checked_add(amount.checked_mul(amount)?)
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
    use crate::model::Transaction;
    use crate::testing::{as_of, checking, deposit, purchase, user};

    fn of(transactions: Vec<Transaction<'_>>) -> Income {
        let mut user = user([checking(50_000)]);
        user.employer = Some(" Globex ".to_owned());
        user.transactions = transactions;
        let ledger = Ledger::of(&user, as_of());
        Income::of(&PayDay::all(&ledger), ledger.window(180))
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
                ..wages
            },
            Transaction {
                category: Category::Transfer,
                ..wages
            },
            Transaction {
                text: "GIFT",
                ..wages
            },
            Transaction {
                amount_cents: 100_000,
                ..wages
            },
        ] {
            assert_eq!(of(vec![other]).pay_days, 0);
        }
        let named = Transaction {
            text: "globex corp salary",
            ..wages
        };
        assert_eq!(of(vec![named]).pay_days, 1);
    }

    #[test]
    fn the_buffer_is_what_checking_lasts() {
        assert_eq!(
            of(vec![purchase(0, 1, 300_000)]).buffer_hundredths,
            Some(100)
        );
        assert_eq!(
            of(vec![purchase(0, 1, 300_006)]).buffer_hundredths,
            Some(99)
        );
        assert_eq!(of(vec![]).buffer_hundredths, None);
    }
}
