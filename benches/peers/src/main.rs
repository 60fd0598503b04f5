//! Prints what others take: `cargo bench --manifest-path benches/Cargo.toml`. See ../README.md.

use benches::rounds::Options;
use benches::{server, sink, worker};
use peers::{instructions, table, works};
use std::error::Error;

const USAGE: &str = "\
[<part of a name>…] [--rounds <n>] [--unread]   the table, of these works only
--list                                          the works
count <work> <n>                                does a work n times, and nothing else";

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds one of its own.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let work = |name: &str| works::find(name).ok_or(format!("no work {name:?}: see --list"));
    server::be_apart();
    match args[..] {
        ["server"] => server::run()?,
        ["sink"] => sink::run()?,
        ["worker", name, to] => worker::run(work(name)?, to.parse()?)?,
        ["count", name, n] => instructions::count(work(name)?, n.parse()?)?,
        ["--list"] => works::all().iter().for_each(|w| println!("{}", w.name)),
        _ => table::print(&Options::parse(&args, USAGE)?)?,
    }
    Ok(())
}
