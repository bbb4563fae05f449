//! CAMT.053 of ISO 20022, and CAMT.052 and 054, whose entries are the same, in every version.
//!
//! An amount names its currency and has a point. `CdtDbtInd` is the direction, also of a reversal, where `RvslInd` only
//! says that it is one. An entry is booked (`BOOK`), pending (`PDNG`) or for information (`INFO`), which is no movement.
//! <https://www.iso20022.org/iso-20022-message-definitions>

use std::collections::BTreeMap;

use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;
use spendsense::currency::Currency;
use spendsense::model::Category;

use super::amount::{Decimal, Style};
use super::{Entry, Refusal, Statement};

/// The elements that are a statement, a report or a notification.
const STATEMENTS: [&str; 3] = ["Stmt", "Rpt", "Ntfctn"];

/// The values below an element, by their path below it.
#[derive(Default)]
struct Values {
    line: u64,
    texts: BTreeMap<String, Vec<String>>,
    /// The currency of the amount.
    currency: Option<String>,
}

impl Values {
    /// Returns the first text at one of some paths.
    fn first(&self, paths: &[&str]) -> Option<&str> {
        let found = paths.iter().find_map(|path| self.texts.get(*path));
        found.and_then(|texts| texts.first()).map(String::as_str)
    }

    fn all(&self, path: &str) -> Vec<&str> {
        let texts = self.texts.get(path).into_iter().flatten();
        texts.map(String::as_str).collect()
    }

    /// Reads the amount, as the owner sees it.
    fn amount(&self) -> Result<(i64, Currency), String> {
        let code = self
            .currency
            .as_deref()
            .ok_or("the amount has no currency")?;
        let currency: Currency = code.parse()?;
        let written = self.first(&["Amt"]).ok_or("there is no amount")?;
        let amount = Style::fixed(Decimal::Point).read(written, currency)?.cents;
        match self.first(&["CdtDbtInd"]) {
            Some("CRDT") => Ok((amount, currency)),
            Some("DBIT") => Ok((-amount, currency)),
            other => Err(format!(
                "`{}` is neither CRDT nor DBIT",
                other.unwrap_or_default()
            )),
        }
    }

    fn day(&self, name: &str) -> Option<Date> {
        let paths = [format!("{name}/Dt"), format!("{name}/DtTm")];
        let written = self.first(&[&paths[0], &paths[1]])?;
        written.get(..10)?.parse().ok()
    }
}

/// Reads the statements of a file.
pub(super) fn read(text: &str) -> Result<Vec<Statement>, Refusal> {
    let mut reader = Reader::from_str(text);
    let mut walk = Walk::default();
    // Lines are counted as far as the reader has come.
    let (mut line, mut counted) = (1_u64, 0_usize);
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let wrong =
            |what: String, line: u64| Refusal::new(format!("line {line} is not XML: {what}"));
        let event = event.map_err(|error| wrong(error.to_string(), line))?;
        match event {
            Event::Eof if walk.path.is_empty() => break,
            Event::Eof => return Err(wrong("the file ends too early".to_owned(), line)),
            Event::Start(start) => {
                let currency = currency_of(&start);
                walk.open(start.local_name().as_ref(), currency, line);
            }
            Event::Empty(start) => {
                walk.open(start.local_name().as_ref(), None, line);
                walk.close();
            }
            Event::Text(text) => walk.text.push_str(&text.xml10_content()),
            Event::CData(text) => walk.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                if let Some(character) = character {
                    walk.text.push(character);
                } else {
                    let name = reference.xml10_content();
                    walk.text
                        .push_str(resolve_xml_entity(&name).unwrap_or_default());
                }
            }
            Event::End(_) => walk.close(),
            _ => {}
        }
        let passed = text.get(counted..at).unwrap_or_default();
        line += u64::try_from(passed.matches('\n').count()).unwrap_or_default();
        counted = at;
    }
    if walk.statements.is_empty() {
        return Err(
            Refusal::new("the file has no statement (`Stmt`)").or("export the account as CAMT.053")
        );
    }
    Ok(walk.statements)
}

fn currency_of(start: &quick_xml::events::BytesStart<'_>) -> Option<String> {
    let attributes = start.attributes().filter_map(Result::ok);
    let mut codes = attributes.filter(|of| of.key.local_name().as_ref() == "Ccy");
    codes.next().map(|of| of.value.into_owned())
}

/// Where the reader is, and what it has collected.
#[derive(Default)]
struct Walk {
    /// The elements that are open.
    path: Vec<String>,
    text: String,
    statements: Vec<Statement>,
    /// The entry or the balance that is open, and how many elements are around it.
    open: Option<(usize, Values)>,
    /// The currency that the element at hand names.
    currency: Option<String>,
}

