#[xray::subsegment(annotate(n = text.parse::<u32>()?), metadata(later = id().await))]
async fn load(text: &str) -> Result<(), std::num::ParseIntError> {
    drop(text);
    Ok(())
}

async fn id() -> u32 {
    1
}

fn main() {
    drop(load(""));
}
