//! Tests of functions that are not built from the workspace: zips, images, and programs that stand for functions on one
//! machine. scripts/languages.sh runs the example `newsletter` with Python and Node.js.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{codegen, root, stderr, stdout};

const IMAGE: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mail:1";

/// Writes a spec with one job.
fn project(function: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let spec = format!(
        "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs: {{ j: {{ function: {{ {function} }}, triggers: [{{ event: e }}] }} }}\n"
    );
    fs::write(folder.path().join("pipeline.yaml"), spec).unwrap();
    folder
}

fn write_zip(path: &Path, file: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file(file, options).unwrap();
    zip.write_all(b"def handler(event, context): pass\n")
        .unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, &bytes).unwrap();
    bytes
}

const MAIL: &str = "zip: dist/mail.zip, runtime: python3.13, handler: mail.handler";

#[test]
fn a_zip_is_taken_byte_for_byte() {
    let project = project(MAIL);
    let folder = project.path();
    let output = codegen(folder, &["package"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("cannot read dist/mail.zip, the zip of j: build it before this"),
        "{said}"
    );

    write_zip(&folder.join("dist/mail.zip"), "src/mail.py");
    let output = codegen(folder, &["package"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("has no `mail.py`"), "{said}");

    let given = write_zip(&folder.join("dist/mail.zip"), "mail.py");
    // The processor of what is built here does not change what is there.
    let output = codegen(folder, &["package", "--architecture", "x86_64"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let artifacts = folder.join("terraform/artifacts");
    let [zip] = zips(&artifacts).try_into().unwrap();
    assert_eq!(fs::read(artifacts.join(&zip)).unwrap(), given);
    let hash = zip
        .strip_prefix("j-")
        .and_then(|name| name.strip_suffix(".zip"));
    let digits = hash.unwrap().chars().filter(char::is_ascii_hexdigit);
    assert_eq!(digits.count(), 16, "{zip}");
    let text = fs::read(artifacts.join("artifacts.tfvars.json")).unwrap();
    let variables: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        variables,
        json!({ "artifacts": { "j": { "architecture": "arm64", "path": format!("artifacts/{zip}") } } })
    );
    let again = codegen(folder, &["package"]);
    assert!(stderr(&again).contains("fresh"), "{}", stderr(&again));
}

/// Lists the zips in a folder.
fn zips(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut zips: Vec<String> = names
        .filter(|name| Path::new(name).extension().is_some_and(|is| is == "zip"))
        .collect();
    zips.sort();
    zips
}

/// A plan names its zips, so they stay until another plan is saved. What is of others stays, too.
#[test]
fn zips_that_nothing_names_go() {
    let project = project(MAIL);
    let folder = project.path();
    let artifacts = folder.join("terraform/artifacts");
    let build = |file: &str| {
        let before = zips(&artifacts);
        write_zip(&folder.join("dist/mail.zip"), file);
        let output = codegen(folder, &["package"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let after = zips(&artifacts);
        after.iter().find(|name| !before.contains(name)).cloned()
    };
    fs::create_dir_all(&artifacts).unwrap();
    for name in ["j.zip", "gone-0123456789abcdef.zip", "mine.zip"] {
        fs::write(artifacts.join(name), "").unwrap();
    }
    let first = build("mail.py").unwrap();
    assert_eq!(zips(&artifacts), [first.as_str(), "mine.zip"]);

    let planned = format!("00  dev.tfplan\n00  artifacts/{first}\n");
    fs::write(artifacts.join("dev.planned"), planned).unwrap();
    let second = build("mail/__init__.py").unwrap();
    let all = zips(&artifacts);
    assert!(
        all.len() == 3 && all.contains(&first) && all.contains(&second),
        "{all:?}"
    );
    let planned = format!("00 *dev.tfplan\n00 *artifacts/{second}\n");
    fs::write(artifacts.join("dev.planned"), planned).unwrap();
    let output = codegen(folder, &["package"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(zips(&artifacts), [second.as_str(), "mine.zip"]);
}

#[test]
fn a_zip_that_the_spec_takes_from_the_folder_stays() {
    let zip = "zip: terraform/artifacts/j.zip, runtime: python3.13, handler: mail.handler";
    let project = project(zip);
    let artifacts = project.path().join("terraform/artifacts");
    write_zip(&artifacts.join("j.zip"), "mail.py");
    for _ in 0..2 {
        let output = codegen(project.path(), &["package"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(zips(&artifacts).len(), 2);
        assert!(artifacts.join("j.zip").exists());
    }
}

#[test]
fn a_zip_that_somebody_changed_is_written_again() {
    let project = project(MAIL);
    let given = write_zip(&project.path().join("dist/mail.zip"), "mail.py");
    let artifacts = project.path().join("terraform/artifacts");
    assert!(codegen(project.path(), &["package"]).status.success());
    let [zip] = zips(&artifacts).try_into().unwrap();
    fs::write(artifacts.join(&zip), "other bytes").unwrap();
    let output = codegen(project.path(), &["package"]);
    assert!(stderr(&output).contains("wrote"), "{}", stderr(&output));
    assert_eq!(fs::read(artifacts.join(&zip)).unwrap(), given);
}

#[test]
fn an_image_has_no_zip() {
    let project = project(&format!("image: '{IMAGE}'"));
    let output = codegen(project.path(), &["package"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let artifacts = project.path().join("terraform/artifacts");
    let files: Vec<_> = fs::read_dir(artifacts)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(files, ["artifacts.tfvars.json"]);
}

/// A program called `aws` stands for the AWS CLI: it keeps what it would upload.
#[test]
fn a_zip_is_published_and_an_image_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let spec = format!(
        "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs:\n  j: {{ function: {{ {MAIL} }}, triggers: [{{ event: e }}] }}\n  i: {{ function: {{ image: '{IMAGE}' }}, triggers: [{{ event: e }}] }}\n"
    );
    fs::write(folder.join("pipeline.yaml"), spec).unwrap();
    let given = write_zip(&folder.join("dist/mail.zip"), "mail.py");
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    let aws = programs.join("aws");
    fs::write(&aws, "#!/bin/sh\ncp -R \"$5\" uploaded\n").unwrap();
    let made = Command::new("chmod").arg("+x").arg(&aws).status().unwrap();
    assert!(made.success());
    let path = std::env::var("PATH").unwrap();
    let publish = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_codegen"))
            .arg("publish")
            .args(arguments)
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", programs.display()))
            .output()
            .unwrap()
    };
    let output = publish(&["--bucket", "b"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = fs::read(folder.join("terraform/artifacts.auto.tfvars.json")).unwrap();
    let variables: Value = serde_json::from_slice(&text).unwrap();
    let artifacts = variables["artifacts"].as_object().unwrap();
    assert_eq!(artifacts.len(), 1, "{variables}");
    let key = artifacts["j"]["s3_key"].as_str().unwrap();
    assert_eq!(fs::read(folder.join("uploaded").join(key)).unwrap(), given);
    let same = publish(&["--check"]);
    assert!(same.status.success(), "{}", stderr(&same));
    write_zip(&folder.join("dist/mail.zip"), "mail/__init__.py");
    let other = publish(&["--check"]);
    let said = stderr(&other);
    assert_eq!(other.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with(&format!("differs   j: {key} is not what is built here, ")),
        "{said}"
    );
    let json = publish(&["--check", "--format", "json"]);
    let checked: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&checked["job"], &checked["is_published"]),
        (&json!("j"), &json!(false))
    );

    let nowhere = publish(&["--bucket", "b", "--environment", "prod"]);
    let said = stderr(&nowhere);
    assert_eq!(nowhere.status.code(), Some(2), "{said}");
    assert!(
        said.contains(
            "there is no environment prod: terraform/environments/prod.tfvars is missing"
        ),
        "{said}"
    );
    let environments = folder.join("terraform/environments");
    fs::create_dir(&environments).unwrap();
    fs::write(environments.join("prod.tfvars"), "environment = \"prod\"\n").unwrap();
    let unpublished = publish(&["--check", "--environment", "prod"]);
    assert_eq!(unpublished.status.code(), Some(2));
    let output = publish(&["--bucket", "b", "--environment", "prod"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(environments.join("prod.artifacts.tfvars.json").is_file());
    assert!(
        publish(&["--check", "--environment", "prod"])
            .status
            .success()
    );
}

fn run(folder: &Path) -> (Option<i32>, String) {
    let output = codegen(folder, &["run", "--event", "e", "--detail", "{}"]);
    let text = stdout(&output) + &stderr(&output);
    (output.status.code(), text)
}

#[test]
fn what_does_not_run_here_is_said() {
    for (function, expected) in [
        (MAIL.to_owned(), "the zip of j does not run here"),
        (
            format!("image: '{IMAGE}'"),
            "the image of j does not run here",
        ),
        (
            "existing: mail".to_owned(),
            "the function of j exists elsewhere",
        ),
    ] {
        let (_, said) = run(project(&function).path());
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_program_that_cannot_start_is_named_with_the_way_out() {
    let program = |command: &str| format!("{MAIL}, local: {{ command: {command} }}");
    for (function, expected) in [
        (
            program("[no-such-program, -v]"),
            "the function of j cannot run: there is no program no-such-program here: install it",
        ),
        (
            program("[./no-such-program]"),
            "/no-such-program here: install it",
        ),
        (
            format!("{MAIL}, local: {{ command: [sh], directory: nowhere }}"),
            "nowhere, its `local.directory`, is no folder",
        ),
    ] {
        let (code, said) = run(project(&function).path());
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    // A program that ends at once: what it said last is the reason.
    let ends = program("[sh, -c, 'echo No module named awslambdaric >&2; exit 1']");
    let (code, said) = run(project(&ends).path());
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(
            "the function ended before it took work (exit status: 1: No module named awslambdaric)"
        ),
        "{said}"
    );
    assert_eq!(
        said.matches("help: `pip install awslambdaric`").count(),
        1,
        "{said}"
    );
}

/// The reason of a program that ends is the last that it wrote: here that is what it was given.
#[test]
fn a_program_gets_what_lambda_would_give_it() {
    let script =
        "echo $1 $_HANDLER $LAMBDA_TASK_ROOT $PWD $AWS_LAMBDA_FUNCTION_NAME $GREETING >&2; exit 1";
    let project = project(&format!(
        "{MAIL}, environment: {{ GREETING: hello }}, local: {{ command: [sh, -c, '{script}', sh, a b], directory: mail }}"
    ));
    let mail = project.path().join("mail");
    fs::create_dir(&mail).unwrap();
    let mail = mail.canonicalize().unwrap();
    let mail = mail.display();
    let (_, said) = run(project.path());
    let expected = format!("(exit status: 1: a b mail.handler {mail} {mail} p-j-local hello)");
    assert!(said.contains(&expected), "{expected}\n{said}");
}

/// Runs a function of the example in Node.js, with the loop that ships with it.
#[test]
fn node_runs_by_the_loop_of_the_example() {
    if Command::new("node").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no Node.js here");
        return;
    }
    let example = root().join("examples/newsletter").canonicalize().unwrap();
    let runtime = example.join("runtime.mjs");
    let send = example.join("send");
    for (handler, detail, code, expected) in [
        (
            "send.handler",
            json!({ "title": "Hello", "address": "a", "parts": [1] }),
            0,
            "sent \"Hello\" with 1 parts",
        ),
        (
            "send.handler",
            json!({ "title": "Hello", "address": "a", "parts": [] }),
            1,
            "Error: the letter to a is empty",
        ),
        ("send.nothing", json!({}), 1, "exports no function nothing"),
        ("other.handler", json!({}), 1, "other.mjs, .cjs or .js"),
    ] {
        let project = project(&format!(
            "zip: a.zip, runtime: nodejs22.x, handler: {handler}, local: {{ command: [node, '{}', {handler}], directory: '{}' }}",
            runtime.display(),
            send.display()
        ));
        let spec = project.path().join("pipeline.yaml");
        let text = fs::read_to_string(&spec).unwrap();
        let declared = "external: true, detail: { title: string?, address: string?, parts: json? }";
        fs::write(&spec, text.replace("external: true", declared)).unwrap();
        let detail = detail.to_string();
        let output = codegen(
            project.path(),
            &["run", "--event", "e", "--detail", &detail, "--verbose"],
        );
        let said = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}
