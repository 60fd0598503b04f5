#![no_implicit_prelude]

// Names of the standard library that mean something else here.
#[allow(dead_code)]
struct Result;
#[allow(dead_code)]
mod core {}
#[allow(dead_code)]
mod xray {}

#[::xray::subsegment(annotate(value), metadata(value))]
async fn shown(value: u32) -> ::std::result::Result<u32, ::std::string::String> {
    ::std::result::Result::Ok(value)
}

#[::xray::subsegment]
fn never() -> ! {
    loop {}
}

fn main() {
    let _: fn() -> ! = never;
    ::std::mem::drop(shown(1));
}
