use std::cell::Cell;

#[xray::subsegment(annotate(name), metadata(name))]
async fn sent(name: String, not_shared: Cell<u8>) -> Result<String, std::io::Error> {
    std::future::ready(()).await;
    not_shared.set(1);
    Ok(name)
}

#[xray::subsegment]
async fn kept(rc: std::rc::Rc<u8>) -> u8 {
    *rc
}

fn main() {
    fn is_send(_: impl Send) {}
    is_send(sent(String::new(), Cell::new(0)));
    drop(kept(1.into()));
}
