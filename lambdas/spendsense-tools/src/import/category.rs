//! What a movement was, by the bank's word for it and by the words of its text.
//!
//! | The movement | What it becomes |
//! |---|---|
//! | money in that names an employer or says that it is pay | income |
//! | a transfer between one's own accounts, interest, a card's payment | by the words of its text |
//! | other money in | income on an account; a refund on a card, or if the text says so |
//! | other money out | a fee by the words of its text, else a purchase |
//!
//! Words are whole ones: PINTEREST is no interest, and COFFEE no fee.

use spendsense::model::{Category, Cents};
use spendsense::words::{Words, says_pay};

/// What the words of a text are held against.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Whether the account is a card.
    pub is_card: bool,
    /// The names of employers.
    pub employers: Vec<String>,
}

/// Transfers that are a way of paying others, not a move between one's own accounts.
const WAYS_OF_PAYING: [&str; 5] = [
    "CREDIT TRANSFER",
    "INSTANT TRANSFER",
    "MOBILE TRANSFER",
    "TRANSFER CREDIT",
    "WIRE TRANSFER",
];
const TRANSFER: [&str; 6] = [
    "TRANSFER",
    "TFR",
    "XFER",
    "UMBUCHUNG",
    "UEBERTRAG",
    "ÜBERTRAG",
];
const INTEREST: [&str; 7] = [
    "INTEREST",
    "ZINS",
    "ZINSEN",
    "HABENZINSEN",
    "SOLLZINSEN",
    "INTÉRÊTS",
    "RENTE BETAALD",
];
/// Payments of a card or a loan. A CARD PAYMENT TO a shop is a purchase.
const PAYMENT: [&str; 8] = [
    "AUTOPAY",
    "CARD PAYMENT",
    "CRCARDPMT",
    "CREDIT CRD PMT",
    "CREDIT CRD AUTOPAY",
    "LOAN PAYMENT",
    "LOAN PMT",
    "PAYMENT THANK YOU",
];
const REFUND: [&str; 6] = [
    "REFUND",
    "REFUNDED",
    "RETURN",
    "RETURNED",
    "REVERSAL",
    "ERSTATTUNG",
];
const FEE: [&str; 7] = [
    "FEE",
    "FEES",
    "SERVICE CHARGE",
    "SERVICE CHG",
    "ENTGELT",
    "GEBÜHR",
    "KONTOFÜHRUNG",
];

/// Finds the category of a movement; its amount is positive if money comes in.
pub fn category(text: &str, amount: Cents, said: Option<Category>, context: &Context) -> Category {
    let words = Words::of(text);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.say(phrase));
    let upper = text.to_uppercase();
    let is_employers = |name: &String| !name.is_empty() && upper.contains(&name.to_uppercase());
    let is_in = amount > 0;
    if !context.is_card && is_in && (context.employers.iter().any(is_employers) || says_pay(&words))
    {
        return Category::Income;
    }
    if let Some(said) = said {
        return match said {
            // A fee or interest of a purchase that comes back is no income.
            Category::Income if !is_in => Category::Purchase,
            Category::Purchase if is_in && context.is_card => Category::Refund,
            said => said,
        };
    }
    let is_own = says(&TRANSFER) && !says(&WAYS_OF_PAYING) && !says(&["SEPA"]);
    let is_payment = says(&PAYMENT) && !says(&["CARD PAYMENT TO", "CARD PAYMENT AT"]);
    if is_own {
        Category::Transfer
    } else if says(&INTEREST) {
        Category::Interest
    } else if is_payment || context.is_card && is_in && says(&["PAYMENT", "PYMT", "PMT"]) {
        Category::Payment
    } else if is_in && (context.is_card || says(&REFUND)) {
        Category::Refund
    } else if is_in {
        Category::Income
    } else if says(&FEE) {
        Category::Fee
    } else {
        Category::Purchase
    }
}

