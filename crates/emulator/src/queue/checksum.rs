//! Checksums of messages. Clients verify them:
//! [how they are made](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use md5::{Digest, Md5};

use super::{Attribute, AttributeValue};

pub(crate) fn of_text(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

/// Sums up attributes in the order of their names, each part after its length.
pub(crate) fn of_attributes(attributes: &BTreeMap<String, Attribute>) -> String {
    let mut sum = Md5::new();
    for (name, attribute) in attributes {
        part(&mut sum, name.as_bytes());
        part(&mut sum, attribute.data_type.as_bytes());
        // AWS's sum has a byte here for how the value travels: 1 for text, 2 for bytes.
        match &attribute.value {
            AttributeValue::Text(text) => {
                sum.update([1]);
                part(&mut sum, text.as_bytes());
            }
            AttributeValue::Bytes(bytes) => {
                sum.update([2]);
                part(&mut sum, bytes);
            }
        }
    }
    hex(&sum.finalize())
}

fn part(sum: &mut Md5, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    sum.update(length.to_be_bytes());
    sum.update(bytes);
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_md5() {
        assert_eq!(of_text("hello"), "5d41402abc4b2a76b9719d911017c592");
    }
}
