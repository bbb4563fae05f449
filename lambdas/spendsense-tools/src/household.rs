//! The transactions of a made-up household: pay, spending, subscriptions, savings, cards.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::Date;
use spendsense::currency::Currency;
use spendsense::model::{Account, AccountKind, Card, Category, Cents, Channel};

use crate::calendar::{before, pay_day};
use crate::rows::{Person, Transaction};

/// The number of days of data that people have.
pub(crate) const DAYS: i64 = 200;

const CHECKING: &str = "checking";
const SAVINGS: &str = "savings";
const CARD: &str = "card";

/// Shops: people go to all of them so often that none looks like a subscription.
const SHOPS: [&str; 8] = [
    "Corner Market",
    "Green Grocer",
    "Mill Bakery",
    "Noodle House",
    "Coffee Cart",
    "City Transit",
    "Fuel Stop",
    "Pharmacy One",
];

/// Services that charge every month.
const SERVICES: [(&str, Cents); 10] = [
    ("Film Stream", 1_599),
    ("Tune Box", 1_099),
    ("Cloud Drive", 999),
    ("News Daily", 1_700),
    ("Fit Club", 3_900),
    ("Game Pass", 1_499),
    ("Meal Kit", 6_400),
    ("Learn Well", 2_900),
    ("Audio Books", 1_495),
    ("Photo Vault", 399),
];

/// Builds the data of a person up to a day.
pub(crate) struct Household<'r> {
    pub(crate) person: Person,
    pub(crate) random: &'r mut Rng,
    /// The last day.
    until: Date,
    /// The number of days of data.
    days: i64,
    /// The currency of the accounts that are added.
    pub(crate) currency: Currency,
}

impl<'r> Household<'r> {
    pub(crate) fn new(user_id: String, until: Date, days: i64, random: &'r mut Rng) -> Self {
        let person = Person {
            user_id,
            ..Person::default()
        };
        Self {
            person,
            random,
            until,
            days,
            currency: Currency::USD,
        }
    }

    pub(crate) fn checking(&mut self, balance: Cents) -> &mut Self {
        self.account(
            CHECKING,
            "Everyday Checking",
            AccountKind::Checking,
            balance,
        )
    }

    pub(crate) fn savings(&mut self, balance: Cents) -> &mut Self {
        self.account(SAVINGS, "Rainy Day Savings", AccountKind::Savings, balance)
    }

    pub(crate) fn card(&mut self, balance: Cents, card: Card) -> &mut Self {
        self.account(
            CARD,
            "Everyday Card",
            AccountKind::CreditCard(card),
            balance,
        )
    }

    fn account(&mut self, id: &str, name: &str, kind: AccountKind, balance: Cents) -> &mut Self {
        let account_id = self.account_id(id);
        self.person.accounts.push(Account {
            account_id,
            name: name.to_owned(),
            kind,
            currency: self.currency,
            balance_cents: balance,
        });
        self
    }

    fn account_id(&self, account: &str) -> String {
        format!("{}/{account}", self.person.user_id)
    }

    /// Adds wages every two weeks.
    pub(crate) fn salary(&mut self, amount: Cents) -> &mut Self {
        let mut ago = self.random.i64(0..14);
        while ago < self.days {
            // The pay day of a weekend that is not over yet is the Friday before it, too.
            let day = pay_day(before(self.until, ago));
            self.pay(day, amount);
            ago += 14;
        }
        self
    }

    /// Adds wages when there is work: several times a month, never at a steady pace.
    pub(crate) fn gigs(&mut self, amount: Cents) -> &mut Self {
        let mut ago = self.random.i64(0..3);
        for gap in [3, 10, 5].into_iter().cycle() {
            if ago >= self.days {
                break;
            }
            let varied = amount * self.random.i64(40..160) / 100;
            self.pay(before(self.until, ago), varied);
            ago += gap;
        }
        self
    }

    /// Adds payouts of a service when there is work, without a word that says pay.
    pub(crate) fn rides(&mut self, amount: Cents) -> &mut Self {
        let mut ago = self.random.i64(0..3);
        for gap in [2, 9, 4, 6].into_iter().cycle() {
            if ago >= self.days {
                break;
            }
            let varied = amount * self.random.i64(60..140) / 100;
            self.deposit(before(self.until, ago), varied, "RIDE APP EDI PAYMNT");
            ago += gap;
        }
        self
    }

    /// Adds wages so many days apart, with a text of their own.
    pub(crate) fn wages(&mut self, every: i64, amount: Cents, text: &str) -> &mut Self {
        let mut ago = self.random.i64(0..every);
        while ago < self.days {
            self.deposit(before(self.until, ago), amount, text);
            ago += every;
        }
        self
    }

    /// Adds one purchase in a month, at different shops.
    pub(crate) fn one_in_a_month(&mut self, account: &str, amount: Cents) -> &mut Self {
        let mut ago = self.random.i64(0..29);
        for shop in SHOPS.into_iter().cycle() {
            if ago >= self.days {
                break;
            }
            self.charge(account, before(self.until, ago), shop, amount);
            ago += 30;
        }
        self
    }

    fn pay(&mut self, day: Date, amount: Cents) {
        let employer = self.person.employer.clone().unwrap_or_default();
        let text = format!("{} PAYROLL {day}", employer.to_uppercase());
        self.deposit(day, amount, &text);
    }

