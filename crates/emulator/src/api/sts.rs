//! The one operation of [STS](https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html) that clients call before
//! anything else: who am I?

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::answer::request_id;
use super::sqs::other_service;
use crate::local_bus::LocalBus;

pub(super) fn answer(bus: &LocalBus, body: &[u8]) -> Response {
    let mut fields = form_urlencoded::parse(body);
    let asks = fields.any(|(name, value)| name == "Action" && value == "GetCallerIdentity");
    if !asks {
        return other_service("sts", body);
    }
    let account = &bus.account;
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/local</Arn><UserId>AIDALOCAL</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        request_id()
    );
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
}
