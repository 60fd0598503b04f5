#[xray::subsegment(annotate("cart.id" = 1, größe = 2, "" = 3, n = 4, n = 5), metadata("a.b" = 1))]
fn load() {}

fn main() {
    load();
}
