//! Made-up people: the same seed, number and last day give the same people.

use fastrand::Rng;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use spendsense::currency::Currency;
use spendsense::model::{Card, Cents};

use crate::archetype::Archetype;
use crate::calendar::before;
use crate::household::{DAYS, Household};
use crate::rows::Person;

const FIRST_NAMES: [&str; 12] = [
    "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Grace", "Hugo", "Ines", "Jon", "Kaya", "Leo",
];
const LAST_NAMES: [&str; 12] = [
    "Abara", "Berg", "Costa", "Diaz", "Endo", "Fuchs", "Green", "Haddad", "Ito", "Jansen", "Kim",
    "Lopez",
];
const EMPLOYERS: [&str; 6] = [
    "Acme Corp",
    "Globex",
    "Initech",
    "Northwind",
    "Contoso",
    "Umbra Labs",
];

/// Makes people up.
#[derive(Clone, Copy, Debug)]
pub struct People {
    /// The seed of everything random: the same seed makes the same people.
    pub seed: u64,
    /// The last day of their data.
    pub until: Date,
}

impl People {
    /// Makes the person with a number, from 0. The number also decides the archetype.
    pub fn person(&self, number: usize) -> Person {
        let archetype = Archetype::of(number);
        self.of_archetype(format!("{}-{number}", archetype.name()), archetype)
    }

