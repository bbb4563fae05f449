use crate::testing::{PREFIX, ids_of};

fn with(api: &str) -> Vec<&'static str> {
    let job = format!("deliver_to: {{ api: {{ {api} }} }}, triggers: [ {{ event: e }} ]");
    ids_of(&format!("{PREFIX}jobs: {{ j: {{ {job} }} }}\n"))
}

#[test]
fn an_api_says_where_it_is_and_how_it_knows_the_caller() {
    let arn = "existing: 'arn:aws:events:eu-central-1:123456789012:api-destination/a/1f2e'";
    let url = "url: 'https://a.example/hook'";
    for (api, ids) in [
        (format!("{url}, auth: crm"), &[] as &[&str]),
        (
            format!("{url}, auth: {{ basic: crm }}, method: PUT, rate: 1"),
            &[],
        ),
        (
            format!("{url}, auth: {{ oauth: crm, endpoint: 'https://a.example/t' }}"),
            &[],
        ),
        (
            format!("{url}, auth: crm, local: 'http://127.0.0.1:9000/hook'"),
            &[],
        ),
        (format!("{arn}, headers: {{ X-A: b }}"), &["shared-target"]),
        (format!("{url}, auth: {{ oauth: crm }}"), &["missing-key"]),
        (
            format!("{url}, auth: {{ basic: crm, header: X-A }}"),
            &["conflicting-keys"],
        ),
        (format!("{url}, auth: {{ header: X-A }}"), &["missing-key"]),
        (url.to_owned(), &["missing-key"]),
        (
            "url: 'http://a.example/hook', auth: crm".to_owned(),
            &["invalid-value"],
        ),
        (format!("{url}, auth: crm, rate: 301"), &["out-of-range"]),
        (
            format!("{url}, auth: crm, method: TRACE"),
            &["invalid-value"],
        ),
        (
            format!("{url}, auth: crm, headers: {{ Host: b }}"),
            &["invalid-value"],
        ),
        (
            format!("{url}, auth: crm, query: {{ q: $.detail.id }}"),
            &["invalid-value"],
        ),
        (
            format!("{url}, auth: crm, local: 'https://a.example'"),
            &["invalid-value"],
        ),
        (
            format!("{url}, auth: {{ basic: crm, oauth: crm }}"),
            &["conflicting-keys"],
        ),
        (
            format!("{arn}, rate: 10"),
            &["shared-target", "conflicting-keys"],
        ),
        ("existing: a".to_owned(), &["invalid-value"]),
    ] {
        assert_eq!(with(&api), ids, "{api}");
    }
}
