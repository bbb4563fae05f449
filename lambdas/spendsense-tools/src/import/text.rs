//! The encoding of a file.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Refusal;

/// Decodes a file, and returns the encoding's name. Without a name it is UTF-8 or UTF-16 if it can be, else windows-1252,
/// in which every file can be read: a wrong one spoils letters, but no digit.
///
/// # Errors
/// An encoding that is not known, or that the file is not in.
pub fn decode(file: &[u8], encoding: Option<&str>) -> Result<(String, &'static str), Refusal> {
    let encoding = match encoding {
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            Refusal::new(format!("no encoding is called `{label}`"))
                .or("write utf-8, utf-16le, windows-1252, iso-8859-15 or macintosh")
        })?,
        None => found(file),
    };
    // A mark at the beginning of the file overrides the name.
    let (text, encoding, is_wrong) = encoding.decode(file);
    if is_wrong && encoding != WINDOWS_1252 {
        return Err(
            Refusal::new(format!("the file is not in {}", encoding.name()))
                .or("--encoding names another encoding"),
        );
    }
    Ok((text.into_owned(), encoding.name()))
}

fn found(file: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(file).is_ok() && !file.contains(&0) {
        return UTF_8;
    }
    // Without its mark, UTF-16 shows itself by the zero bytes beside ASCII letters.
    let zeros = |odd: usize| {
        let bytes = file.iter().skip(odd).step_by(2).take(200);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    match file.len() {
        length if length < 4 => WINDOWS_1252,
        _ if odd > 0 && even == 0 => UTF_16LE,
        _ if even > 0 && odd == 0 => UTF_16BE,
        _ => WINDOWS_1252,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found() {
        let utf_16: Vec<u8> = "Betrag;Müller"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (file, expected, name) in [
            ("Müller".as_bytes(), "Müller", "UTF-8"),
            (b"\xef\xbb\xbfDate", "Date", "UTF-8"),
            (b"M\xfcller", "Müller", "windows-1252"),
            (&utf_16, "Betrag;Müller", "UTF-16LE"),
            (b"\xff\xfeD\0", "D", "UTF-16LE"),
            (b"", "", "UTF-8"),
        ] {
            let (text, encoding) = decode(file, None).unwrap();
            assert_eq!((text.as_str(), encoding), (expected, name));
        }
        let (text, _) = decode(b"M\x9fller", Some("macintosh")).unwrap();
        assert_eq!(text, "Müller");
        assert!(decode(b"", Some("klingon")).is_err());
        assert!(decode(b"M\xfcller", Some("utf-8")).is_err());
    }
}
