//! The rounds: a process for each work, which take turns.

use crate::sink::{Process, Sink};
use crate::works::Work;
use std::error::Error;
use std::io;
use std::net::UdpSocket;

use crate::worker::median;

/// What the command line chooses.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only works whose name holds one of these, and their floors; all where there are none.
    pub only: Vec<String>,
    /// How many rounds count; one more comes before them.
    pub rounds: usize,
    /// Nobody reads what is sent: without the price of waking a reader, which depends on the
    /// machine's mood.
    pub unread: bool,
}

impl Options {
    /// From a command line of parts of names, `--rounds <n>` and `--unread`.
    ///
    /// # Errors
    ///
    /// With this usage, if there is anything else in it.
    pub fn parse(args: &[&str], usage: &str) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            only: Vec::new(),
            rounds: 11,
            unread: false,
        };
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            match arg {
                "--rounds" => options.rounds = args.next().ok_or(usage)?.parse()?,
                "--unread" => options.unread = true,
                other if other.starts_with('-') => return Err(usage.into()),
                part => options.only.push(part.to_owned()),
            }
        }
        Ok(options)
    }

    /// Whether something of this name is asked for.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }

    /// Those of these that are asked for, and their floors.
    #[must_use]
    pub fn choose(&self, works: &[&'static Work]) -> Vec<&'static Work> {
        let wanted = |w: &Work| self.wants(w.name);
        let floor_of = |name: &str| {
            let is_floor = |w: &&Work| wanted(w) && (w.floor == name || w.process_floor == name);
            works.iter().any(is_floor)
        };
        let all = works.iter().copied();
        all.filter(|w| wanted(w) || floor_of(w.name)).collect()
    }
}

/// What one work took.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub work: &'static Work,
    /// Nanoseconds of the calling thread, round by round.
    pub calling: Vec<f64>,
    /// Nanoseconds of the whole process, round by round.
    pub cpu: Vec<f64>,
    /// Entities that arrived.
    pub arrived: u64,
    /// Entities that were sent.
    pub sent: u64,
    /// Allocations of the calling thread and of all threads, if they can be counted.
    pub allocations: [f64; 2],
    /// The most held at once by one batch in a fresh process, in bytes.
    pub peak: f64,
}

impl Row {
    /// Which part of what was sent arrived, if anything was.
    #[must_use]
    pub fn delivered(&self) -> Option<f64> {
        (self.sent > 0).then(|| self.arrived as f64 / self.sent as f64)
    }
}

/// The median of the ratios of each round.
#[must_use]
pub fn ratio(of: &[f64], floor: &[f64]) -> f64 {
    let mut ratios: Vec<f64> = of.iter().zip(floor).map(|(a, b)| a / b).collect();
    median(&mut ratios)
}

fn start(work: &Work, to: &str) -> io::Result<Process> {
    let Some(program) = work.program else {
        return Process::start(&["worker", work.name, to]);
    };
    let mut command = program(work).map_err(io::Error::other)?;
    Process::of(command.arg(to))
}

/// Starts a process for each, and lets them take turns.
///
/// # Errors
///
/// If one of the processes ends.
pub fn measure(options: &Options, works: &[&'static Work]) -> io::Result<Vec<Row>> {
    let mut sink = Sink::start()?;
    let unread = UdpSocket::bind("127.0.0.1:0")?;
    let to = if options.unread {
        unread.local_addr()?
    } else {
        sink.address
    };
    let to = to.to_string();
    let mut processes = Vec::new();
    let mut rows = Vec::new();
    for &work in works {
        processes.push(start(work, &to)?);
        rows.push(Row {
            work,
            calling: Vec::new(),
            cpu: Vec::new(),
            arrived: 0,
            sent: 0,
            allocations: [f64::NAN; 2],
            peak: f64::NAN,
        });
    }
    for round in 0..=options.rounds {
        for (row, process) in rows.iter_mut().zip(&mut processes) {
            let work = row.work;
            if work.entities > 0 {
                sink.arrived()?;
            }
            let [calling, cpu] = numbers(&process.ask("round")?)?;
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
    for (row, process) in rows.iter_mut().zip(&mut processes) {
        let [mine, _, all] = numbers(&process.ask("allocations")?)?;
        row.allocations = [mine, all];
        // A program in another language does not count, and takes a while to be started.
        if !mine.is_nan() {
            let [_, peak] = numbers(&start(row.work, &to)?.ask("allocations")?)?;
            row.peak = peak;
        }
    }
    Ok(rows)
}

pub(crate) fn numbers<const N: usize>(line: &str) -> io::Result<[f64; N]> {
    let mut numbers = [f64::NAN; N];
    let mut words = line.split(' ').map(str::parse);
    for number in &mut numbers {
        match words.next() {
            Some(Ok(n)) => *number = n,
            _ => return Err(io::Error::other(format!("not {N} numbers: {line:?}"))),
        }
    }
    Ok(numbers)
}
