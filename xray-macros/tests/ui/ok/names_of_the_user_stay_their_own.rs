#[xray::subsegment(annotate(subsegment, output), metadata(body = subsegment))]
async fn clashes(subsegment: u8, output: u8) -> u8 {
    let look = subsegment + output;
    look
}

#[xray::subsegment]
fn shadows(subsegment: u8) -> u8 {
    subsegment
}

fn main() {
    drop(clashes(1, 2));
    assert_eq!(shadows(1), 1);
}
