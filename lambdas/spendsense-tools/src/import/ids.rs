//! The ids of transactions: a file that comes again changes nothing but what is new.
//!
//! The bank's own id is the transaction's. Without one it is made of day, amount and text, and of a number among those that
//! are equal in all three: two coffees of one day stay two, in the file of the day and in that of the month.

use std::collections::HashMap;

use super::Entry;

/// Gives each movement its id, without those that the file has twice.
pub fn with_ids(account_id: &str, entries: Vec<Entry>) -> Vec<(String, Entry)> {
    let mut equal: HashMap<String, u32> = HashMap::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<(String, Entry)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let what = content(&entry);
        let Some(id) = &entry.id else {
            let times = equal.entry(what.clone()).or_default();
            *times += 1;
            found.push((format!("{account_id}/{what} #{times}"), entry));
            continue;
        };
        let id = format!("{account_id}/{id}");
        match places.get(&id).map(|place| &mut found[*place]) {
            None => {
                places.insert(id.clone(), found.len());
                found.push((id, entry));
            }
            // The later one is final, or the same once more.
            Some((_, first)) if first.is_pending || content(first) == what => *first = entry,
            Some(_) if entry.is_pending => {}
            // A bank that gives one id to two movements.
            Some(_) => {
                let id = format!("{id} {what}");
                if !places.contains_key(&id) {
                    places.insert(id.clone(), found.len());
                    found.push((id, entry));
                }
            }
        }
    }
    found
}

/// Day, amount with money out as positive, and text.
fn content(entry: &Entry) -> String {
    format!(
        "{} {} {}",
        entry.posted_on,
        -i128::from(entry.amount),
        entry.text
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(id: Option<&str>, amount: i64, is_pending: bool) -> Entry {
        Entry {
            line: 1,
            id: id.map(str::to_owned),
            posted_on: date(2026, 6, 3),
            amount,
            text: "COFFEE".to_owned(),
            payee: None,
            category: None,
            is_pending,
        }
    }

    fn ids(entries: Vec<Entry>) -> Vec<String> {
        let found = with_ids("me/checking", entries);
        found.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn equal_rows_are_two_and_have_the_same_ids_in_a_longer_file() {
        let short = ids(vec![entry(None, -450, false)]);
        let long = ids(vec![
            entry(None, -450, false),
            entry(None, -451, false),
            entry(None, -450, false),
        ]);
        assert_eq!(short, ["me/checking/2026-06-03 450 COFFEE #1"]);
        assert_eq!(long[0], short[0]);
        assert_eq!(long[2], "me/checking/2026-06-03 450 COFFEE #2");
    }

    #[test]
    fn a_banks_id_is_one_transaction_unless_the_bank_gives_it_twice() {
        let of = |id, amount, is_pending| entry(Some(id), amount, is_pending);
        assert_eq!(ids(vec![of("T1", -1, false), of("T1", -1, false)]).len(), 1);
        let posted = with_ids("a", vec![of("T1", -1, true), of("T1", -2, false)]);
        assert_eq!((posted.len(), posted[0].1.amount), (1, -2));
        let late = with_ids("a", vec![of("T1", -2, false), of("T1", -1, true)]);
        assert_eq!((late.len(), late[0].1.amount), (1, -2));
        assert_eq!(ids(vec![of("0", -1, false), of("0", -2, false)]).len(), 2);
    }
}
