//! Which files start the functions of `codegen dev` anew, and how often.

use serde_json::json;

use super::{Bus, SPEC, is_ready, request};

/// The missing program is no source of Rust.
#[test]
fn the_folder_of_a_program_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    std::fs::create_dir(&mail).unwrap();
    let local = "existing: bill, local: { command: [./run.sh], directory: mail }";
    let spec = SPEC.replace("existing: bill", local);
    std::fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    let bus = Bus::start(folder.path());
    let state = bus.until(|state| state["build"]["state"] == "failed");
    let text = state["build"]["text"].as_str().unwrap();
    assert!(
        text.contains("the function of bill cannot run: there is no program"),
        "{text}"
    );

    std::fs::write(mail.join("run.sh"), "#!/bin/sh\n").unwrap();
    let state = bus.until(is_ready);
    let functions = state["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 1, "{functions:?}");
    assert_eq!(bus.terminate(), Some(143));
}

#[test]
fn a_changed_source_starts_functions_anew_once_and_what_is_written_beside_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join("mail").join(path);
    for inside in ["target/debug", "node_modules/left-pad", "__pycache__"] {
        std::fs::create_dir_all(at(inside)).unwrap();
    }
    std::fs::write(at("run.sh"), "#!/bin/sh\n").unwrap();
    std::fs::write(at("rates.json"), "{}").unwrap();
    let local = "existing: bill, local: { command: [./run.sh], directory: mail }";
    let spec = SPEC.replace("existing: bill", local);
    std::fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    let bus = Bus::start_with(folder.path(), &["--trace", "mail/trace.ndjson"]);
    bus.until_built(1);

    let entry = json!({ "Source": "shop", "DetailType": "Order Placed", "Detail": r#"{"n":1}"# });
    let body = json!({ "Entries": [entry] }).to_string();
    request(&bus.address, "POST /", "AWSEvents.PutEvents", &body);
    for beside in [
        "mail.log",
        "target/debug/built.js",
        "node_modules/left-pad/index.js",
        "__pycache__/mail.py",
        "sent.sqlite",
        // Nothing uses a new file before another one has changed. It is watched from then on.
        "new.py",
    ] {
        std::fs::write(at(beside), "written").unwrap();
    }
    bus.look_around();
    bus.until_built(1);
    for (number, source) in ["run.sh", "rates.json", "new.py"].into_iter().enumerate() {
        std::fs::write(at(source), "#!/bin/sh\nexit 1\n").unwrap();
        bus.until_built(2 + number);
        bus.look_around();
        bus.until_built(2 + number);
    }
    assert_eq!(bus.terminate(), Some(143));
}
