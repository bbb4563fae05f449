//! Names of files, as editors send them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The path that a URI names; nothing if it is no file, as that of a text which was never saved.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    // `file://localhost/a` is `file:///a`; other hosts are none of ours.
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let path = decoded(rest)?;
    if cfg!(windows) {
        let drive = path
            .strip_prefix('/')
            .filter(|rest| rest.get(1..2) == Some(":"));
        return Some(PathBuf::from(drive.unwrap_or(&path)));
    }
    path.starts_with('/').then(|| PathBuf::from(path))
}

/// The URI of a file.
pub(super) fn of_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    let path = path
        .to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/");
    if !path.starts_with('/') {
        uri.push('/');
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _infallible = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// The text with every `%20` as what it stands for. Editors that write a blank as it is are understood, too.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(windows))]
    fn a_path_is_read_as_editors_write_it() {
        let path = |uri| path(uri).map(|path| path.display().to_string());
        assert_eq!(path("file:///a%20b/p.yaml").as_deref(), Some("/a b/p.yaml"));
        assert_eq!(path("file:///a b/p.yaml").as_deref(), Some("/a b/p.yaml"));
        assert_eq!(path("file:///%C3%A9/100%").as_deref(), Some("/é/100%"));
        assert_eq!(path("file://localhost/a").as_deref(), Some("/a"));
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("file://host/a"), None);
        assert_eq!(path("file:///%ff"), None);
    }

    #[test]
    #[cfg(not(windows))]
    fn a_path_comes_back_from_its_uri() {
        for written in ["/a b/é%20.yaml", "/x"] {
            assert_eq!(
                path(&of_path(Path::new(written))),
                Some(PathBuf::from(written))
            );
        }
        assert_eq!(of_path(Path::new("/a b")), "file:///a%20b");
    }
}
