//! Zips that something else builds: looked at, and taken byte for byte.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use pipeline::model::{Function, Zip};
use zip::ZipArchive;

use super::elf;

/// Reads a zip, and refuses one that would not run.
///
/// # Errors
/// The file is not there, is no zip, lacks the file that the handler is in, or is larger than Lambda takes.
pub(super) fn read(
    job: &str,
    zip: &Zip,
    function: &Function,
    project: &Path,
) -> anyhow::Result<Vec<u8>> {
    let path = &zip.path.value;
    let bytes = fs::read(project.join(path)).with_context(|| {
        format!("cannot read {path}, the zip of {job}: build it before this, or write where it is")
    })?;
    look_at(&bytes, zip, function).with_context(|| format!("{path}, the zip of {job}"))?;
    Ok(bytes)
}

fn look_at(bytes: &[u8], zip: &Zip, function: &Function) -> anyhow::Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| anyhow::anyhow!("is no zip that can be read: {error}"))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.into_owned()))
        .collect();
    // A layer may have the file.
    if function.platform.layers.is_empty() {
        let wanted = files_of(zip);
        let is_there = |name: &String| names.contains(name);
        if let Some(first) = wanted.first()
            && !wanted.iter().any(is_there)
        {
            bail!(
                "has no `{first}`, and the handler `{}` is in it{}",
                zip.handler.value,
                elsewhere(&names, first)
            );
        }
    }
    if zip.runtime.value.starts_with("provided.")
        && let Ok(mut program) = archive.by_name("bootstrap")
    {
        let mode = program.unix_mode();
        ensure!(
            mode.is_none_or(|mode| mode & 0o111 != 0),
            "has a `bootstrap` that may not be executed: `chmod +x bootstrap` before it is zipped"
        );
        let mut start = Vec::new();
        std::io::Read::read_to_end(&mut program, &mut start)
            .context("cannot unpack `bootstrap`")?;
        // A script has no processor, and the older runtime has another glibc.
        if start.starts_with(b"\x7fELF") && zip.runtime.value == "provided.al2023" {
            elf::check(&start, function.architecture.as_str()).context("its `bootstrap`")?;
        }
    }
    Ok(())
}

/// Lists the files of which the zip needs one; none if the runtime finds its code in another way.
fn files_of(zip: &Zip) -> Vec<String> {
    let (handler, runtime) = (zip.handler.value.as_str(), zip.runtime.value.as_str());
    let (folder, name) = match handler.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), handler),
    };
    let with = |stem: &str, endings: &[&str]| {
        let files = endings.iter().map(|ending| format!("{stem}{ending}"));
        files.collect()
    };
    if runtime.starts_with("python") {
        // Python's runtime imports a module, whose parts are folders.
        let module = name.rsplit_once('.').map_or(name, |(module, _)| module);
        let stem = format!("{folder}{}", module.replace('.', "/"));
        return with(
            &stem,
            &[".py", "/__init__.py", ".pyc", "/__init__.pyc", ".so"],
        );
    }
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = format!("{folder}{stem}");
    if runtime.starts_with("nodejs") {
        return with(&stem, &[".js", ".mjs", ".cjs", ""]);
    }
    if runtime.starts_with("ruby") {
        return with(&stem, &[".rb"]);
    }
    if runtime.starts_with("provided.") {
        return vec!["bootstrap".to_owned()];
    }
    Vec::new()
}

/// Says where the zip has a file of that name, if it is in another folder.
fn elsewhere(names: &[String], wanted: &str) -> String {
    let file = wanted.rsplit_once('/').map_or(wanted, |(_, file)| file);
    let end = format!("/{file}");
    match names.iter().find(|name| name.ends_with(&end)) {
        Some(found) => format!(": it has `{found}`, so zip what is in the folder, not the folder"),
        None => String::new(),
    }
}

/// The most bytes of a zip that Lambda takes over its API, as Terraform sends it, and of what is in a zip:
/// [quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const ZIPPED_MAX: u64 = 50 * 1024 * 1024;
const UNZIPPED_MAX: u64 = 250 * 1024 * 1024;

/// Refuses a zip that is too large for Lambda.
///
/// # Errors
/// It is too large as it is, unless S3 carries it, or its files are.
pub(super) fn check_size(bytes: &[u8], path: &Path, is_for_s3: bool) -> anyhow::Result<()> {
    let archive = ZipArchive::new(Cursor::new(bytes));
    let unzipped = archive.ok().and_then(|archive| archive.decompressed_size());
    check_sizes(bytes.len() as u64, unzipped.unwrap_or_default(), is_for_s3)
        .with_context(|| PathBuf::from(path).display().to_string())
}

