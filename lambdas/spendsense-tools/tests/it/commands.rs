//! Tests of the commands, as a person runs them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const SEED: &str = env!("CARGO_BIN_EXE_spendsense-seed");
const IMPORT: &str = env!("CARGO_BIN_EXE_spendsense-import");
const SHOW: &str = env!("CARGO_BIN_EXE_spendsense-show");
const ADMIN: &str = env!("CARGO_BIN_EXE_spendsense-admin");

/// Runs a command on the database of a folder.
fn run(folder: &TempDir, program: &str, arguments: &[&str]) -> (i32, String, String) {
    let url = format!("sqlite:{}/db/spendsense.sqlite", folder.path().display());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .env("DATABASE_URL", url)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    told(output)
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn shown(folder: &TempDir, user: &str) -> Value {
    let arguments = ["--user", user, "--format", "json"];
    let (code, out, err) = run(folder, SHOW, &arguments);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn seeding_is_deterministic_and_says_whom_it_made() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arguments = ["--users", "44", "--until", "2026-06-30"];
    let (code, out, err) = run(&one, SEED, &arguments);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("44 users with "), "{out}");
    assert!(out.contains("high-utilization-0 "), "{out}");
    run(&other, SEED, &arguments);
    // A second run changes nothing.
    run(&other, SEED, &arguments);
    let user = "subscription-heavy-1";
    assert_eq!(shown(&one, user), shown(&other, user));
    assert!(shown(&one, user)["transactions"].as_u64().unwrap() > 100);
}

#[test]
fn a_user_is_shown_as_tables() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--user", "u-1", "--archetype", "savings-builder"];
    let (code, out, _) = run(&folder, SEED, &arguments);
    assert_eq!(code, 0);
    assert!(out.starts_with("u-1: "), "{out}");
    let (code, out, _) = run(&folder, SHOW, &["--user", "u-1"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("u-1  "), "{out}");
    assert!(out.contains("consents since "), "{out}");
    assert!(out.contains("Rainy Day Savings"), "{out}");
    let (code, out, err) = run(&folder, SHOW, &["--user", "u-2"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(err, "nobody has the id u-2\n");
}

const EXPORT: &str = "\
\u{feff}Date,Description,Amount,Reference
2026-06-01,ACME PAYROLL,2500.00,r1
2026-06-02,\"MARKET, CORNER\",-12.34,r2
2026-06-31,BAD DAY,-1.00,r3
2026-06-03,BAD AMOUNT,twelve,r4
2026-06-03
2026-06-04,TRANSFER TO SAVINGS,-200.00,r5
";

fn write(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("export.csv");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_banks_export_is_imported_and_bad_rows_are_told_with_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, EXPORT);
    let arguments = [
        &file,
        "--user",
        "me",
        "--employer",
        "Acme",
        "--id",
        "Reference",
    ];
    for new in [3, 0] {
        let (code, out, err) = run(&folder, IMPORT, &arguments);
        assert_eq!(code, 1, "{err}");
        let expected =
            format!("3 transactions of me/checking imported, {new} of them new, 3 rows skipped\n");
        assert_eq!(out, expected);
        let err: Vec<&str> = err
            .lines()
            .filter(|line| !line.starts_with("note:"))
            .collect();
        let err = err.join("\n");
        let lines: Vec<&str> = err.lines().collect();
        let expected = [
            ":4: skipped: `2026-06-31` is not a day written as %Y-%m-%d",
            ":5: skipped: `twelve` is not an amount of money",
            ":6: skipped: ",
        ];
        assert_eq!(lines.len(), expected.len(), "{err}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected), "{line}");
        }
        assert_eq!(shown(&folder, "me")["transactions"], 3);
    }
}

#[test]
fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, EXPORT);
    let arguments = [&file, "--user", "me", "--amount", "Betrag"];
    let (code, _, err) = run(&folder, IMPORT, &arguments);
    assert_eq!(code, 2);
    let expected =
        "no column is called `Betrag`: there are `Date`, `Description`, `Amount`, `Reference`";
    assert!(err.contains(expected), "{err}");
    assert!(
        !Path::new(&folder.path().join("db")).exists(),
        "half-written"
    );
}

#[test]
fn another_banks_columns_and_numbers_are_read_by_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Buchungstag;Text;Betrag;Partner\n03.06.2026;Miete;1.200,50;Hausverwaltung\n";
    let file = write(&folder, text);
    let arguments = [
        &file,
        "--user",
        "me",
        "--date",
        "buchungstag",
        "--date-format",
        "%d.%m.%Y",
        "--amount",
        "Betrag",
        "--description",
        "Text",
        "--merchant",
        "Partner",
        "--delimiter",
        ";",
        "--decimal-comma",
        "--positive-out",
    ];
    let (code, out, err) = run(&folder, IMPORT, &arguments);
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        out,
        "1 transactions of me/checking imported, 1 of them new, 0 rows skipped\n"
    );
}

