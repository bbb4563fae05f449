//! Changing an event on its way, and nothing of it but what a person asks for.

use indexmap::IndexMap;
use pipeline::Pipeline;
use pipeline::detail;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

type Members<'j> = IndexMap<String, &'j RawValue>;

/// Sets fields of an event's detail, each by its dotted path. The text of a value is read by the type that the spec gives
/// the field; that of an event that it does not declare is JSON, or a string. All other text stays as it is.
///
/// # Errors
/// What is no event, and what the spec would not allow: a sentence.
pub(crate) fn set_fields(
    pipeline: &Pipeline,
    event: &str,
    fields: &[(String, String)],
) -> Result<String, String> {
    if fields.is_empty() {
        return Ok(event.to_owned());
    }
    let no_detail = || "it is no event with a detail, so `--set` cannot change it".to_owned();
    let mut envelope: Members<'_> = serde_json::from_str(event).map_err(|_| no_detail())?;
    let old = envelope.get("detail").ok_or_else(no_detail)?.get();
    let declared = declared(pipeline, &envelope, old);
    let mut new = old.to_owned();
    for (path, text) in fields {
        let value = match declared {
            Some(declared) => {
                let mut typed = Map::new();
                detail::set(declared, &mut typed, path, text).map_err(|it| said(&it))?;
                let value = detail::value_mut(&mut typed, path);
                value.map(|value| value.to_string()).unwrap_or_default()
            }
            None if serde_json::from_str::<&RawValue>(text).is_ok() => text.clone(),
            None => Value::from(text.as_str()).to_string(),
        };
        let names: Vec<&str> = path.split('.').collect();
        new = with_member(&new, &names, &value).ok_or_else(no_detail)?;
    }
    if let Some(declared) = declared {
        let read = serde_json::from_str(&new).map_err(|_| no_detail())?;
        if let Some(problem) = detail::problems(declared, &read).first() {
            return Err(said(problem));
        }
    }
    let new = RawValue::from_string(new).map_err(|_| no_detail())?;
    envelope.insert("detail".to_owned(), &new);
    serde_json::to_string(&envelope).map_err(|_| no_detail())
}

/// The event of the spec that an envelope is of.
fn declared<'p>(
    pipeline: &'p Pipeline,
    envelope: &Members<'_>,
    detail: &str,
) -> Option<&'p pipeline::model::Event> {
    let text = |name: &str| serde_json::from_str::<String>(envelope.get(name)?.get()).ok();
    let (source, detail_type) = (text("source")?, text("detail-type")?);
    let detail: Map<String, Value> = serde_json::from_str(detail).ok()?;
    let found = detail::declared(pipeline, &source, &detail_type, &detail);
    found.ok()?.map(|(_, event)| event)
}

fn said(problem: &detail::Problem) -> String {
    let detail::Problem { field, kind } = problem;
    format!("with `--set` it would not be as the spec declares it: `{field}` {kind}")
}

/// Returns an object with another value at a path. What stands on the way and is no object becomes one; the object itself
/// has to be one.
fn with_member(object: &str, path: &[&str], value: &str) -> Option<String> {
    let [name, rest @ ..] = path else {
        return Some(value.to_owned());
    };
    let mut members: Members<'_> = serde_json::from_str(object).ok()?;
    let inner = members.get(*name).map_or("{}", |inner| inner.get());
    let inner = with_member(inner, rest, value).or_else(|| with_member("{}", rest, value))?;
    let inner = RawValue::from_string(inner).ok()?;
    members.insert((*name).to_owned(), &inner);
    serde_json::to_string(&members).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "
pipeline: p
source: s
events:
  e:
    detail_type: E
    external: true
    detail: { id: string, amount: integer, who: { name: string? } }
";

    fn changed(event: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let parsed = pipeline::parse(SPEC, &pipeline::Surroundings::default());
        let fields: Vec<_> = fields
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        set_fields(&parsed.pipeline.unwrap(), event, &fields)
    }

    const EVENT: &str = r#"{"source":"s","detail-type":"E","detail":{"event_type":"e","id":"1","amount":5,"who":{}},"resources":[]}"#;

    #[test]
    fn a_declared_field_is_read_by_its_type_and_the_rest_stays() {
        let expected = EVENT.replace(r#""id":"1","amount":5"#, r#""id":"17","amount":6"#);
        let fields = [("id", "17"), ("amount", "6")];
        assert_eq!(changed(EVENT, &fields), Ok(expected));
        let expected = EVENT.replace(r#""who":{}"#, r#""who":{"name":"n"}"#);
        assert_eq!(changed(EVENT, &[("who.name", "n")]), Ok(expected));
        assert_eq!(changed(EVENT, &[]), Ok(EVENT.to_owned()));
    }

    #[test]
    fn what_the_spec_would_not_allow_is_told() {
        for (field, text, problem) in [
            (
                "amuont",
                "1",
                "`amuont` is not declared: did you mean `amount`?",
            ),
            (
                "amount",
                "x",
                "`amount` cannot be \"x\": it is a whole number",
            ),
        ] {
            let error = changed(EVENT, &[(field, text)]).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn an_event_of_others_takes_anything_and_keeps_every_digit() {
        let event = r#"{"source":"x","detail-type":"X","detail":{"big":123456789012345678901234567890,"odd":"\ud83d","a":1}}"#;
        let expected = event.replace(r#""a":1"#, r#""a":{"b":[1, 2]},"c":"x"#) + "";
        let expected = expected.replace(r#""c":"x"#, r#""c":"x y""#);
        let fields = [("a.b", "[1, 2]"), ("c", "x y")];
        assert_eq!(changed(event, &fields), Ok(expected));
    }

    #[test]
    fn what_is_no_event_cannot_be_changed() {
        for event in ["text", "[]", "{}", r#"{"detail":1}"#, r#"{"detail":"{}"}"#] {
            let error = changed(event, &[("a", "1")]).unwrap_err();
            assert!(error.contains("no event with a detail"), "{event}: {error}");
        }
    }
}
