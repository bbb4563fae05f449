//! SpendSense with a queue before each function.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Seeded, stderr, stdout};
use crate::support::root;

/// SpendSense's spec with a `buffer` for every job, in a folder of the workspace.
fn buffered(name: &str, buffer: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let spec = fs::read_to_string(root().join("pipeline.yaml")).unwrap();
    let spec = spec.replace(
        "    triggers:\n",
        &format!("    buffer: {buffer}\n    triggers:\n"),
    );
    assert_eq!(spec.matches("buffer:").count(), 3);
    let path = folder.join("pipeline.yaml");
    fs::write(&path, spec).unwrap();
    path
}

#[test]
fn a_sign_up_goes_through_a_queue_before_each_function() {
    check(
        &buffered("buffered", "{ batch: 10, max_concurrency: 2 }"),
        "",
    );
}

#[test]
fn a_sign_up_goes_through_a_fifo_queue_before_each_function() {
    check(&buffered("fifo", "{ fifo: true }"), ".fifo");
}

fn check(spec: &Path, ending: &str) {
    let seeded = Seeded::new();
    let user_id = "u-high-utilization";
    let output = seeded.command(&[
        "--spec",
        spec.to_str().unwrap(),
        "run",
        "--event",
        "user.signup",
        "--subject",
        user_id,
        "--from",
        "2025-12-31T12:00:00Z",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let tree = stdout(&output);
    let mut place = 0;
    for line in [
        "user.signup  u-high-utilization",
        "spendsense-compute-features-buffer-local",
        "spendsense-compute-features-local  ok",
        "features.computed  u-high-utilization",
        "spendsense-assign-persona-buffer-local",
        "spendsense-assign-persona-local  ok",
        "persona.assigned  u-high-utilization",
        "spendsense-generate-recommendations-buffer-local",
        "spendsense-generate-recommendations-local  ok",
    ] {
        let line = line.replace("buffer-local", &format!("buffer-local{ending}\n"));
        let found = tree[place..].find(&line);
        place += found.unwrap_or_else(|| panic!("{line}:\n{tree}"));
    }
    assert!(
        stderr(&output).contains("3 runs, 3 ok"),
        "{}",
        stderr(&output)
    );
    assert!(seeded.findings(user_id)["recommendations"].is_array());
}