impl Walk {
    fn open(&mut self, name: &str, currency: Option<String>, line: u64) {
        let is_below = |walk: &Self| {
            walk.path
                .last()
                .is_some_and(|last| STATEMENTS.contains(&last.as_str()))
        };
        if STATEMENTS.contains(&name) {
            self.statements.push(Statement::default());
        } else if matches!(name, "Ntry" | "Bal") && is_below(self) {
            let values = Values {
                line,
                ..Values::default()
            };
            self.open = Some((self.path.len() + 1, values));
        }
        self.path.push(name.to_owned());
        self.text.clear();
        self.currency = currency;
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let depth = self.path.len();
        let last = self.path.last().cloned().unwrap_or_default();
        match &mut self.open {
            Some((around, values)) if depth > *around => {
                let path = self.path[*around..].join("/");
                if path == "Amt" {
                    values.currency = self.currency.take();
                }
                if !text.is_empty() {
                    values.texts.entry(path).or_default().push(text);
                }
            }
            Some(_) => {
                if let (Some((_, values)), Some(statement)) =
                    (self.open.take(), self.statements.last_mut())
                {
                    if last == "Ntry" {
                        add_entry(&values, statement);
                    } else {
                        add_balance(&values, statement);
                    }
                }
            }
            None => {
                let statement = self
                    .path
                    .iter()
                    .rposition(|of| STATEMENTS.contains(&of.as_str()));
                if let (Some(place), Some(statement)) = (statement, self.statements.last_mut()) {
                    match self.path[place + 1..].join("/").as_str() {
                        "Acct/Id/IBAN" | "Acct/Id/Othr/Id" => statement.account = Some(text),
                        "Acct/Ccy" => statement.currency = text.parse().ok(),
                        _ => {}
                    }
                }
            }
        }
        self.path.pop();
    }
}

fn add_balance(values: &Values, statement: &mut Statement) {
    let kind = values.first(&["Tp/CdOrPrtry/Cd"]);
    if let (Some("CLBD"), Ok((cents, currency))) = (kind, values.amount()) {
        statement.currency.get_or_insert(currency);
        if statement.currency == Some(currency) {
            statement.balance = Some((cents, values.day("Dt")));
        }
    }
}

fn add_entry(values: &Values, statement: &mut Statement) {
    let status = values.first(&["Sts", "Sts/Cd"]);
    if status == Some("INFO") {
        return;
    }
    match entry(values, status == Some("PDNG")) {
        Ok((entry, currency)) => {
            let account = *statement.currency.get_or_insert(currency);
            if account == currency {
                statement.entries.push(entry);
            } else {
                let wrong = format!("the amount is in {currency}, and the account in {account}");
                statement.skipped.push((values.line, wrong));
            }
        }
        Err(wrong) => statement.skipped.push((values.line, wrong)),
    }
}

fn entry(values: &Values, is_pending: bool) -> Result<(Entry, Currency), String> {
    let (amount, currency) = values.amount()?;
    let posted_on = values.day("BookgDt").or_else(|| values.day("ValDt"));
    let posted_on = posted_on.ok_or("there is no day (`BookgDt`)")?;
    // The other party: of money in the debtor, of money out the creditor. With several payments in one entry there is none.
    let party = if amount > 0 { "Dbtr" } else { "Cdtr" };
    let details = "NtryDtls/TxDtls";
    let parties = values
        .all(&format!("{details}/RltdPties/{party}/Nm"))
        .into_iter()
        .chain(values.all(&format!("{details}/RltdPties/{party}/Pty/Nm")))
        .collect::<Vec<_>>();
    let payee = match parties.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    };
    let remittance = values.all(&format!("{details}/RmtInf/Ustrd")).join(" ");
    let additional = values.first(&["AddtlNtryInf"]).unwrap_or_default();
    let said = [payee.as_deref().unwrap_or_default(), remittance.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|of| !of.is_empty()).collect();
    let text = if said.is_empty() {
        additional.to_owned()
    } else {
        said.join(" ")
    };
    let id = values.first(&["AcctSvcrRef", "NtryDtls/TxDtls/Refs/AcctSvcrRef", "NtryRef"]);
    let entry = Entry {
        line: values.line,
        id: id.filter(|id| *id != "NOTPROVIDED").map(str::to_owned),
        posted_on,
        amount,
        text,
        payee,
        category: category(values, amount),
        is_pending,
    };
    Ok((entry, currency))
}

/// Reads the bank's code of the transaction, and the purpose of the payment.
fn category(values: &Values, amount: i64) -> Option<Category> {
    let purpose = values.first(&["NtryDtls/TxDtls/Purp/Cd"]);
    let code = |part: &str| {
        let (of_entry, of_details) = (
            format!("BkTxCd/Domn/{part}"),
            format!("NtryDtls/TxDtls/BkTxCd/Domn/{part}"),
        );
        values.first(&[&of_entry, &of_details]).map(str::to_owned)
    };
    let (family, sub) = (code("Fmly/Cd"), code("Fmly/SubFmlyCd"));
    let is_pay = matches!(purpose, Some("SALA" | "PENS" | "PAYR" | "BONU"))
        || sub.as_deref() == Some("SALA");
    match (family.as_deref(), sub.as_deref()) {
        _ if is_pay && amount > 0 => Some(Category::Income),
        (_, Some("INTR")) | (Some("INTR"), _) => Some(Category::Interest),
        (_, Some("CHRG" | "FEES" | "COMM")) if amount < 0 => Some(Category::Fee),
        _ => None,
    }
}
