//! SQS's older protocol: the request is a form, the response is XML.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::api::answer::request_id;
use crate::refusal::Refusal;

/// The fields of a form, or those of one member of a list in it.
type Fields = BTreeMap<String, String>;

/// The lists of names and keys, and what each of their members is called.
const LISTS: [(&str, &str); 4] = [
    ("AttributeNames", "AttributeName"),
    ("MessageAttributeNames", "MessageAttributeName"),
    ("MessageSystemAttributeNames", "MessageSystemAttributeName"),
    ("TagKeys", "TagKey"),
];

/// The operations on batches, of which each calls the members of its request and of its response by its own name.
const BATCHES: [&str; 3] = [
    "SendMessageBatch",
    "DeleteMessageBatch",
    "ChangeMessageVisibilityBatch",
];

/// Reads a form. Returns its operation, and its input in the shape of the JSON protocol.
pub(super) fn read(body: &[u8]) -> (String, Value) {
    let fields: Fields = form_urlencoded::parse(body).into_owned().collect();
    let operation = fields.get("Action").cloned().unwrap_or_default();
    let mut input = members(&fields);
    for (list, one) in LISTS {
        let names = numbered(&fields, one)
            .into_iter()
            .filter_map(|mut name| name.remove(""));
        input.insert(list.to_owned(), names.collect());
    }
    let named = |list: &str, key: &str| -> Map<String, Value> {
        let members = numbered(&fields, list).into_iter();
        let pairs = members.filter_map(|mut one| Some((one.remove(key)?, one.remove("Value")?)));
        pairs.map(|(key, value)| (key, value.into())).collect()
    };
    input.insert("Attributes".to_owned(), named("Attribute", "Name").into());
    let tags = named("Tag", "Key");
    if !tags.is_empty() {
        // Each operation has its own name for them.
        input.insert("Tags".to_owned(), tags.clone().into());
        input.insert("tags".to_owned(), tags.into());
    }
    if BATCHES.contains(&operation.as_str()) {
        let entries = numbered(&fields, &format!("{operation}RequestEntry"));
        let entries = entries.iter().map(|entry| Value::Object(members(entry)));
        input.insert("Entries".to_owned(), entries.collect());
    }
    (operation, Value::Object(input))
}

/// Reads what a request has, and each entry of a batch: texts, and the attributes of a message.
fn members(fields: &Fields) -> Map<String, Value> {
    let texts = fields.iter().filter(|(name, _)| !name.contains('.'));
    let texts = texts.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let mut members: Map<String, Value> = texts.collect();
    for list in ["MessageAttribute", "MessageSystemAttribute"] {
        let attributes = numbered(fields, list).into_iter();
        let attributes = attributes.filter_map(|attribute| {
            let of = |name: &str| attribute.get(&format!("Value.{name}"));
            let value = json!({
                "DataType": of("DataType"),
                "StringValue": of("StringValue"),
                "BinaryValue": of("BinaryValue"),
            });
            Some((attribute.get("Name")?.clone(), value))
        });
        members.insert(format!("{list}s"), Value::Object(attributes.collect()));
    }
    members
}

/// Returns the members of a list: `Attribute.1.Name`, `Attribute.1.Value`, `Attribute.2.Name` …
fn numbered(fields: &Fields, list: &str) -> Vec<Fields> {
    // Sorted by number. As texts, `10` would come before `2`.
    let mut members: BTreeMap<u32, Fields> = BTreeMap::new();
    for (name, value) in fields {
        let Some(rest) = name
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('.'))
        else {
            continue;
        };
        let (number, part) = rest.split_once('.').unwrap_or((rest, ""));
        if let Ok(number) = number.parse() {
            members
                .entry(number)
                .or_default()
                .insert(part.to_owned(), value.clone());
        }
    }
    members.into_values().collect()
}

