//! SQS's older protocol: the request is a form, the response is XML.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::api::answer::request_id;
use crate::refusal::Refusal;

/// Reads a form. Returns its operation, and its input in the shape of the JSON protocol.
pub(super) fn read(body: &[u8]) -> (String, Value) {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let operation = fields.get("Action").cloned().unwrap_or_default();
    let mut input = Map::new();
    for (name, value) in &fields {
        if !name.contains('.') {
            input.insert(name.clone(), Value::from(value.as_str()));
        }
    }
    let attributes = numbered(&fields, "Attribute")
        .into_iter()
        .filter_map(|attribute| {
            let name = attribute.get("Name")?;
            Some((name.clone(), Value::from(attribute.get("Value")?.as_str())))
        });
    input.insert("Attributes".to_owned(), Value::Object(attributes.collect()));
    let attributes = numbered(&fields, "MessageAttribute")
        .into_iter()
        .filter_map(|attribute| {
            let of = |name: &str| attribute.get(&format!("Value.{name}"));
            let value = json!({
                "DataType": of("DataType"),
                "StringValue": of("StringValue"),
                "BinaryValue": of("BinaryValue"),
            });
            Some((attribute.get("Name")?.clone(), value))
        });
    input.insert(
        "MessageAttributes".to_owned(),
        Value::Object(attributes.collect()),
    );
    for (list, one) in [
        ("AttributeNames", "AttributeName"),
        ("MessageAttributeNames", "MessageAttributeName"),
        ("MessageSystemAttributeNames", "MessageSystemAttributeName"),
    ] {
        let names = numbered(&fields, one)
            .into_iter()
            .filter_map(|mut name| name.remove(""));
        input.insert(list.to_owned(), names.collect());
    }
    (operation, Value::Object(input))
}

/// Returns the members of a list: `Attribute.1.Name`, `Attribute.1.Value`, `Attribute.2.Name` …
fn numbered(fields: &BTreeMap<String, String>, list: &str) -> Vec<BTreeMap<String, String>> {
    // Sorted by number. As texts, `10` would come before `2`.
    let mut members: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
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
        "ListQueues" => {
            for url in output["QueueUrls"].as_array().into_iter().flatten() {
                element(&mut result, "QueueUrl", url);
            }
            optional(&mut result, "NextToken", &output["NextToken"]);
        }
        "GetQueueAttributes" => pairs(&mut result, "Attribute", &output["Attributes"]),
        "ReceiveMessage" => {
            for message in output["Messages"].as_array().into_iter().flatten() {
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
                pairs(&mut result, "Attribute", &message["Attributes"]);
                message_attributes(&mut result, &message["MessageAttributes"]);
                result.push_str("</Message>");
            }
        }
        _ => {
            for (name, value) in output.as_object().into_iter().flatten() {
                element(&mut result, name, value);
            }
        }
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

fn pairs(out: &mut String, name: &str, values: &Value) {
    for (key, value) in values.as_object().into_iter().flatten() {
        let _ = write!(out, "<{name}>");
        element(out, "Name", &Value::from(key.as_str()));
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
