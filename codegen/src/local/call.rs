//! Calls of an API, as the local bus makes them to a URL of this machine.

use emulator::HttpCall;
use pipeline::model::{Call, Work};
use pipeline::resources::{JobResources, Receiver};

use super::function_name;

/// Converts what a job calls; nothing if it calls nothing on this machine.
pub(super) fn called(job: &JobResources<'_>) -> Option<HttpCall> {
    let Work::DeliverTo(delivery) = &job.spec().work else {
        return None;
    };
    let Call {
        headers,
        query,
        local,
    } = delivery.to.value.call()?;
    let mut url = local.clone()?;
    for (name, value) in query {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&encode(name));
        url.push('=');
        url.push_str(&encode(&value.value));
    }
    // The owner of an API destination that is there already says its method, which is not known here.
    let method = match &job.receiver {
        Receiver::Api(api) => api.settings.method,
        _ => "POST",
    };
    let headers = headers.iter();
    Some(HttpCall {
        name: function_name(job.job),
        method: method.to_owned(),
        url,
        headers: headers
            .map(|(name, value)| (name.clone(), value.value.clone()))
            .collect(),
    })
}

/// Writes all but letters, digits and `-._~` as `%` and two digits.
fn encode(text: &str) -> String {
    let bytes = text.bytes();
    bytes
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
