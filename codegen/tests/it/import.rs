//! Tests of `codegen import`: on folders with templates and the expected result, and on a live bus. `SNAPSHOTS=overwrite` writes anew.

use std::fs;
use std::path::{Path, PathBuf};

use snapbox::{Data, assert_data_eq};

use crate::fake_aws::FakeAws;
use crate::support::{codegen, stderr, stdout, succeed, terraform};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    let folders = fs::read_dir(folder).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path()).collect();
    folders.sort();
    folders
}

fn template(case: &Path) -> PathBuf {
    let names = ["template.json", "template.yaml"].map(|name| case.join(name));
    names.into_iter().find(|path| path.exists()).unwrap()
}

#[test]
fn templates_become_what_is_recorded_and_nothing_is_dropped_silently() {
    let mut count = 0;
    for case in cases() {
        let folder = tempfile::tempdir().unwrap();
        let template = template(&case);
        let arguments = [
            "import",
            "--pipeline",
            "shop",
            "--color",
            "never",
            "--template",
        ];
        let template = [template.to_str().unwrap()];
        let output = codegen(folder.path(), &[&arguments[..], &template].concat());
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let recorded = |name: &str| Data::read_from(&case.join(name), None).raw();
        assert_data_eq!(stdout(&output), recorded("notes.txt"));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        assert_data_eq!(read("pipeline.yaml"), recorded("pipeline.yaml"));
        assert_data_eq!(read("terraform/imports.tf"), recorded("imports.tf"));
        accepted(folder.path());
        count += 1;
    }
    assert!(count >= 3);
}

/// Asserts that the spec makes a module, and that the import blocks are for addresses in it.
fn accepted(folder: &Path) {
    let output = codegen(folder, &["generate"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let root = folder.join("terraform");
    let spec = fs::read_to_string(folder.join("pipeline.yaml")).unwrap();
    // What the environment says of each value that the spec declares.
    let declared = spec.split("\nvalues:\n").nth(1).unwrap_or_default();
    let declared = declared.lines().take_while(|line| !line.is_empty());
    let values = declared.map(|line| format!("{} = \"x\"", line.split(':').next().unwrap().trim()));
    let values = match values.collect::<Vec<_>>().join(", ") {
        values if values.is_empty() => values,
        values => format!("  values      = {{ {values} }}\n"),
    };
    let module = format!(
        "module \"pipeline\" {{\n  source      = \"./pipeline\"\n  environment = \"dev\"\n{values}}}\n"
    );
    fs::write(root.join("main.tf"), module).unwrap();
    if let Some(mut init) = terraform(&root) {
        succeed(init.args(["init", "-backend=false", "-input=false", "-no-color"]));
        let mut fmt = terraform(&root).unwrap();
        assert_eq!(succeed(fmt.args(["fmt", "-check", "-recursive"])), "");
        let mut validate = terraform(&root).unwrap();
        succeed(validate.args(["validate", "-no-color"]));
    }
}

#[test]
fn files_that_are_there_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let template = template(&cases()[0]);
    let template = template.to_str().unwrap();
    let arguments = ["import", "--pipeline", "shop", "--template", template];
    for name in ["pipeline.yaml", "terraform/imports.tf"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine\n").unwrap();
        let output = codegen(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(&format!("{name} is there already")));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
        fs::remove_file(path).unwrap();
    }
    let spec = folder.path().join("pipeline.yaml");
    fs::write(&spec, "mine\n").unwrap();
    let output = codegen(folder.path(), &[&arguments[..], &["--force"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        fs::read_to_string(&spec)
            .unwrap()
            .contains("pipeline: shop")
    );
}

#[test]
fn what_makes_no_spec_is_said_and_nothing_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    for (text, reason) in [
        ("a: [", "not YAML"),
        ("a: 1", "it has no `Resources`"),
        (
            "Resources: {}",
            "no rule or schedule of t.yaml can be imported",
        ),
    ] {
        fs::write(&path, text).unwrap();
        let arguments = ["import", "--pipeline", "shop", "--template", "t.yaml"];
        let output = codegen(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(stderr(&output).contains(reason), "{}", stderr(&output));
    }
    assert!(!folder.path().join("pipeline.yaml").exists());
}

#[test]
fn a_live_bus_becomes_a_spec_that_verify_finds_deployed() {
    let folder = tempfile::tempdir().unwrap();
    let aws = FakeAws::start(FakeAws::deployment());
    let arguments = [
        "import",
        "--pipeline",
        "p",
        "--bus",
        "own-dev",
        "--format",
        "json",
    ];
    let output = aws.codegen(folder.path(), &arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["triggers"], 2);
    assert_eq!(report["import_blocks"], 9);
    let spec = fs::read_to_string(folder.path().join("pipeline.yaml")).unwrap();
    assert!(spec.contains("bus: own\n"), "{spec}");
    let imports = fs::read_to_string(folder.path().join("terraform/imports.tf")).unwrap();
    assert!(
        imports.contains("\"own-dev/p-one-event-dev/one\""),
        "{imports}"
    );
    assert!(imports.contains("\"theirs/p-one-event-dev\""), "{imports}");
    let verified = aws.codegen(folder.path(), &["verify"]);
    assert_eq!(stdout(&verified), "");
    assert!(verified.status.success(), "{}", stderr(&verified));
}
