//! Files that verbs read: plain or gzip, or standard input. The spec may be standard input, too.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use flate2::bufread::MultiGzDecoder;
use serde_json::Value;

use crate::args::{Args, Verb};

/// The name of standard input in messages.
pub(crate) const STANDARD_INPUT: &str = "<stdin>";

/// Whether standard input has been taken for something else than the spec.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Returns whether a path names standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads the spec from standard input. A verb may read its spec twice; standard input ends once.
///
/// # Errors
/// Standard input that cannot be read, or that is another file as well.
pub(crate) fn spec_from_standard_input() -> anyhow::Result<Vec<u8>> {
    static SPEC: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(spec) = SPEC.get() {
        return Ok(spec.clone());
    }
    take_standard_input()?;
    let mut spec = Vec::new();
    let read = io::stdin().read_to_end(&mut spec);
    read.context("cannot read the spec from standard input")?;
    Ok(SPEC.get_or_init(|| spec).clone())
}

fn take_standard_input() -> anyhow::Result<()> {
    if IS_TAKEN.swap(true, Ordering::Relaxed) {
        bail!("standard input can be one thing only: name a file instead of one `-`");
    }
    Ok(())
}

/// Refuses a spec from standard input for verbs that need it to be a file.
///
/// # Errors
/// Such a verb.
pub(crate) fn refuse_standard_input(args: &Args) -> anyhow::Result<()> {
    if args.spec.len() > 1 {
        return refuse_several(args);
    }
    if !args.spec.iter().any(|spec| is_standard_input(spec)) {
        return Ok(());
    }
    let why = match &args.verb {
        Verb::Generate(_) => "`codegen generate` writes files that name their spec",
        Verb::Package(_) | Verb::Publish(_) => "functions are found, and written, beside the spec",
        Verb::Import(_) => "`codegen import` writes the spec",
        Verb::Dev(_) => "`codegen dev` watches the spec",
        Verb::Check(check) if check.watch => "`--watch` watches the spec",
        Verb::Test(test) if test.watch => "`--watch` watches the spec",
        _ => return Ok(()),
    };
    bail!("the spec cannot be standard input here: {why}, so name a file with `--spec`")
}

/// Refuses several specs for verbs that take one.
fn refuse_several(args: &Args) -> anyhow::Result<()> {
    let are_files = !args.spec.iter().any(|spec| is_standard_input(spec));
    match &args.verb {
        Verb::Dev(_) | Verb::Run(_) | Verb::Graph(_) if are_files => Ok(()),
        Verb::Dev(_) | Verb::Run(_) | Verb::Graph(_) => {
            bail!("of several specs none can be standard input: name files with `--spec`")
        }
        _ => bail!(
            "`--spec` is there more than once: `codegen dev`, `codegen run` and `codegen graph` take several specs, and \
             other verbs one"
        ),
    }
}

/// Opens a file, or standard input for `-`, and unpacks gzip.
pub(crate) fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if is_standard_input(path) {
        take_standard_input()?;
        return unpacked(BufReader::new(io::stdin())).context("cannot read standard input");
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    unpacked(BufReader::new(file)).with_context(|| format!("cannot read {}", path.display()))
}

fn unpacked(mut reader: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    // `fill_buf` takes nothing from the reader, so the two bytes of gzip are still there to be read.
    Ok(if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        // Several gzip files in a row are one file, as `cat` makes it. A plain decoder stops after the first.
        Box::new(BufReader::new(MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// The whole of a file as text.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    open(path)?
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

/// The id of a line that is JSON but not a case; null if it has none.
pub(crate) fn id_of(line: &[u8]) -> Value {
    let fields: Option<Value> = serde_json::from_slice(line).ok();
    fields
        .and_then(|fields| fields.get("id").cloned())
        .unwrap_or_default()
}
