//! Income: how much comes in as wages, and how steadily.
//!
//! Wages are money into a checking account in the category `income`, over ACH: what says that it is pay or names an
//! employer, and what a payer sends who comes again and again ([`payers`](super::payers)). Deposits of one day count as
//! one. The frequency follows from the gaps between pay days, with room for weekends. A window with fewer than three pay
//! days cannot show it, so the next longer one does. With several payers, each may have its own.

use serde::{Deserialize, Serialize};

use super::payers;
use super::savings::months_of;
use crate::currency::Currency;
use crate::ledger::{Ledger, Window};
use crate::model::{AccountKind, Cents, WINDOWS, median, saturated};

/// The wages of a user in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Income {
    /// The currency of the amounts.
    #[serde(default)]
    pub currency: Currency,
    /// The number of pay days in the window.
    pub pay_days: usize,
    /// The sum of the wages, in cents.
    pub total_cents: Cents,
    /// How often wages come, by the shortest window that shows it; nothing with fewer than two pay days in the longest.
    pub frequency: Option<Frequency>,
    /// The median gap between those pay days, in days.
    pub median_gap_days: Option<i64>,
    /// The coefficient of variation of the wages of those days, in basis points.
    pub variability_bp: Option<i64>,
    /// Months of expenses that the checking accounts last, in hundredths.
    pub buffer_hundredths: Option<i64>,
    /// The same for the accounts in each other currency, by its code. Amounts of two currencies are never added up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_currencies: Vec<Self>,
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

/// The least number of pay days that show a frequency.
const SHOWN: usize = 3;

/// The wages of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PayDay {
    /// The number of days before the ledger's last day.
    ago: i32,
    amount: i128,
}

/// The wages of the whole ledger.
#[derive(Debug)]
pub(crate) struct Wages {
    /// The latest first.
    pay_days: Vec<PayDay>,
    /// Each payer's pay days, the latest first, and its frequency in the whole ledger.
    payers: Vec<(Vec<PayDay>, Option<Frequency>)>,
}

impl Wages {
    /// Finds the wages.
    pub(crate) fn of(ledger: &Ledger<'_>) -> Self {
        let payers = payers::all(ledger).into_iter().map(|payer| {
            let days = days(payer.deposits);
            let frequency = Frequency::of(&gaps(&days));
            (days, frequency)
        });
        let payers: Vec<(Vec<PayDay>, Option<Frequency>)> = payers.collect();
        let all = payers.iter().flat_map(|(days, _)| days);
        let mut all: Vec<(i32, i128)> = all.map(|day| (day.ago, day.amount)).collect();
        all.sort_unstable();
        Self {
            pay_days: days(all),
            payers,
        }
    }

    /// Returns the pay days of the last days.
    fn last(&self, days: i32) -> &[PayDay] {
        let end = self.pay_days.partition_point(|day| day.ago < days);
        &self.pay_days[..end]
    }

    /// Returns the pay days that show how often wages come, and their number of days: of the shortest window, from one on,
    /// that has enough of them; else of the longest.
    fn shown(&self, days: i32) -> (i32, &[PayDay]) {
        let longer = WINDOWS.into_iter().filter(|window| *window >= days);
        let mut all = longer.map(|window| (window, self.last(window)));
        let enough = all.find(|(_, pay_days)| pay_days.len() >= SHOWN);
        let longest = WINDOWS[WINDOWS.len() - 1];
        enough.unwrap_or_else(|| (longest, self.last(longest)))
    }

    /// Finds the frequency of pay days: their own, or else that of the largest of several payers who are all regular.
    fn frequency(&self, days: i32, gaps: &[i64]) -> Option<Frequency> {
        let together = Frequency::of(gaps)?;
        if together != Frequency::Irregular {
            return Some(together);
        }
        let paying = self.payers.iter().filter(|(pay_days, _)| {
            let latest = pay_days.first();
            latest.is_some_and(|day| day.ago < days)
        });
        let mut largest: Option<(i128, Frequency)> = None;
        for (pay_days, frequency) in paying {
            let frequency = frequency.filter(|of| *of != Frequency::Irregular);
            let Some(frequency) = frequency else {
                return Some(together);
            };
            let sum = pay_days.iter().map(|day| day.amount).sum();
            if largest.is_none_or(|(most, _)| sum > most) {
                largest = Some((sum, frequency));
            }
        }
        largest.map(|(_, frequency)| frequency)
    }
}