    /// Makes a person of an archetype. The id and the seed decide the details.
    pub fn of_archetype(&self, user_id: String, archetype: Archetype) -> Person {
        let number = user_id.bytes().fold(self.seed, |seed, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut random = Rng::with_seed(number);
        let days = match archetype {
            Archetype::Newcomer => 10,
            _ => DAYS,
        };
        let mut household = Household::new(user_id, self.until, days, &mut random);
        self.fill(archetype, &mut household);
        household.person
    }

    #[expect(clippy::too_many_lines, reason = "one archetype after the other")]
    fn fill(&self, archetype: Archetype, of: &mut Household<'_>) {
        let pick = |names: &[&str], random: &mut Rng| names[random.usize(..names.len())].to_owned();
        let (first, last) = (pick(&FIRST_NAMES, of.random), pick(&LAST_NAMES, of.random));
        of.person.name = format!("{first} {last}");
        of.person.employer = Some(pick(&EMPLOYERS, of.random));
        self.consent(archetype, of);
        let salary = of.random.i64(150_000..280_000);
        let rent = of.random.i64(80_000..130_000);
        let checking = of.random.i64(150_000..600_000);
        match archetype {
            Archetype::HighUtilization => {
                let limit = of.random.i64(20..100) * 10_000;
                let used = of.random.i64(55..95);
                let minimum = of.random.i64(2_500..9_000);
                of.checking(checking).salary(salary).rent(rent);
                of.shopping("checking", 8, 6_000).shopping("card", 6, 9_000);
                of.card(limit * used / 100, card(limit, minimum, 300));
                of.card_interest(limit * used / 6_000, limit / 40)
                    .subscriptions("card", 1);
            }
            Archetype::SubscriptionHeavy => {
                let count = of.random.usize(5..9);
                of.checking(checking).salary(salary).rent(rent);
                of.card(60_000, card(800_000, 3_000, 60_000))
                    .subscriptions("card", count);
                of.shopping("checking", 9, 6_000).shopping("card", 4, 5_000);
            }
            Archetype::VariableIncome => {
                let little = of.random.i64(2_000..30_000);
                of.checking(little).gigs(45_000).rent(rent);
                of.shopping("checking", 14, 7_000)
                    .subscriptions("checking", 1);
            }
            Archetype::SavingsBuilder => {
                let saved = of.random.i64(700_000..3_000_000);
                let aside = of.random.i64(15_000..40_000);
                of.checking(checking).salary(salary).rent(rent);
                of.savings(saved).put_aside(aside).subscriptions("card", 2);
                of.card(40_000, card(900_000, 2_500, 40_000));
                of.shopping("checking", 6, 6_000).shopping("card", 6, 5_000);
            }
            Archetype::GeneralWellness
            | Archetype::WithoutConsent
            | Archetype::ConsentWithdrawn => {
                of.checking(checking).salary(salary).rent(rent);
                of.shopping("checking", 14, 6_000)
                    .subscriptions("checking", 2);
            }
            Archetype::NoTransactions => {
                of.checking(checking);
            }
            Archetype::NoAccounts => {}
            Archetype::Overdrawn => {
                let owed = of.random.i64(1_000..40_000);
                of.checking(-owed).salary(salary).rent(rent);
                of.shopping("checking", 12, 8_000);
            }
            Archetype::ZeroLimit => {
                of.checking(checking).salary(salary).rent(rent);
                of.savings(500_000).put_aside(20_000);
                of.card(12_000, card(0, 2_500, 60_000))
                    .shopping("card", 9, 3_000);
            }
            Archetype::Refunds => {
                of.checking(checking).shopping("checking", 5, 4_000);
                of.refund(3, 400_000)
                    .refund(40, 400_000)
                    .refund(100, 400_000);
            }
            Archetype::Newcomer => {
                of.checking(checking)
                    .salary(salary)
                    .shopping("checking", 10, 6_000);
            }
            Archetype::TwoAtOneMerchant => {
                of.checking(checking).salary(salary).rent(rent);
                of.subscription("checking", "Bundle Media", 1_999)
                    .subscription("checking", "Bundle Media", 799);
                of.subscription("checking", "Fit Club", 3_900).subscription(
                    "checking",
                    "News Daily",
                    1_700,
                );
                of.shopping("checking", 9, 6_000);
            }
            Archetype::RideDriver => {
                let little = of.random.i64(2_000..20_000);
                of.person.employer = None;
                of.checking(little).rides(23_000).rent(rent);
                of.shopping("checking", 12, 7_000);
            }
            Archetype::TwoEmployers => {
                of.person.employer = Some("Globex; Umbra Labs".to_owned());
                of.checking(checking).wages(14, 90_000, "GLOBEX SALARY");
                of.wages(30, 110_000, "SEPA CREDIT UMBRA LABS 0042")
                    .rent(rent);
                of.shopping("checking", 9, 5_000);
            }
            Archetype::PaidInFull => {
                of.checking(checking).salary(salary).rent(rent);
                of.card(1_200, card(500_000, 2_500, 0))
                    .one_in_a_month("card", 2_500);
                of.shopping("checking", 10, 6_000);
            }
            Archetype::InEuros => {
                of.currency = Currency::EUR;
                of.checking(checking)
                    .wages(30, salary * 2, "SEPA GUTSCHRIFT LOHN/GEHALT");
                of.rent(rent).subscriptions("checking", 6);
                of.shopping("checking", 9, 6_000);
            }
            Archetype::TwoCurrencies => {
                let used = of.random.i64(55..95);
                of.checking(checking).salary(salary).rent(rent);
                of.shopping("checking", 9, 6_000);
                of.currency = Currency::EUR;
                of.card(2_000 * used, card(200_000, 3_000, 40_000));
                of.shopping("card", 3, 5_000);
            }
            Archetype::TransfersOnly => {
                // Money that goes to savings and back is no saving.
                of.checking(checking)
                    .savings(800_000)
                    .put_aside_and_back(20_000);
            }
        }
    }

    fn consent(&self, archetype: Archetype, of: &mut Household<'_>) {
        let midnight = |ago| {
            let midnight = before(self.until, ago).at(0, 0, 0, 0);
            TimeZone::UTC.to_timestamp(midnight).unwrap_or_default()
        };
        of.person.consent = match archetype {
            Archetype::WithoutConsent => None,
            Archetype::ConsentWithdrawn => Some((midnight(100), Some(midnight(20)))),
            _ => Some((midnight(100), None)),
        };
    }
}

fn card(limit: Cents, minimum: Cents, above_minimum: Cents) -> Card {
    Card {
        limit_cents: Some(limit),
        minimum_payment_cents: Some(minimum),
        last_payment_cents: Some(minimum + above_minimum),
        is_overdue: false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use spendsense::features::Features;
    use spendsense::persona::Assignment;

    use super::*;

    const UNTIL: [Date; 4] = [
        date(2026, 11, 24),
        date(2026, 3, 1),
        date(2028, 2, 29),
        date(2026, 1, 1),
    ];

    #[test]
    fn people_become_what_they_are_made_for() {
        for until in UNTIL {
            let people = People { seed: 1, until };
            for number in 0..400 {
                let person = people.person(number);
                let [features, _, _] = Features::of(&person.user(), until);
                let found = Assignment::of(&features).persona;
                let expected = Archetype::of(number).persona();
                assert_eq!(
                    found,
                    expected.unwrap_or(found),
                    "{} {until}: {features:#?}",
                    person.user_id
                );
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_people() {
        let of = |seed| {
            let person = People {
                seed,
                until: UNTIL[0],
            }
            .person(4);
            format!("{person:?}")
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
