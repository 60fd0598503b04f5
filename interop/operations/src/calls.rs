//! Calls of an HTTP client.

use crate::{Error, Scene};
use reqwest::Client;
use xray::TraceFuture;
use xray::reqwest::{SendTraced, SubsegmentMiddleware};

/// Servers that answer with this status.
pub(crate) async fn answered(scene: &Scene, status: &str) -> Result<(), Error> {
    let url = format!("{}/status/{status}?token=secret", scene.endpoint);
    let segment = scene.segment("svc");
    let call = async { Client::new().get(url).send_traced().await?.bytes().await };
    call.within(segment).await?;
    Ok(())
}

/// Nobody listens there.
pub(crate) async fn refused(scene: &Scene) {
    let segment = scene.segment("svc");
    let call = Client::new().get("http://127.0.0.1:1/x").send_traced();
    let _ = call.within(segment).await;
}

/// A server that is known to continue traces.
pub(crate) async fn traced(scene: &Scene) -> Result<(), Error> {
    let segment = scene.segment("svc");
    // It stands in for the host that was called.
    let proxy = reqwest::Proxy::http(&scene.endpoint)?;
    let client = Client::builder().proxy(proxy).build()?;
    let call = client.get("http://h.example/x");
    let middleware = SubsegmentMiddleware::new().traced(true);
    middleware.send(call).within(segment).await?;
    Ok(())
}
