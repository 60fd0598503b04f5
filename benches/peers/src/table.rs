//! The table of contenders.

use crate::{instructions, works};
use benches::rounds::{Options, Row, measure, ratio};
use benches::worker::median;
use std::io;

/// A figure as the table shows it.
fn shown(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    format!("{value:.decimals$}")
}

/// Measures all, or those that are asked for, and prints a table for each kind of work.
///
/// # Errors
///
/// If one of the processes ends.
pub fn print(options: &Options) -> io::Result<()> {
    let (here, absent) = installed(options);
    for absent in absent {
        println!("\n{absent}");
    }
    if here.is_empty() {
        return Ok(());
    }
    let rows = measure(options, &here)?;
    let mut floors: Vec<&Row> = rows
        .iter()
        .filter(|r| r.work.name == r.work.floor)
        .collect();
    floors.dedup_by_key(|row| row.work.name);
    for floor in floors {
        let counted = floor.work.name.split(' ').next() != Some("axum");
        let counted = counted && !floor.work.name.starts_with("burst");
        let instructions = |row: &Row| {
            if counted {
                instructions::each(row.work)
            } else {
                None
            }
        };
        let least = instructions(floor);
        println!();
        println!(
            "| work | calling ns | × floor | process ns | × floor | allocations, calling thread / all | instructions | × floor | delivered |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        for row in rows.iter().filter(|r| r.work.floor == floor.work.name) {
            let executed = instructions(row);
            let delivered = match row.delivered() {
                Some(part) if !options.unread => format!("{:.2} %", 100.0 * part),
                _ => "–".to_owned(),
            };
            let [mine, all] = row.allocations;
            println!(
                "| {} | {} | {} | {} | {} | {} / {} | {} | {} | {delivered} |",
                row.work.name,
                shown(median(&mut row.calling.clone()), 0),
                shown(ratio(&row.calling, &floor.calling), 2),
                shown(median(&mut row.cpu.clone()), 0),
                shown(ratio(&row.cpu, &floor.cpu), 2),
                shown(mine, 1),
                shown(all, 1),
                shown(executed.unwrap_or(f64::NAN), 0),
                shown(executed.zip(least).map_or(f64::NAN, |(a, b)| a / b), 2),
            );
        }
    }
    Ok(())
}

/// What is asked for and can be done here, and what cannot.
fn installed(options: &Options) -> (Vec<&'static benches::works::Work>, Vec<String>) {
    let mut here = Vec::new();
    let mut absent = Vec::new();
    for work in options.choose(&works::all()) {
        match work.program.map(|program| program(work)) {
            Some(Err(why)) => absent.push(format!("{}: absent: {why}", work.name)),
            _ => here.push(work),
        }
    }
    (here, absent)
}
