struct Cart;

#[xray::subsegment(annotate(cart))]
fn load(cart: &Cart) {
    let _ = cart;
}

#[xray::subsegment(metadata(cart))]
fn store(cart: &Cart) {
    let _ = cart;
}

fn main() {
    load(&Cart);
    store(&Cart);
}
