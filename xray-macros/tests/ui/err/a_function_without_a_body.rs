trait Store {
    #[xray::subsegment]
    fn load(&self) -> u32;
}

fn main() {}
