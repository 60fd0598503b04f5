//! A service on axum and reqwest, beside those of the official SDKs: see `interop/sdks/README.md`.
//!
//! The environment says where its documents go and how it decides.

use axum::Json;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use xray::TraceHeader;
use xray::reqwest::SendTraced;
use xray::tower::SegmentLayer;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let _xray = xray::init("ours");
    let client = reqwest::Client::new();
    let router = Router::new()
        .fallback(move |uri, headers| serve(client.clone(), uri, headers))
        .layer(SegmentLayer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&format!("listening on {}", listener.local_addr()?));
    axum::serve(listener, router).await?;
    Ok(())
}

/// What has come, and what was answered by the service behind, if the path names one.
async fn serve(
    client: reqwest::Client,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, (StatusCode, String)> {
    let called = match next(uri.path()) {
        Some(url) => {
            let called = call(&client, &url).await;
            Some(called.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?)
        }
        None => None,
    };
    Ok(Json(json!({
        "header": text(&headers, TraceHeader::NAME),
        "traceparent": text(&headers, "traceparent"),
        "called": called,
    })))
}

async fn call(client: &reqwest::Client, url: &str) -> Result<Value, reqwest::Error> {
    let response = client.get(url).send_traced().await?;
    let answer = text(response.headers(), TraceHeader::NAME);
    Ok(json!({ "answer": answer, "body": response.json::<Value>().await? }))
}

/// Of decision and mark, then port and decision of each service behind.
fn next(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let [_, mark, port, decision, behind @ ..] = parts.as_slice() else {
        return None;
    };
    let mut url = format!("http://127.0.0.1:{port}/{decision}/{mark}");
    for part in behind {
        url.push('/');
        url.push_str(part);
    }
    Some(url)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[expect(
    clippy::print_stdout,
    reason = "the port is nobody's but the system's choice"
)]
fn say(line: &str) {
    println!("{line}");
}
