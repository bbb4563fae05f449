//! Tests of `codegen graph` from outside. `SNAPSHOTS=overwrite` writes the recorded pictures anew.

use std::fs;
use std::path::Path;

use snapbox::{Data, assert_data_eq};

use crate::support::{codegen, root, stderr, stdout};

#[test]
fn pictures_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph");
    for (form, file) in [
        ("svg", "picture.svg"),
        ("mermaid", "picture.mmd"),
        ("dot", "picture.dot"),
    ] {
        let output = codegen(&folder, &["graph", "--as", form]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_data_eq!(
            stdout(&output),
            Data::read_from(&folder.join(file), None).raw()
        );
    }
}

#[test]
fn the_picture_of_the_readme_is_fresh() {
    let picture = fs::read_to_string(root().join("docs/spendsense.svg")).unwrap_or_default();
    let output = codegen(root(), &["graph"]);
    assert!(
        picture == stdout(&output),
        "docs/spendsense.svg is not what pipeline.yaml says: run `make generate`"
    );
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("](docs/spendsense.svg)"));
}

#[test]
fn a_spec_with_errors_has_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), "pipeline: p\n").unwrap();
    let output = codegen(folder.path(), &["graph"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "error: the spec pipeline.yaml has errors: `codegen check` shows them\n"
    );
}