/// Says whether a text tells the direction of its money: in, out, or nothing of that.
pub fn direction(text: &str, is_card: bool) -> Option<bool> {
    let words = Words::of(text);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.say(phrase));
    let is_in = says(&[
        "REFUND",
        "PAYMENT THANK YOU",
        "DIRECT DEPOSIT",
        "DIRECT DEP",
        "PAYROLL",
    ]) || is_card && says(&["AUTOPAY", "ONLINE PAYMENT", "PAYMENT RECEIVED"])
        || !is_card && says_pay(&words);
    let is_out = says(&[
        "INTEREST CHARGE",
        "INTEREST CHARGED",
        "ANNUAL FEE",
        "LATE FEE",
    ]) || !is_card
        && says(&["ATM WITHDRAWAL", "CASH WITHDRAWAL", "DEBIT CARD PURCHASE"]);
    match (is_in, is_out) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Returns the merchant that a text names: its words without those that hold three digits or more, which are numbers of
/// shops, receipts and cards, and differ from one charge to the next.
pub fn merchant(text: &str) -> String {
    let is_name = |word: &&str| word.chars().filter(char::is_ascii_digit).count() < 3;
    let name: Vec<&str> = text.split_whitespace().filter(is_name).collect();
    if name.is_empty() {
        text.trim().to_owned()
    } else {
        name.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_and_the_sign_say_what_it_was() {
        use Category::{Fee, Income, Interest, Payment, Purchase, Refund, Transfer};
        for (text, amount, is_card, expected) in [
            ("CORNER MARKET", -1_200, false, Purchase),
            ("ACME PAYROLL", 100_000, false, Income),
            ("Transfer to savings", -5_000, false, Transfer),
            ("PAYMENT THANK YOU", 5_000, true, Payment),
            ("SHOE STORE", 5_000, true, Refund),
            ("INTEREST CHARGE", -900, true, Interest),
            ("MONTHLY FEE", -500, false, Fee),
            ("COFFEE CART", -500, false, Purchase),
            ("PINTEREST ADS", -2_000, true, Purchase),
            ("TRANSFERWISE INC", -2_000, false, Purchase),
            ("PAYMENTUS CITY", -2_000, true, Purchase),
            ("RETURNING HEROES", 2_000, false, Income),
            ("CARD PAYMENT TO TESCO", -2_000, false, Purchase),
            ("CARD PAYMENT", -2_000, false, Payment),
            (
                "SEPA CREDIT TRANSFER ACME GMBH SALARY",
                310_000,
                false,
                Income,
            ),
            ("SEPA CREDIT TRANSFER LANDLORD", -90_000, false, Purchase),
            ("TRANSFER ACME GMBH", 310_000, false, Income),
            ("LOHN/GEHALT 06.2026", 310_000, false, Income),
            ("STORE REFUND", 2_000, false, Refund),
        ] {
            let context = Context {
                is_card,
                employers: vec!["Acme GmbH".to_owned()],
            };
            assert_eq!(category(text, amount, None, &context), expected, "{text}");
        }
    }

    #[test]
    fn the_banks_own_word_comes_first() {
        let context = Context::default();
        for (text, amount, said, expected) in [
            ("QUARTERLY", -500, Category::Fee, Category::Fee),
            ("INTEREST", 42, Category::Interest, Category::Interest),
            ("SALARY", 42, Category::Transfer, Category::Income),
            ("SHOP", -42, Category::Income, Category::Purchase),
        ] {
            assert_eq!(category(text, amount, Some(said), &context), expected);
        }
    }

    #[test]
    fn a_merchants_name_is_without_numbers() {
        for (text, expected) in [
            ("SPOTIFY P2F3A1B2C3", "SPOTIFY"),
            ("NETFLIX.COM 866-579-7172 CA", "NETFLIX.COM CA"),
            ("24 HOUR FITNESS #0420", "24 HOUR FITNESS"),
            ("12345", "12345"),
        ] {
            assert_eq!(merchant(text), expected);
        }
    }
}
