use std::pin::Pin;

async fn inner() -> u32 {
    1
}

#[xray::subsegment]
fn opaque() -> impl Future<Output = u32> {
    inner()
}

#[xray::subsegment]
fn boxed() -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(inner())
}

fn main() {
    drop((opaque(), boxed()));
}
