#[xray::subsegment(crate = elsewhere)]
fn load() {}

fn main() {
    load();
}
