#[xray::subsegment]
struct Cart;

struct Shop;

#[xray::subsegment]
impl Shop {}

fn main() {
    let _ = (Cart, Shop);
}
