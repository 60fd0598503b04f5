const NAME: &str = "load";

#[xray::subsegment(name = NAME)]
fn load() {}

fn main() {
    load();
}
