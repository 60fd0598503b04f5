//! The table that the rounds end in.

use crate::rounds::{Options, Row, measure, ratio};
use crate::worker::median;
use crate::works;
use std::io;
use std::net::UdpSocket;

/// Measures all works, or those that are asked for, and prints.
///
/// # Errors
///
/// If one of the processes ends.
pub fn print(options: &Options) -> io::Result<()> {
    let all: Vec<_> = works::all().collect();
    let works = options.choose(&all);
    if works.is_empty() {
        return Ok(());
    }
    let rows = measure(options, &works)?;
    println!(
        "| work | calling ns | × floor | process ns | × floor | allocations | peak heap, fresh process | delivered |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for row in &rows {
        let times = |of: fn(&Row) -> &Vec<f64>, floor: &str| {
            let floor = rows.iter().find(|r| r.work.name == floor);
            floor.map_or_else(
                || "–".to_owned(),
                |floor| format!("{:.2}", ratio(of(row), of(floor))),
            )
        };
        let delivered = match row.delivered() {
            Some(part) if !options.unread => format!("{:.2} %", 100.0 * part),
            _ => "–".to_owned(),
        };
        println!(
            "| {} | {:.1} | {} | {:.1} | {} | {:.2} | {:.1} KiB | {delivered} |",
            row.work.name,
            median(&mut row.calling.clone()),
            times(|r| &r.calling, row.work.floor),
            median(&mut row.cpu.clone()),
            times(|r| &r.cpu, row.work.process_floor),
            row.allocations[0],
            row.peak / 1024.0,
        );
    }
    Ok(())
}

/// How many bytes of the two datagrams may differ: a compiler or an SDK of another version.
const SLACK: usize = 8;

/// Whether W1's datagrams are as long as their floor's, without which the ratio says nothing.
///
/// # Errors
///
/// If they are not, or none arrives.
pub fn same_lengths() -> io::Result<()> {
    let floor = datagram("w1 floor")?.len();
    for name in ["w1 inline, handles", "w1 inline, context"] {
        let ours = datagram(name)?.len();
        if ours.abs_diff(floor) > SLACK {
            let problem = format!("{name} sends {ours} bytes, its floor {floor}: mend the floor");
            return Err(io::Error::other(problem));
        }
    }
    Ok(())
}

/// The datagram that a work sends when it is done once.
///
/// # Errors
///
/// If there is no such work, or it sends nothing.
pub fn datagram(name: &str) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let patience = std::time::Duration::from_secs(5);
    socket.set_read_timeout(Some(patience))?;
    let work = crate::works::find(name).ok_or(io::ErrorKind::NotFound)?;
    let running = (work.start)(socket.local_addr()?);
    (running.run)(1);
    (running.settle)();
    let mut buffer = vec![0; 65536];
    let n = socket.recv(&mut buffer)?;
    buffer.truncate(n);
    Ok(buffer)
}