/// Joins deposits of one day, which come the latest first.
fn days(deposits: Vec<(i32, i128)>) -> Vec<PayDay> {
    let mut days: Vec<PayDay> = Vec::with_capacity(deposits.len());
    for (ago, amount) in deposits {
        match days.last_mut() {
            Some(day) if day.ago == ago => day.amount += amount,
            _ => days.push(PayDay { ago, amount }),
        }
    }
    days
}

fn gaps(pay_days: &[PayDay]) -> Vec<i64> {
    let gaps = pay_days.windows(2).map(|pair| pair[1].ago - pair[0].ago);
    gaps.map(i64::from).collect()
}

impl Income {
    /// Computes the income of a window from the wages of the whole ledger.
    pub(crate) fn of(wages: &Wages, window: Window<'_>) -> Self {
        let own = wages.last(window.days);
        let (days, shown) = wages.shown(window.days);
        let mut gaps = gaps(shown);
        let checking = window.user.balance(|kind| *kind == AccountKind::Checking);
        Self {
            currency: window.currency,
            pay_days: own.len(),
            total_cents: saturated(own.iter().map(|day| day.amount).sum()),
            frequency: wages.frequency(days, &gaps),
            median_gap_days: median(&mut gaps, |sum, of| saturated(sum / of)),
            variability_bp: variability(shown.iter().map(|day| day.amount)),
            buffer_hundredths: months_of(checking, window.monthly_expenses),
            other_currencies: Vec::new(),
        }
    }
}

impl Frequency {
    /// Finds the frequency of gaps; nothing without one.
    pub(super) fn of(gaps: &[i64]) -> Option<Self> {
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
    use crate::model::{Category, Channel, Transaction};
    use crate::testing::{as_of, checking, deposit, purchase, user};

    fn of(transactions: Vec<Transaction<'_>>) -> Income {
        let mut user = user([checking(50_000)]);
        user.employer = Some(" Globex ".to_owned());
        user.transactions = transactions;
        let ledger = Ledger::of(&user, as_of());
        Income::of(&Wages::of(&ledger), ledger.window(180))
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

    /// Computes the income of all windows of a user without an employer.
    fn windows(transactions: Vec<Transaction<'_>>) -> [Income; 3] {
        let mut user = user([checking(50_000)]);
        user.transactions = transactions;
        let ledger = Ledger::of(&user, as_of());
        WINDOWS.map(|days| Income::of(&Wages::of(&ledger), ledger.window(days)))
    }

    #[test]
    fn a_window_that_cannot_show_the_gap_takes_it_from_a_longer_one() {
        let seldom = [5, 65, 125].map(|ago| deposit(ago, 600_000)).to_vec();
        for income in windows(seldom) {
            assert_eq!(income.median_gap_days, Some(60));
            assert_eq!(income.frequency, Some(Frequency::Irregular));
        }
        let monthly = [5, 35, 66].map(|ago| deposit(ago, 200_000)).to_vec();
        let [income, _, _] = windows(monthly);
        assert_eq!((income.pay_days, income.total_cents), (1, 200_000));
        assert_eq!(income.frequency, Some(Frequency::Monthly));
    }

    #[test]
    fn two_employers_are_each_regular() {
        let mut both: Vec<Transaction<'_>> =
            (0..8).map(|of| deposit(2 + 14 * of, 150_000)).collect();
        both.extend((0..4).map(|of| Transaction {
            text: "GLOBEX SALARY",
            ..deposit(5 + 30 * of, 90_000)
        }));
        for income in windows(both.clone()) {
            assert_eq!(income.frequency, Some(Frequency::Biweekly));
        }
        // One who pays when there is work makes it irregular.
        both.extend([1, 4, 17].map(|ago| Transaction {
            text: "INITECH WAGES",
            ..deposit(ago, 90_000)
        }));
        let [income, _, _] = windows(both);
        assert_eq!(income.frequency, Some(Frequency::Irregular));
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
