#[xray::subsegment]
async fn unfinished() -> u32 {
    let = 1;
    2
}

fn main() {
    drop(unfinished());
}
