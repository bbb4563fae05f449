//! What tests share.

use std::fs;
use std::path::Path;

/// The text of the spec at the top and of those of all examples.
pub(crate) fn specs() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let examples = fs::read_dir(root.join("examples")).unwrap();
    let examples = examples.map(|entry| entry.unwrap().path().join("pipeline.yaml"));
    let mut paths: Vec<_> = examples.filter(|path| path.exists()).collect();
    paths.push(root.join("pipeline.yaml"));
    assert!(paths.len() > 3, "{paths:?}");
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    texts.collect()
}
