//! Banks whose tables are known: which columns they have, and which sign is money out. A table is found by the names of
//! its columns, or the command line names the bank.

use super::table::Row;
use crate::import::amount::Decimal;
use crate::import::days;

/// What is known of a bank's table. An empty name is not known, and is found as in any other table.
#[derive(Debug)]
pub(super) struct Preset {
    pub(super) name: &'static str,
    /// Names that all have to be there, in lower case; with none the table is never found by them.
    headers: &'static [&'static str],
    /// Whether no line has the names.
    pub(super) is_nameless: bool,
    pub(super) date: &'static str,
    pub(super) date_format: &'static str,
    pub(super) amount: &'static str,
    pub(super) debit: &'static str,
    pub(super) credit: &'static str,
    pub(super) type_column: &'static str,
    pub(super) text: &'static [&'static str],
    pub(super) merchant: &'static str,
    pub(super) id: &'static str,
    pub(super) fee: &'static str,
    /// Whether a positive amount is money out.
    pub(super) is_positive_out: Option<bool>,
    pub(super) decimal: Option<Decimal>,
    pub(super) currency: &'static str,
}

const BLANK: Preset = Preset {
    name: "",
    headers: &[],
    is_nameless: false,
    date: "",
    date_format: "",
    amount: "",
    debit: "",
    credit: "",
    type_column: "",
    text: &[],
    merchant: "",
    id: "",
    fee: "",
    is_positive_out: None,
    decimal: None,
    currency: "",
};

/// The month first, as in the United States.
const US: Preset = Preset {
    date_format: "%m/%d/%Y",
    decimal: Some(Decimal::Point),
    currency: "USD",
    is_positive_out: Some(false),
    ..BLANK
};

/// The day first, as in the United Kingdom.
const UK: Preset = Preset {
    date_format: "%d/%m/%Y",
    decimal: Some(Decimal::Point),
    currency: "GBP",
    is_positive_out: Some(false),
    ..BLANK
};

/// Points between, as in Germany.
const GERMANY: Preset = Preset {
    decimal: Some(Decimal::Comma),
    currency: "EUR",
    is_positive_out: Some(false),
    ..BLANK
};

