//! What comes in as a tracing header, what goes on from there, and what is answered.

use crate::{Error, Scene, requests};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use reqwest::Client;
use serde_json::{Value, json};
use xray::TraceFuture;
use xray::reqwest::SendTraced;

/// What is sent to the server, by operation.
const HEADERS: [(&str, &str); 18] = [
    ("header_sampled_1", "Root=ROOT;Parent=PARENT;Sampled=1"),
    ("header_sampled_0", "Root=ROOT;Parent=PARENT;Sampled=0"),
    ("header_sampled_q", "Root=ROOT;Parent=PARENT;Sampled=?"),
    ("header_no_decision", "Root=ROOT;Parent=PARENT"),
    ("header_root_only", "Root=ROOT"),
    ("header_missing_root", "Parent=PARENT;Sampled=1"),
    (
        "header_bad_root",
        "Root=1-xyz-nothex;Parent=PARENT;Sampled=1",
    ),
    ("header_bad_parent", "Root=ROOT;Parent=foo;Sampled=1"),
    (
        "header_upper_root",
        "Root=1-581CF771-A006649127E371903A2DE979;Parent=70DE5B6F19FF9A0A;Sampled=1",
    ),
    ("header_lower_keys", "root=ROOT;parent=PARENT;sampled=1"),
    ("header_blanks", " Root=ROOT ; Parent=PARENT ; Sampled=1 "),
    (
        "header_duplicates",
        "Root=ROOT;Root=OTHER;Parent=PARENT;Sampled=1;Sampled=0",
    ),
    (
        "header_duplicate_roots",
        "Root=OTHER;Root=ROOT;Parent=PARENT;Sampled=1",
    ),
    ("header_garbage", "some invalid string"),
    (
        "header_pair_without_value",
        "Root=ROOT;oops;Parent=PARENT;Sampled=1",
    ),
    ("header_q_only", "Sampled=?"),
    ("header_one_only", "Sampled=1"),
    (
        "header_self_lineage",
        "Self=1-67891234-12456789abcdef012345678;Root=ROOT;Parent=PARENT;Sampled=1;\
         Lineage=10:1234abcd:3;Foo=bar",
    ),
];

pub(crate) const ROOT: &str = "1-581cf771-a006649127e371903a2de979";
pub(crate) const PARENT: &str = "70de5b6f19ff9a0a";
const OTHER: &str = "1-5759e988-bd862e3fe1be46a994272793";

pub(crate) fn of(operation: &str) -> Option<String> {
    let (_, header) = HEADERS.iter().find(|(name, _)| *name == operation)?;
    let header = header.replace("ROOT", ROOT).replace("PARENT", PARENT);
    Some(header.replace("OTHER", OTHER))
}

/// Through a server of ours that calls another one.
pub(crate) async fn through(scene: &Scene, header: String) -> Result<Value, Error> {
    let (url, sent) = (format!("{}/", scene.endpoint), header.clone());
    let (tell, told) = std::sync::mpsc::channel();
    let router = Router::new().fallback(get(async move || {
        // It answers with the tracing header that it was sent.
        let answer = Client::new().get(url).send_traced().await;
        if let Ok(answer) = answer {
            let _ = tell.send(answer.text().await.unwrap_or_default());
        }
        requests::response(StatusCode::OK)
    }));
    let answer = requests::ask(scene, router, requests::request(Some(&header))?).await?;
    let answer = answer.get("x-amzn-trace-id");
    let answer = answer.map(|value| String::from_utf8_lossy(value.as_bytes()));
    Ok(json!({ "in": sent, "out": told.try_recv().ok(), "response": answer }))
}

/// A call below a segment that is not recorded.
pub(crate) async fn unsampled(scene: &Scene) -> Result<Value, Error> {
    let segment = scene.recorder.segment("svc").sampled(false).start();
    let call = Client::new().get(format!("{}/", scene.endpoint));
    let answer = call.send_traced().within(segment).await?;
    Ok(json!({ "out": answer.text().await? }))
}
