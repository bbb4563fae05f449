//! Case folders: a spec, and everything that `check` says of it. `SNAPSHOTS=overwrite` writes anew.

use std::fs;
use std::path::Path;

use snapbox::{Data, assert_data_eq};

use crate::support::{codegen, stderr};

#[test]
fn findings_are_as_recorded() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut count = 0;
    for case in fs::read_dir(cases).unwrap() {
        let folder = case.unwrap().path();
        let output = codegen(&folder, &["check"]);
        assert_eq!(output.status.code(), Some(1), "{}", folder.display());
        assert!(output.stdout.is_empty());
        assert_data_eq!(
            stderr(&output),
            Data::read_from(&folder.join("stderr.txt"), None).raw()
        );
        let left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 2, "{left:?}");
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn programs_get_one_document_a_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/three-mistakes");
    let output = codegen(&folder, &["check", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let found: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let places: Vec<_> = found
        .iter()
        .map(|f| {
            (
                f["id"].as_str().unwrap(),
                f["line"].as_u64().unwrap(),
                f["column"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("unknown-key", 7, 5),
            ("invalid-duration", 12, 53),
            ("unknown-event", 14, 16)
        ]
    );
    assert!(found.iter().all(|finding| finding["help"].is_string()));
}
