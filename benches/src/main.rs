//! Prints the table: `cargo bench --manifest-path benches/Cargo.toml`. See README.md.

use benches::rounds::Options;
use benches::{allocator, lossless, place, server, sink, table, worker, works};
use std::error::Error;
use std::net::UdpSocket;

const USAGE: &str = "\
[<part of a name>…] [--rounds <n>] [--unread]   the table, of these works only
--list                                          the works
count <work> <n> [<heap>]                       does a work n times, and nothing else
startup <off|answered|lost> <n>                 starts n recorders: see benches/startup";

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
        ["count", name, n, ref heap @ ..] => {
            if let [heap] = heap {
                allocator::leave_holes(heap.parse()?);
            }
            let unread = UdpSocket::bind("127.0.0.1:0")?;
            let running = (work(name)?.start)(unread.local_addr()?);
            (running.run)(n.parse()?);
            (running.settle)();
        }
        ["startup", mode, n] => place::start_up(mode.parse()?, n.parse()?)?,
        ["--list"] => works::all().for_each(|w| println!("{}", w.name)),
        _ => {
            let options = Options::parse(&args, USAGE)?;
            table::same_lengths()?;
            table::print(&options)?;
            if options.wants("lossless") && !options.unread {
                lossless::print(&options)?;
            }
        }
    }
    Ok(())
}
