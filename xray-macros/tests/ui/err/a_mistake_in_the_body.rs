#[xray::subsegment]
async fn wrong_type() -> u32 {
    "text"
}

#[xray::subsegment]
fn wrong_type_in_sync() -> Result<u32, String> {
    Ok("text")
}

#[xray::subsegment]
async fn nothing_returned() -> u32 {
    wrong_type().await;
}

#[xray::subsegment]
fn no_such_variable() -> u32 {
    missing
}

#[xray::subsegment]
async fn no_conversion() -> Result<(), std::fmt::Error> {
    "x".parse::<u32>()?;
    Ok(())
}

fn main() {
    drop((wrong_type(), nothing_returned(), no_conversion()));
    let _ = (wrong_type_in_sync(), no_such_variable());
}