/// The account of a user, as it is shown.
fn account(folder: &TempDir, user: &str) -> Value {
    shown(folder, user)["accounts"][0].clone()
}

#[test]
fn what_a_later_file_does_not_say_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let june = "Date,Description,Amount\n2026-06-01,SEPA CREDIT TRANSFER ACME,2500.00\n2026-06-02,SHOP,-5.00\n";
    let file = write(&folder, june);
    let arguments = [
        &file,
        "--user",
        "me",
        "--name",
        "Ada",
        "--employer",
        "Acme",
        "--balance",
        "90000",
        "--kind",
        "savings",
    ];
    let (code, _, err) = run(&folder, IMPORT, &arguments);
    assert_eq!(code, 0, "{err}");
    let first = shown(&folder, "me");
    let july = "Date,Description,Amount\n2026-06-01,SEPA CREDIT TRANSFER ACME,2500.00\n2026-06-02,SHOP,-5.00\n2026-07-01,SHOP,-5.00\n";
    let file = write(&folder, july);
    let (code, out, err) = run(&folder, IMPORT, &[&file, "--user", "me"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("3 transactions of me/checking imported, 1 of them new"),
        "{out}"
    );
    let mut second = shown(&folder, "me");
    assert_eq!(second["transactions"], 3);
    second["transactions"] = first["transactions"].clone();
    assert_eq!(second, first);
    assert_eq!(account(&folder, "me")["balance_cents"], 90_000);
    // An older statement has an older balance.
    let older = "OFXHEADER:100\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><ACCTID>1<ACCTTYPE>SAVINGS</BANKACCTFROM>\
        <BANKTRANLIST></BANKTRANLIST><LEDGERBAL><BALAMT>1.00<DTASOF>20200101</LEDGERBAL></STMTRS></OFX>";
    let file = write(&folder, older);
    run(&folder, IMPORT, &[&file, "--user", "me"]);
    assert_eq!(account(&folder, "me")["balance_cents"], 90_000);
}

#[test]
fn a_withdrawn_consent_is_given_again_only_if_the_owner_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, EXPORT);
    run(&folder, IMPORT, &[&file, "--user", "me"]);
    let (code, _, err) = run(&folder, ADMIN, &["withdraw", "me"]);
    assert_eq!(code, 0, "{err}");
    let (_, _, err) = run(&folder, IMPORT, &[&file, "--user", "me"]);
    assert!(err.contains("me has withdrawn the consent"), "{err}");
    let consents = shown(&folder, "me")["consents"].clone();
    assert_eq!(consents.as_array().unwrap().len(), 1);
    assert!(consents[0]["revoked_at"].is_string(), "{consents}");
    run(&folder, IMPORT, &[&file, "--user", "me", "--consent"]);
    let consents = shown(&folder, "me")["consents"].clone();
    assert!(consents[0]["revoked_at"].is_string(), "{consents}");
    assert!(consents[1]["revoked_at"].is_null(), "{consents}");
}

#[test]
fn an_account_of_another_kind_or_currency_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, EXPORT);
    run(&folder, IMPORT, &[&file, "--user", "me"]);
    let card = "OFXHEADER:100\n<OFX><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>1</CCACCTFROM></CCSTMTRS></OFX>";
    let file = write(&folder, card);
    let (code, _, err) = run(&folder, IMPORT, &[&file, "--user", "me"]);
    assert_eq!(code, 2);
    assert!(err.contains("me/checking is a checking account"), "{err}");
    let file = write(
        &folder,
        &card.replace("USD", "EUR").replace("CCSTMTRS", "STMTRS"),
    );
    let (code, _, err) = run(&folder, IMPORT, &[&file, "--user", "me"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("me/checking is in USD, and the file in EUR"),
        "{err}"
    );
}

#[test]
fn the_tables_are_brought_up_to_date_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = run(&folder, ADMIN, &["check"]);
    assert_eq!(code, 1);
    assert!(err.contains("spendsense-admin migrate"), "{err}");
    for _ in 0..2 {
        let (code, out, _) = run(&folder, ADMIN, &["migrate"]);
        assert_eq!((code, out.as_str()), (0, "the tables are up to date\n"));
    }
    let (code, out, _) = run(&folder, ADMIN, &["check"]);
    assert_eq!((code, out.as_str()), (0, "the tables are up to date\n"));
    let (code, _, err) = run(&folder, ADMIN, &["delete-user", "nobody"]);
    assert_eq!(code, 1);
    assert!(err.contains("nobody has the id nobody"), "{err}");
}

#[test]
fn a_url_that_cannot_be_used_is_refused_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--database", "mysql://root:hunter2@db/x", "check"];
    let (code, _, err) = run(&folder, ADMIN, &arguments);
    assert_eq!(code, 1);
    assert!(
        err.contains("`mysql:`") && err.contains("sqlite:FILE"),
        "{err}"
    );
    assert!(!err.contains("hunter2"), "{err}");
}
