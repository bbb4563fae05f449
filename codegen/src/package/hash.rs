//! A zip's hash: as a name for it, and in the form that Lambda has.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The SHA-256 in hexadecimal digits.
pub(crate) fn sha256(zip: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(zip) {
        let _infallible = write!(digits, "{byte:02x}");
    }
    digits
}

/// The SHA-256 in Base64, which is `CodeSha256` of Lambda and `source_code_hash` of Terraform.
pub(crate) fn source_code_hash(zip: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(zip))
}

#[cfg(test)]
mod tests {
    #[test]
    fn hashes_are_those_that_others_compute() {
        assert_eq!(
            super::source_code_hash(b""),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
        assert!(super::sha256(b"").starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    }
}
