//! A function that does as its event says, on the real Lambda runtime and the real AWS SDK: what the
//! tests of the local bus run.

use aws_config::BehaviorVersion;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var_os("ENDS_AT_START").is_some() {
        return Err("this function does not start".into());
    }
    lambda_runtime::run(service_fn(handle)).await
}

#[expect(
    clippy::exit,
    clippy::print_stdout,
    reason = "what a function may do badly, and what it logs"
)]
async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    println!("{}", event.payload);
    let detail = &event.payload["detail"];
    match detail["do"].as_str() {
        Some("fail") => return Err("as it was told".into()),
        Some("panic") => panic!("as it was told"),
        Some("exit") => std::process::exit(7),
        Some("hang") => std::future::pending().await,
        Some("emit") => emit(detail["next"].clone()).await?,
        _ => {}
    }
    Ok(json!("done"))
}

async fn emit(detail: Value) -> Result<(), Error> {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    let entry = PutEventsRequestEntry::builder()
        .source("test")
        .detail_type("Told")
        .detail(detail.to_string())
        .build();
    let client = aws_sdk_eventbridge::Client::new(&config);
    let answer = client.put_events().entries(entry).send().await?;
    match answer.failed_entry_count() {
        0 => Ok(()),
        _ => Err(format!("{:?}", answer.entries()).into()),
    }
}
