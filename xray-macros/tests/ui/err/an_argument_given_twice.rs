#[xray::subsegment("a", name = "b", skip_err, skip_err, annotate(a = 1), annotate(b = 1))]
fn load() {}

fn main() {
    load();
}
