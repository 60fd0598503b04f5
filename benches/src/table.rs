//! The rounds, and the table they end in.

use crate::sink::{Process, Sink};
use crate::worker::median;
use crate::works::{self, Work};
use std::io;
use std::net::UdpSocket;

/// What the command line chooses.
#[derive(Debug)]
pub struct Options {
    /// Only works whose name holds one of these, and their floors; all where there are none.
    pub only: Vec<String>,
    /// How many rounds count; one more comes before them.
    pub rounds: usize,
    /// Nobody reads what is sent: without the price of waking a reader, which depends on the
    /// machine's mood.
    pub unread: bool,
}

struct Row {
    work: &'static Work,
    process: Process,
    calling: Vec<f64>,
    cpu: Vec<f64>,
    arrived: u64,
    sent: u64,
}

fn chosen(only: &[String]) -> Vec<&'static Work> {
    let wanted = |w: &Work| only.is_empty() || only.iter().any(|o| w.name.contains(o.as_str()));
    let floor_of = |name: &str| {
        let is_floor = |w: &Work| wanted(w) && (w.floor == name || w.process_floor == name);
        works::all().any(is_floor)
    };
    let all = works::all();
    all.filter(|w| wanted(w) || floor_of(w.name)).collect()
}

/// Starts a process for each work, lets them take turns, and prints.
///
/// # Errors
///
/// If one of the processes ends.
pub fn print(options: &Options) -> io::Result<()> {
    let mut sink = Sink::start()?;
    let unread = UdpSocket::bind("127.0.0.1:0")?;
    let to = if options.unread {
        unread.local_addr()?
    } else {
        sink.address
    };
    let to = to.to_string();
    let start = |work: &Work| Process::start(&["worker", work.name, &to]);
    let mut rows = Vec::new();
    for work in chosen(&options.only) {
        rows.push(Row {
            work,
            process: start(work)?,
            calling: Vec::new(),
            cpu: Vec::new(),
            arrived: 0,
            sent: 0,
        });
    }
    for round in 0..=options.rounds {
        for row in &mut rows {
            if row.work.entities > 0 {
                sink.arrived()?;
            }
            let [calling, cpu] = two(&row.process.ask("round")?)?;
            let work = row.work;
            let arrived = if work.entities > 0 {
                sink.arrived()?
            } else {
                0
            };
            if round > 0 {
                row.calling.push(calling);
                row.cpu.push(cpu);
                row.arrived += arrived;
                row.sent += work.entities * work.batches;
            }
        }
    }
    println!(
        "| work | calling ns | × floor | process ns | × floor | allocations | peak heap, fresh process | delivered |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for at in 0..rows.len() {
        let [allocations, _] = two(&rows[at].process.ask("allocations")?)?;
        let [_, peak] = two(&start(rows[at].work)?.ask("allocations")?)?;
        let row = &rows[at];
        let ratio = |of: fn(&Row) -> &Vec<f64>, floor: &str| {
            let Some(floor) = rows.iter().find(|r| r.work.name == floor) else {
                return "–".to_owned();
            };
            let each = of(row).iter().zip(of(floor));
            let mut ratios: Vec<f64> = each.map(|(a, b)| a / b).collect();
            format!("{:.2}", median(&mut ratios))
        };
        let delivered = match row.sent {
            0 => "–".to_owned(),
            _ if options.unread => "–".to_owned(),
            sent => format!("{:.2} %", 100.0 * row.arrived as f64 / sent as f64),
        };
        println!(
            "| {} | {:.1} | {} | {:.1} | {} | {allocations:.2} | {:.1} KiB | {delivered} |",
            row.work.name,
            median(&mut row.calling.clone()),
            ratio(|r| &r.calling, row.work.floor),
            median(&mut row.cpu.clone()),
            ratio(|r| &r.cpu, row.work.process_floor),
            peak / 1024.0,
        );
    }
    Ok(())
}

fn two(line: &str) -> io::Result<[f64; 2]> {
    let mut numbers = line.split(' ').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(a)), Some(Ok(b))) => Ok([a, b]),
        _ => Err(io::Error::other(format!("not two numbers: {line:?}"))),
    }
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
