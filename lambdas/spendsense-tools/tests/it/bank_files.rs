//! Bank files in the shapes that banks give them, with made-up data: `tests/bank-files/` has a folder for each, with the file, the
//! options, and what the command says. `SNAPSHOTS=overwrite` writes what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use serde_json::Value;
use spendsense_tools::import::save::{Owner, Plan, Stored, names};
use spendsense_tools::import::{self, Kind, Options};

use crate::databases::{Database, both};

const IMPORT: &str = env!("CARGO_BIN_EXE_spendsense-import");

/// The options of a case.
#[derive(Parser)]
struct Case {
    #[arg(long)]
    employer: Option<String>,
    #[arg(long, default_value = "checking")]
    account: String,
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    #[command(flatten)]
    options: Options,
}

/// The folders of all cases, in order.
fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bank-files");
    let folders = fs::read_dir(root).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|of| of.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 26, "{}", folders.len());
    folders
}

/// The bank's file in a folder.
fn file(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|of| of.unwrap().path());
    let mut files = files.filter(|path| !path.ends_with("arguments") && !path.ends_with("output"));
    files.next().unwrap()
}

/// The options in a folder: words, and quotes around several.
fn arguments(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("arguments")).unwrap_or_default();
    let mut arguments = Vec::new();
    for (index, part) in text.trim().split('"').enumerate() {
        if index % 2 == 1 {
            arguments.push(part.to_owned());
        } else {
            arguments.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    arguments
}

#[test]
fn every_shape_is_read_as_it_is_meant_or_refused_with_what_to_say() {
    let empty = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for folder in cases() {
        let file = file(&folder);
        let output = Command::new(IMPORT)
            .arg(file.file_name().unwrap())
            .args(["--dry-run", "--user", "me"])
            .args(arguments(&folder))
            .current_dir(&folder)
            .env(
                "DATABASE_URL",
                format!("sqlite:{}/no.sqlite", empty.path().display()),
            )
            .env("RUST_BACKTRACE", "1")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said = format!(
            "exit status {}\n{}{}",
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr)
        );
        let path = folder.join("output");
        if std::env::var("SNAPSHOTS").is_ok_and(|of| of == "overwrite") {
            fs::write(&path, &said).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if said != expected {
            wrong.push(format!("{}:\n{said}", folder.display()));
        }
        let is_refused = output.status.code() == Some(2);
        let name = folder.file_name().unwrap().to_str().unwrap();
        if name.starts_with("refused") {
            assert!(is_refused, "{name}: {said}");
        }
        assert!(!said.contains("backtrace"), "{said}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

/// Imports a file for a user of the same name as its folder. Returns the number of transactions; nothing if it is refused.
async fn imported(database: &Database, folder: &Path) -> Option<usize> {
    let words = arguments(folder);
    let case = Case::parse_from(["case".to_owned()].into_iter().chain(words));
    let user_id = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let owner = Owner {
        user_id: user_id.clone(),
        employers: names(case.employer.as_deref()),
        account: case.account,
        kind: case.kind,
        ..Owner::default()
    };
    let found = database.store.findings(&user_id).await.unwrap();
    let stored = Stored::of(found.as_ref(), &owner.account_id());
    let known = stored.known(&owner, case.options.currency);
    let statement = import::read(&fs::read(file(folder)).unwrap(), &case.options, known).ok()?;
    let plan = Plan::of(statement, &owner, &stored).unwrap();
    let count = plan.transactions.len();
    database.store.write(&plan.rows()).await.unwrap();
    Some(count)
}

#[tokio::test]
async fn a_file_that_comes_again_changes_nothing_on_both_databases() {
    let mut results: Vec<Vec<Value>> = Vec::new();
    for database in both().await {
        let mut found = Vec::new();
        for folder in cases() {
            let Some(count) = imported(&database, &folder).await else {
                continue;
            };
            let user = [folder.file_name().unwrap().to_str().unwrap().to_owned()];
            let once = database.findings(&user).await;
            assert_eq!(once[0]["transactions"], count, "{user:?}");
            imported(&database, &folder).await;
            let twice = database.findings(&user).await;
            assert_eq!(twice, once, "{}: {user:?}", database.name);
            found.extend(twice);
        }
        assert!(found.len() >= 26, "{}", found.len());
        results.push(found);
    }
    for others in results.windows(2) {
        assert_eq!(others[0], others[1]);
    }
}
