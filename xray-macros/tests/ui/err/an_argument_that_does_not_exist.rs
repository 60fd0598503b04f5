#[xray::subsegment("load", err)]
fn load() {}

#[xray::subsegment(skip(token))]
fn other(token: &str) {
    drop(token);
}

fn main() {
    load();
    other("");
}