/// All presets, by name.
pub(super) const ALL: [Preset; 19] = [
    Preset {
        name: "amex",
        headers: &["date", "description", "card member", "account #", "amount"],
        date: "Date",
        amount: "Amount",
        text: &["Description"],
        is_positive_out: Some(true),
        ..US
    },
    Preset {
        name: "apple-card",
        headers: &[
            "transaction date",
            "clearing date",
            "merchant",
            "amount (usd)",
        ],
        date: "Clearing Date",
        amount: "Amount (USD)",
        text: &["Description"],
        merchant: "Merchant",
        is_positive_out: Some(true),
        ..US
    },
    Preset {
        name: "bank-of-america",
        headers: &["date", "description", "amount", "running bal."],
        date: "Date",
        amount: "Amount",
        text: &["Description"],
        ..US
    },
    Preset {
        name: "boursorama",
        headers: &["dateop", "dateval", "label", "amount", "accountnum"],
        date: "dateOp",
        amount: "amount",
        text: &["label"],
        merchant: "supplierFound",
        decimal: Some(Decimal::Comma),
        currency: "EUR",
        is_positive_out: Some(false),
        ..BLANK
    },
    Preset {
        name: "capital-one",
        headers: &["posted date", "card no.", "description", "debit", "credit"],
        date: "Posted Date",
        date_format: "",
        debit: "Debit",
        credit: "Credit",
        text: &["Description"],
        ..US
    },
    Preset {
        name: "chase",
        headers: &[
            "details",
            "posting date",
            "description",
            "amount",
            "balance",
        ],
        date: "Posting Date",
        amount: "Amount",
        text: &["Description"],
        ..US
    },
    Preset {
        name: "chase-card",
        headers: &[
            "transaction date",
            "post date",
            "description",
            "type",
            "amount",
            "memo",
        ],
        date: "Post Date",
        amount: "Amount",
        text: &["Description"],
        ..US
    },
    Preset {
        name: "citi",
        headers: &["status", "date", "description", "debit", "credit"],
        date: "Date",
        debit: "Debit",
        credit: "Credit",
        text: &["Description"],
        ..US
    },
    Preset {
        name: "discover",
        headers: &[
            "trans. date",
            "post date",
            "description",
            "amount",
            "category",
        ],
        date: "Post Date",
        amount: "Amount",
        text: &["Description"],
        is_positive_out: Some(true),
        ..US
    },
    Preset {
        name: "dkb",
        headers: &[
            "buchungsdatum",
            "wertstellung",
            "zahlungsempfänger*in",
            "verwendungszweck",
        ],
        date: "Buchungsdatum",
        amount: "Betrag (€)",
        text: &[
            "Zahlungsempfänger*in",
            "Zahlungspflichtige*r",
            "Verwendungszweck",
        ],
        merchant: "Zahlungsempfänger*in",
        ..GERMANY
    },
    Preset {
        name: "ing-nl",
        headers: &["datum", "naam / omschrijving", "af bij", "bedrag (eur)"],
        date: "Datum",
        amount: "Bedrag (EUR)",
        type_column: "Af Bij",
        text: &["Naam / Omschrijving", "Mededelingen"],
        merchant: "Naam / Omschrijving",
        decimal: Some(Decimal::Comma),
        currency: "EUR",
        ..BLANK
    },
    Preset {
        name: "lloyds",
        headers: &[
            "transaction date",
            "transaction description",
            "debit amount",
            "credit amount",
        ],
        date: "Transaction Date",
        debit: "Debit Amount",
        credit: "Credit Amount",
        text: &["Transaction Description"],
        ..UK
    },
    Preset {
        name: "mint",
        headers: &[
            "date",
            "description",
            "original description",
            "amount",
            "transaction type",
        ],
        date: "Date",
        amount: "Amount",
        type_column: "Transaction Type",
        text: &["Original Description"],
        merchant: "Description",
        is_positive_out: None,
        ..US
    },
    Preset {
        name: "monzo",
        headers: &[
            "transaction id",
            "date",
            "name",
            "amount",
            "local amount",
            "local currency",
        ],
        date: "Date",
        amount: "Amount",
        text: &["Name", "Description"],
        merchant: "Name",
        id: "Transaction ID",
        ..UK
    },
    Preset {
        name: "n26",
        headers: &["booking date", "value date", "partner name", "amount (eur)"],
        date: "Booking Date",
        date_format: "%Y-%m-%d",
        amount: "Amount (EUR)",
        text: &["Partner Name", "Payment Reference"],
        merchant: "Partner Name",
        decimal: Some(Decimal::Point),
        currency: "EUR",
        is_positive_out: Some(false),
        ..BLANK
    },
    Preset {
        name: "revolut",
        headers: &[
            "product",
            "started date",
            "completed date",
            "amount",
            "fee",
            "currency",
            "state",
        ],
        date: "Completed Date",
        amount: "Amount",
        text: &["Description"],
        merchant: "Description",
        fee: "Fee",
        decimal: Some(Decimal::Point),
        is_positive_out: Some(false),
        ..BLANK
    },
    Preset {
        name: "sparkasse",
        headers: &[
            "auftragskonto",
            "buchungstag",
            "verwendungszweck",
            "betrag",
            "info",
        ],
        date: "Buchungstag",
        amount: "Betrag",
        text: &[
            "Beguenstigter/Zahlungspflichtiger",
            "Buchungstext",
            "Verwendungszweck",
        ],
        merchant: "Beguenstigter/Zahlungspflichtiger",
        ..GERMANY
    },
    Preset {
        name: "starling",
        headers: &["date", "counter party", "reference", "amount (gbp)"],
        date: "Date",
        amount: "Amount (GBP)",
        text: &["Counter Party", "Reference"],
        merchant: "Counter Party",
        ..UK
    },
    Preset {
        name: "wells-fargo",
        is_nameless: true,
        date: "1",
        amount: "2",
        text: &["5"],
        ..US
    },
];

/// Finds the preset of a bank.
pub(super) fn named(name: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.name == name)
}

/// Finds the preset whose columns a table has; the one with the most of them.
pub(super) fn with_names(names: &[String]) -> Option<&'static Preset> {
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let is_there = |name: &str| names.iter().any(|of| of == name);
    let fitting = ALL.iter().filter(|preset| {
        !preset.headers.is_empty() && preset.headers.iter().all(|name| is_there(name))
    });
    fitting.max_by_key(|preset| preset.headers.len())
}

/// Whether rows are those of a bank that writes no names: day, amount, a star, nothing, text.
pub(super) fn is_nameless(rows: &[Row]) -> bool {
    !rows.is_empty()
        && rows.iter().take(5).all(|row| {
            let day = row.field(0).unwrap_or_default();
            row.len() == 5 && row.field(2) == Some("*") && days::read(day, "%m/%d/%Y").is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_sorted_and_found_by_their_own_columns() {
        assert!(ALL.is_sorted_by_key(|preset| preset.name));
        for preset in ALL.iter().filter(|preset| !preset.headers.is_empty()) {
            let names: Vec<String> = preset.headers.iter().map(|of| of.to_uppercase()).collect();
            let found = with_names(&names).map(|of| of.name);
            assert_eq!(found, Some(preset.name));
            assert!(
                preset
                    .headers
                    .iter()
                    .all(|name| *name == name.to_lowercase()),
                "{}",
                preset.name
            );
        }
    }
}
