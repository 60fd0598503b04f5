//! The tables of contenders: traces, traces without a pause, traces decided against, and requests.

use crate::{instructions, works};
use benches::rounds::{Options, Row, measure, ratio};
use benches::worker::median;
use benches::works::Work;
use std::io;

/// Measures all, or those that are asked for, and prints a table for each floor.
///
/// # Errors
///
/// If one of the processes ends.
pub fn print(options: &Options) -> io::Result<()> {
    let works = options.choose(&works::all());
    let here: Vec<_> = works
        .iter()
        .copied()
        .filter(|w| absent(w).is_none())
        .collect();
    let rows = if here.is_empty() {
        Vec::new()
    } else {
        measure(options, &here)?
    };
    for floor in rows.iter().filter(|r| r.work.name == r.work.floor) {
        let compared: Vec<_> = rows
            .iter()
            .filter(|r| r.work.floor == floor.work.name)
            .collect();
        println!();
        match floor.work.name {
            works::AXUM => served(floor, &compared, options),
            works::LOST => traces(floor, &compared, options, false),
            _ => traces(floor, &compared, options, true),
        }
    }
    for work in works {
        if let Some(why) = absent(work) {
            println!("\nNo row for {}: {why}.", work.name);
        }
    }
    Ok(())
}

/// Why a work cannot be done here.
fn absent(work: &Work) -> Option<String> {
    work.program.and_then(|program| program(work).err())
}

fn traces(floor: &Row, rows: &[&Row], options: &Options, count: bool) {
    let executed = |row: &Row| {
        let counted = if count {
            instructions::each(row.work)
        } else {
            None
        };
        counted.unwrap_or(f64::NAN)
    };
    let least = executed(floor);
    println!(
        "| work | calling ns | × floor | process ns | × floor | allocations, calling thread / all | instructions | × floor | delivered |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        let executed = if row.work.name == floor.work.name {
            least
        } else {
            executed(row)
        };
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.work.name,
            shown(median(&mut row.calling.clone()), 0),
            shown(ratio(&row.calling, &floor.calling), 2),
            shown(median(&mut row.cpu.clone()), 0),
            shown(ratio(&row.cpu, &floor.cpu), 2),
            allocations(row),
            shown(executed, 0),
            shown(executed / least, 2),
            delivered(row, options),
        );
    }
}

/// Requests per second, in parts of those of the bare router: while the export has a core of its own,
/// and where it has not.
fn served(floor: &Row, rows: &[&Row], options: &Options) {
    println!(
        "| work | serving ns | requests/s ÷ bare | process ns | requests/s ÷ bare, no core to spare | allocations, serving thread / all | delivered |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.work.name,
            shown(median(&mut row.calling.clone()), 0),
            shown(ratio(&floor.calling, &row.calling), 2),
            shown(median(&mut row.cpu.clone()), 0),
            shown(ratio(&floor.cpu, &row.cpu), 2),
            allocations(row),
            delivered(row, options),
        );
    }
}

/// A figure as the tables show it.
fn shown(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    format!("{value:.decimals$}")
}

fn allocations(row: &Row) -> String {
    let [mine, all] = row.allocations;
    format!("{} / {}", shown(mine, 1), shown(all, 1))
}

fn delivered(row: &Row, options: &Options) -> String {
    match row.delivered() {
        Some(part) if !options.unread => format!("{:.1} %", 100.0 * part),
        _ => "–".to_owned(),
    }
}
