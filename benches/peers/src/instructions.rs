//! Instructions, as callgrind counts them: of all threads, but not the kernel's.

use benches::works::{Running, Work};
use std::io;
use std::net::UdpSocket;
use std::process::Command;

/// Batches of the shorter and the longer run, so that starting up is in neither's difference.
const BATCHES: [u64; 2] = [2, 12];

/// Does a work so often, a batch at a time so that nothing overflows, and nothing else.
///
/// # Errors
///
/// If there is no socket to be had.
pub fn count(work: &Work, n: u64) -> io::Result<()> {
    let unread = UdpSocket::bind("127.0.0.1:0")?;
    let running = (work.start)(unread.local_addr()?);
    counted_batches(&running, work.batch, n / work.batch);
    Ok(())
}

/// What the calling thread is counted in, by name: what runs before `main` differs from one time to the
/// next, because fastrace's clock is calibrated there.
#[inline(never)]
fn counted_batches(running: &Running, batch: u64, batches: u64) {
    for _ in 0..batches {
        (running.run)(batch);
        (running.settle)();
    }
}

/// The function above, and the one that every other thread begins with.
const COUNTED: [&str; 2] = ["*counted_batches*", "*thread_start*"];

fn executed(work: &Work, n: u64) -> Option<f64> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(COUNTED.map(|function| format!("--toggle-collect={function}")))
        .arg(std::env::current_exe().ok()?)
        .args(["count", work.name, &n.to_string()]);
    if let Some(program) = work.program {
        let program = program(work).ok()?;
        // This one with something in its environment, or another, which is not counted.
        if program.get_program() != std::env::current_exe().ok()? {
            return None;
        }
        for (name, value) in program.get_envs() {
            command.env(name, value?);
        }
    }
    let said = String::from_utf8(command.output().ok()?.stderr).ok()?;
    let line = said.lines().find_map(|l| l.split_once("Collected : "))?;
    line.1.trim().parse().ok()
}

/// For each time that the work is done; nothing without valgrind.
#[must_use]
pub fn each(work: &Work) -> Option<f64> {
    let [few, many] = BATCHES.map(|batches| batches * work.batch);
    let difference = executed(work, many)? - executed(work, few)?;
    Some(difference / (many - few) as f64)
}