/// Makes the response to an operation from its output in the shape of the JSON protocol.
pub(super) fn respond(operation: &str, output: &Value) -> Response {
    let mut result = String::new();
    match operation {
        "ListQueues" | "ListDeadLetterSourceQueues" => {
            let urls = [&output["QueueUrls"], &output["queueUrls"]];
            for url in urls.into_iter().flat_map(items) {
                element(&mut result, "QueueUrl", url);
            }
            optional(&mut result, "NextToken", &output["NextToken"]);
        }
        "GetQueueAttributes" => {
            pairs(&mut result, ("Attribute", "Name"), &output["Attributes"]);
        }
        "ListQueueTags" => pairs(&mut result, ("Tag", "Key"), &output["Tags"]),
        "ListMessageMoveTasks" => {
            structures(
                &mut result,
                "ListMessageMoveTasksResultEntry",
                &output["Results"],
            );
        }
        batch if BATCHES.contains(&batch) => {
            let done = format!("{batch}ResultEntry");
            structures(&mut result, &done, &output["Successful"]);
            structures(&mut result, "BatchResultErrorEntry", &output["Failed"]);
        }
        "ReceiveMessage" => {
            for message in items(&output["Messages"]) {
                result.push_str("<Message>");
                for name in [
                    "MessageId",
                    "ReceiptHandle",
                    "MD5OfBody",
                    "Body",
                    "MD5OfMessageAttributes",
                ] {
                    optional(&mut result, name, &message[name]);
                }
                pairs(&mut result, ("Attribute", "Name"), &message["Attributes"]);
                message_attributes(&mut result, &message["MessageAttributes"]);
                result.push_str("</Message>");
            }
        }
        _ => texts(&mut result, output),
    }
    let xml = format!(
        "<?xml version=\"1.0\"?><{operation}Response xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{operation}Response>",
        request_id()
    );
    answer(StatusCode::OK, xml)
}

/// Returns the code of a refusal in the older protocol, which has other names for some of them.
pub(super) fn query_code(refusal: &Refusal) -> &'static str {
    match refusal.code {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "TooManyEntriesInBatchRequest" => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
        "InvalidBatchEntryId" => "AWS.SimpleQueueService.InvalidBatchEntryId",
        "BatchEntryIdsNotDistinct" => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "BatchRequestTooLong" => "AWS.SimpleQueueService.BatchRequestTooLong",
        "UnknownOperationException" => "InvalidAction",
        "QueueNameExists" => "QueueAlreadyExists",
        other => other,
    }
}

pub(super) fn refuse(error: &Refusal) -> Response {
    let mut inside = String::from("<Type>Sender</Type>");
    element(&mut inside, "Code", &Value::from(query_code(error)));
    element(&mut inside, "Message", &Value::from(error.message.as_str()));
    let xml = format!(
        "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
         <Error>{inside}</Error><RequestId>{}</RequestId></ErrorResponse>",
        request_id()
    );
    answer(StatusCode::BAD_REQUEST, xml)
}

fn answer(status: StatusCode, xml: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Writes each of a list as an element with its members in it.
fn structures(out: &mut String, name: &str, list: &Value) {
    for one in items(list) {
        let _ = write!(out, "<{name}>");
        texts(out, one);
        let _ = write!(out, "</{name}>");
    }
}

fn texts(out: &mut String, members: &Value) {
    for (name, value) in members.as_object().into_iter().flatten() {
        element(out, name, value);
    }
}

fn pairs(out: &mut String, (name, key_name): (&str, &str), values: &Value) {
    for (key, value) in values.as_object().into_iter().flatten() {
        let _ = write!(out, "<{name}>");
        element(out, key_name, &Value::from(key.as_str()));
        element(out, "Value", value);
        let _ = write!(out, "</{name}>");
    }
}

fn message_attributes(out: &mut String, attributes: &Value) {
    for (key, attribute) in attributes.as_object().into_iter().flatten() {
        out.push_str("<MessageAttribute>");
        element(out, "Name", &Value::from(key.as_str()));
        out.push_str("<Value>");
        for name in ["StringValue", "BinaryValue", "DataType"] {
            optional(out, name, &attribute[name]);
        }
        out.push_str("</Value></MessageAttribute>");
    }
}

fn optional(out: &mut String, name: &str, value: &Value) {
    if !value.is_null() {
        element(out, name, value);
    }
}

fn element(out: &mut String, name: &str, value: &Value) {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let _ = write!(out, "<{name}>{}</{name}>", escaped(&text));
}

/// Escapes a text for XML. A character that XML cannot hold becomes the replacement character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A reader of XML turns a bare carriage return into a line feed, and the checksum would be wrong.
            '\r' => out.push_str("&#xD;"),
            '\n' | '\t' => out.push(letter),
            letter if letter < ' ' || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_the_shape_of_the_json_protocol() {
        let body = b"Action=SendMessage&QueueUrl=http%3A%2F%2Fx%2F1%2Fq&MessageBody=a+b\
            &MessageAttribute.1.Name=N&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v\
            &AttributeName.1=All&AttributeName.2=x";
        let (operation, input) = read(body);
        assert_eq!(operation, "SendMessage");
        assert_eq!(input["MessageBody"], "a b");
        assert_eq!(input["MessageAttributes"]["N"]["StringValue"], "v");
        assert_eq!(input["AttributeNames"], json!(["All", "x"]));
    }

    #[test]
    fn no_text_breaks_out_of_its_element() {
        assert_eq!(
            escaped("<a>&\"\u{1}\r\n"),
            "&lt;a&gt;&amp;&quot;\u{fffd}&#xD;\n"
        );
    }
}
