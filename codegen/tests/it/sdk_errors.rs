//! Tests of what is said if AWS cannot be asked, or refuses: one sentence, and never a type of the SDK.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::fake_aws::{Answers, FakeAws};
use crate::support::stderr;

const SEND: [&str; 3] = ["send", "--event", "e"];
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
];

/// Runs a command that fails, with these variables alone, and returns its one line of error.
fn failure(arguments: &[&str], variables: &[(&str, &str)], profile: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), FakeAws::SPEC).unwrap();
    fs::create_dir(folder.path().join(".aws")).unwrap();
    fs::write(folder.path().join(".aws/config"), profile).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_codegen"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("HOME", folder.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    one_line(&stderr(&output))
}

fn one_line(said: &str) -> String {
    let line = said.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "{said}");
    // Parts of Rust's debug format.
    for sign in ["{", "Error(", "Some(", "os error"] {
        assert!(!line.contains(sign), "{said}");
    }
    line.strip_prefix("error: ").unwrap().to_owned()
}

/// An endpoint at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn what_this_machine_lacks_is_said() {
    let endpoint = nobody();
    let at = |more: &[(&'static str, &'static str)]| {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", &endpoint),
        ];
        [&variables[..], more].concat()
    };
    let no_region =
        "there is no AWS region: pass `--region`, or set AWS_REGION or the region of the profile";
    assert_eq!(failure(&SEND, &KEYS, ""), no_region);
    let failed = "events:PutEvents on own-dev failed: ";
    let no_credentials = "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a \
                          profile that has some";
    assert_eq!(
        failure(&SEND, &at(&[]), ""),
        format!("{failed}{no_credentials}")
    );
    let unreachable = "the service cannot be reached (nothing listens at its address): check the network, the region and \
                       the endpoint";
    assert_eq!(
        failure(&SEND, &at(&KEYS), ""),
        format!("{failed}{unreachable}")
    );
    // A name with an empty part is refused without asking a server for it.
    let mut nowhere = at(&KEYS);
    nowhere.push(("AWS_ENDPOINT_URL", "http://a..b"));
    let said = failure(&SEND, &nowhere, "");
    assert!(said.contains("(its host name leads nowhere)"), "{said}");
}

#[test]
fn profiles_that_give_no_credentials_are_said() {
    let endpoint = nobody();
    let said = |profile| {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_PROFILE", "mine"),
        ];
        failure(&SEND, &variables, profile)
    };
    let half = said("[profile mine]\naws_access_key_id = a\n");
    assert!(
        half.contains("profile missing aws_secret_access_key"),
        "{half}"
    );
    let sso = said(
        "[profile mine]\nsso_start_url = https://x\nsso_region = eu-central-1\nsso_account_id = 1\nsso_role_name = r\n",
    );
    assert!(
        sso.contains("aws configure export-credentials --format env"),
        "{sso}"
    );
}

/// Runs `send` on a refusal, and returns its error.
fn refusal(status: u16, answer: Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pipeline.yaml"), FakeAws::SPEC).unwrap();
    let answers = [("PutEvents".to_owned(), (status, answer))];
    let aws = FakeAws::start(Answers::from(answers));
    let output = aws.codegen(folder.path(), &SEND);
    assert_eq!(output.status.code(), Some(2));
    one_line(&stderr(&output))
}

#[test]
fn what_aws_refuses_is_said_with_a_way_out() {
    let failed = "events:PutEvents on own-dev failed: ";
    let cases = [
        (
            "ExpiredTokenException",
            "the AWS credentials have expired (ExpiredTokenException: because): renew them",
        ),
        (
            "UnrecognizedClientException",
            "AWS does not accept these credentials (UnrecognizedClientException: because): check the access key, the \
             profile and the clock",
        ),
        (
            "AccessDeniedException",
            "these credentials may not call `events:PutEvents` (AccessDeniedException: because): allow that action in \
             their policy",
        ),
        (
            "ThrottlingException",
            "AWS had too many requests (ThrottlingException: because): try again in a minute",
        ),
        ("InternalException", "InternalException: because"),
    ];
    for (code, expected) in cases {
        let said = refusal(400, json!({ "__type": code, "message": "because" }));
        assert_eq!(said, format!("{failed}{expected}"));
    }
    let absent = json!({ "__type": "ResourceNotFoundException", "message": "because" });
    let expected = "there is no bus own-dev in this account and region: check `--environment` and `--region`, or deploy first";
    assert_eq!(refusal(400, absent.clone()), expected);
    // PutEvents may refuse an entry in a response that is a success.
    let entry =
        json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "ResourceNotFoundException" }] });
    assert_eq!(refusal(200, entry), expected);
    let unread = refusal(200, json!("no object"));
    assert!(unread.contains("the response cannot be read"), "{unread}");
}
