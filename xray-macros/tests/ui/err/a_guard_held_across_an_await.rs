async fn handler() {
    let subsegment = xray::subsegment("render");
    let _entered = subsegment.enter();
    std::future::ready(()).await;
}

fn main() {
    drop(tokio::spawn(handler()));
}
