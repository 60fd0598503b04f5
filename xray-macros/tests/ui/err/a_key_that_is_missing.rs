struct User {
    id: u32,
}

#[xray::subsegment(annotate(user.id))]
fn load(user: User) {
    drop(user);
}

#[xray::subsegment(annotate(&name))]
fn named(name: String) {
    drop(name);
}

fn main() {
    load(User { id: 1 });
    named(String::new());
}
