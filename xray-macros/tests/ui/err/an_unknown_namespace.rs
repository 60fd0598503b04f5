#[xray::subsegment(namespace = "local")]
fn load() {}

fn main() {
    load();
}
