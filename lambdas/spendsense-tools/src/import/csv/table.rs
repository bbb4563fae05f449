//! The rows of a table, and where the names of its columns are.

use csv::{ReaderBuilder, StringRecord};

use super::{Mapping, columns, presets};
use crate::import::Refusal;

/// The characters that may be between columns, the most usual first.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// The lines above which the names of the columns have to be.
const SEARCHED: usize = 60;

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) delimiter: char,
    /// The line of the names, and the names; without them columns have numbers.
    pub(super) names: Option<(u64, Vec<String>)>,
    /// The rows below the names that are not blank.
    pub(super) rows: Vec<Row>,
    /// Rows that are no rows, each with its line.
    pub(super) wrong: Vec<(u64, String)>,
}

/// A row, with its line.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    fields: StringRecord,
}

impl Row {
    /// Returns a field without outer spaces; nothing if the row is too short.
    pub(super) fn field(&self, column: usize) -> Option<&str> {
        self.fields.get(column).map(str::trim)
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| field.trim().is_empty())
    }

    fn names(&self) -> Vec<String> {
        let names = self.fields.iter();
        names.map(|name| name.trim().to_owned()).collect()
    }
}

impl Table {
    /// Reads the rows, with the separator with which the names of columns are found.
    pub(super) fn read(text: &str, mapping: &Mapping) -> Result<Self, Refusal> {
        let delimiters = match mapping.delimiter {
            Some(delimiter) if delimiter.is_ascii() => vec![delimiter],
            Some(_) => return Err(Refusal::new("the delimiter is not an ASCII character")),
            None => DELIMITERS.to_vec(),
        };
        let mut best: Option<(usize, Self)> = None;
        for delimiter in delimiters {
            let (rows, wrong) = rows(text, delimiter);
            let Some(table) = Self::with_names(delimiter, rows, wrong, mapping) else {
                continue;
            };
            let columns = table.names.as_ref().map_or_else(
                || table.rows.first().map_or(0, Row::len),
                |(_, names)| names.len(),
            );
            if best.as_ref().is_none_or(|(most, _)| columns > *most) {
                best = Some((columns, table));
            }
        }
        best.map(|(_, table)| table).ok_or_else(|| {
            Refusal::new("no line has the names of a table's columns: a day, an amount and a text")
                .or("--header LINE --date COLUMN --amount COLUMN --description COLUMN name them")
                .or("--no-header --date 1 --amount 2 --description 3 if no line has names")
        })
    }

    fn with_names(
        delimiter: char,
        mut rows: Vec<Row>,
        wrong: Vec<(u64, String)>,
        mapping: &Mapping,
    ) -> Option<Self> {
        let preset = mapping.preset.as_deref().and_then(presets::named);
        let is_nameless = mapping.no_header
            || preset.is_some_and(|preset| preset.is_nameless)
            || mapping.header.is_none() && presets::is_nameless(&rows);
        if is_nameless {
            return Some(Self {
                delimiter,
                names: None,
                rows,
                wrong,
            });
        }
        let place = if let Some(line) = mapping.header {
            rows.iter().position(|row| row.line == line)?
        } else {
            let mut above = rows.iter().take(SEARCHED);
            above.position(|row| columns::are_names(&row.names(), mapping))?
        };
        let below = rows.split_off(place + 1);
        let header = rows.pop()?;
        Some(Self {
            delimiter,
            names: Some((header.line, header.names())),
            rows: below,
            wrong: wrong
                .into_iter()
                .filter(|(line, _)| *line > header.line)
                .collect(),
        })
    }
}

/// Reads all rows that are not blank.
fn rows(text: &str, delimiter: char) -> (Vec<Row>, Vec<(u64, String)>) {
    let mut reader = ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    let mut fields = StringRecord::new();
    loop {
        let before = reader.position().line();
        match reader.read_record(&mut fields) {
            Ok(false) => return (rows, wrong),
            Ok(true) => {
                let line = fields.position().map_or(before, csv::Position::line);
                let fields = std::mem::take(&mut fields);
                let row = Row { line, fields };
                if !row.is_blank() {
                    rows.push(row);
                }
            }
            Err(error) => wrong.push((before, error.to_string())),
        }
    }
}