fn check_sizes(zipped: u64, unzipped: u128, is_for_s3: bool) -> anyhow::Result<()> {
    const MB: u64 = 1024 * 1024;
    ensure!(
        unzipped <= UNZIPPED_MAX.into(),
        "has {} MB of files, and Lambda takes {} MB: leave some out, or use an `image`, which may have 10 GB",
        unzipped.div_ceil(MB.into()),
        UNZIPPED_MAX / MB
    );
    ensure!(
        is_for_s3 || zipped <= ZIPPED_MAX,
        "is {} MB, and Lambda's API takes {} MB: put it in S3 with `codegen publish --bucket NAME`",
        zipped.div_ceil(MB),
        ZIPPED_MAX / MB
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(files: &[(&str, u32)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, mode) in files {
            let options = SimpleFileOptions::default().unix_permissions(*mode);
            zip.start_file(*name, options).unwrap();
            zip.write_all(b"#!/bin/sh\n").unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn said(runtime: &str, handler: &str, layers: &str, bytes: &[u8]) -> String {
        let spec = format!(
            "pipeline: p\nsource: s\nevents: {{ e: {{ detail_type: E, external: true }} }}\njobs: {{ j: {{ function: {{ zip: a.zip, runtime: {runtime}, handler: {handler}, layers: {layers} }}, triggers: [{{ event: e }}] }} }}\n"
        );
        let parsed = pipeline::parse(&spec, &pipeline::Surroundings::default());
        let pipeline = parsed.pipeline.unwrap();
        let function = pipeline.jobs["j"].work.function().unwrap();
        let pipeline::model::Code::Zip(zip) = &function.code else {
            panic!("{spec}");
        };
        look_at(bytes, zip, function).map_or_else(|error| format!("{error:#}"), |()| String::new())
    }

    #[test]
    fn the_file_of_the_handler_is_looked_for_as_its_runtime_does() {
        for (runtime, handler, file) in [
            ("python3.13", "mail.handler", "mail.py"),
            ("python3.13", "mail.handler", "mail/__init__.py"),
            ("python3.13", "app.mail.handler", "app/mail.py"),
            ("python3.13", "app/mail.handler", "app/mail.py"),
            ("nodejs22.x", "index.handler", "index.mjs"),
            ("nodejs22.x", "src/index.handler", "src/index.js"),
            ("nodejs22.x", "index.exported.handler", "index.cjs"),
            ("ruby3.4", "mail.Mail::Handler.process", "mail.rb"),
            ("provided.al2023", "anything", "bootstrap"),
            ("java21", "'example.Mail::handle'", "example/Mail.class"),
        ] {
            assert_eq!(
                said(runtime, handler, "[]", &zipped(&[(file, 0o755)])),
                "",
                "{handler}"
            );
        }
        let other = zipped(&[("mail/mail.py", 0o644)]);
        assert_eq!(
            said("python3.13", "mail.handler", "[]", &other),
            "has no `mail.py`, and the handler `mail.handler` is in it: it has `mail/mail.py`, so zip what is in the folder, not the folder"
        );
        assert_eq!(said("python3.13", "mail.handler", "[shared]", &other), "");
        assert_eq!(
            said("nodejs22.x", "index.handler", "[]", &other),
            "has no `index.js`, and the handler `index.handler` is in it"
        );
    }

    #[test]
    fn what_is_no_zip_or_could_not_start_is_refused() {
        let broken = said("python3.13", "mail.handler", "[]", b"no zip");
        assert!(
            broken.starts_with("is no zip that can be read: "),
            "{broken}"
        );
        let locked = said(
            "provided.al2",
            "bootstrap",
            "[]",
            &zipped(&[("bootstrap", 0o644)]),
        );
        assert!(locked.contains("may not be executed"), "{locked}");
    }

    #[test]
    fn a_zip_is_no_larger_than_lambda_takes() {
        check_sizes(ZIPPED_MAX, UNZIPPED_MAX.into(), false).unwrap();
        check_sizes(ZIPPED_MAX + 1, UNZIPPED_MAX.into(), true).unwrap();
        let error = check_sizes(ZIPPED_MAX + 1, 1, false)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("is 51 MB, and Lambda's API takes 50 MB"),
            "{error}"
        );
        let error = check_sizes(1, u128::from(UNZIPPED_MAX) + 1, true)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("has 251 MB of files, and Lambda takes 250 MB"),
            "{error}"
        );
    }
}