    fn deposit(&mut self, day: Date, amount: Cents, text: &str) {
        self.post(CHECKING, day, -amount, |of| {
            of.category = Category::Income;
            of.channel = Channel::Ach;
            text.clone_into(&mut of.text);
        });
    }

    /// Adds rent on the first of each month.
    pub(crate) fn rent(&mut self, amount: Cents) -> &mut Self {
        for ago in 0..self.days {
            let day = before(self.until, ago);
            if day.day() == 1 {
                self.post(CHECKING, day, amount, |of| {
                    of.channel = Channel::Ach;
                    "RENT".clone_into(&mut of.text);
                });
            }
        }
        self
    }

    /// Adds small purchases, about so many in ten days.
    pub(crate) fn shopping(&mut self, account: &str, in_ten_days: i64, most: Cents) -> &mut Self {
        for ago in 0..self.days {
            let mut chances = in_ten_days;
            while chances > 0 {
                if self.random.i64(0..10) < chances {
                    self.purchase(account, before(self.until, ago), most);
                }
                chances -= 10;
            }
        }
        self
    }

    fn purchase(&mut self, account: &str, day: Date, most: Cents) {
        let shop = SHOPS[self.random.usize(..SHOPS.len())];
        let amount = self.random.i64(300..most);
        self.charge(account, day, shop, amount);
        if self.random.u8(..) < 4 {
            let pending = self.person.transactions.last_mut();
            if let Some(pending) = pending.filter(|_| day == self.until) {
                pending.is_pending = true;
            }
        }
    }

    pub(crate) fn charge(&mut self, account: &str, day: Date, merchant: &str, amount: Cents) {
        self.post(account, day, amount, |of| {
            of.channel = Channel::Card;
            of.text = format!("{} #{:04}", merchant.to_uppercase(), amount % 10_000);
            of.merchant = Some(merchant.to_owned());
        });
    }

    /// Adds so many services, charged every 30 days.
    pub(crate) fn subscriptions(&mut self, account: &str, count: usize) -> &mut Self {
        for (merchant, amount) in SERVICES.into_iter().take(count) {
            self.subscription(account, merchant, amount);
        }
        self
    }

    pub(crate) fn subscription(
        &mut self,
        account: &str,
        merchant: &str,
        amount: Cents,
    ) -> &mut Self {
        let mut ago = self.random.i64(0..29);
        while ago < self.days {
            let late = self.random.i64(0..2);
            let day = before(self.until, (ago - late).max(0));
            self.charge(account, day, merchant, amount);
            ago += 30;
        }
        self
    }

    /// Puts money aside every two weeks: a transaction on both accounts.
    pub(crate) fn put_aside(&mut self, amount: Cents) -> &mut Self {
        self.transfers(&[amount])
    }

    /// Puts money aside every two weeks, and takes it back on the same day.
    pub(crate) fn put_aside_and_back(&mut self, amount: Cents) -> &mut Self {
        self.transfers(&[amount, -amount])
    }

    fn transfers(&mut self, amounts: &[Cents]) -> &mut Self {
        let mut ago = self.random.i64(0..14);
        while ago < self.days {
            let day = before(self.until, ago);
            let both = |amount: &Cents| [(CHECKING, *amount), (SAVINGS, -*amount)];
            for (account, amount) in amounts.iter().flat_map(both) {
                self.post(account, day, amount, |of| {
                    of.category = Category::Transfer;
                    "TRANSFER TO SAVINGS".clone_into(&mut of.text);
                });
            }
            ago += 14;
        }
        self
    }

    /// Adds interest on the card and a payment, every month.
    pub(crate) fn card_interest(&mut self, interest: Cents, payment: Cents) -> &mut Self {
        let mut ago = self.random.i64(1..28);
        while ago < self.days {
            let day = before(self.until, ago);
            self.post(CARD, day, interest, |of| {
                of.category = Category::Interest;
                "INTEREST CHARGE".clone_into(&mut of.text);
            });
            for (account, amount) in [(CHECKING, payment), (CARD, -payment)] {
                self.post(account, day, amount, |of| {
                    of.category = Category::Payment;
                    of.channel = Channel::Ach;
                    "CARD PAYMENT".clone_into(&mut of.text);
                });
            }
            ago += 30;
        }
        self
    }

    /// Adds a refund, some days ago.
    pub(crate) fn refund(&mut self, ago: i64, amount: Cents) -> &mut Self {
        let day = before(self.until, ago);
        self.post(CHECKING, day, -amount, |of| {
            of.category = Category::Refund;
            of.channel = Channel::Card;
            "REFUND".clone_into(&mut of.text);
        });
        self
    }

    fn post(
        &mut self,
        account: &str,
        day: Date,
        amount: Cents,
        change: impl FnOnce(&mut Transaction),
    ) {
        let first = self.until.saturating_sub(DAYS.days());
        if day < first || day > self.until {
            return;
        }
        let mut transaction = Transaction {
            transaction_id: format!("{}/{}", self.person.user_id, self.person.transactions.len()),
            account_id: self.account_id(account),
            posted_on: day,
            amount_cents: amount,
            category: Category::Purchase,
            channel: Channel::Other,
            text: String::new(),
            merchant: None,
            is_pending: false,
        };
        change(&mut transaction);
        self.person.transactions.push(transaction);
    }
}
