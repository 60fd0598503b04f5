//! The `log` crate, whose loggers take a function.

use crate::support::{Log, id, sampled, unsampled};
use env_logger::Target;
use log::{Level, Log as _, Record};
use std::io::Write;
use xray_core::{LogId, LogPrefix};

/// The recipe of docs/guide/logs.md.
fn logger(log: Log) -> env_logger::Logger {
    env_logger::Builder::new()
        .filter_level(log::LevelFilter::Info)
        .format(|out, record| {
            let (level, prefix) = (record.level(), LogPrefix::current());
            writeln!(out, "{prefix}{level} {}", record.args())
        })
        .target(Target::Pipe(Box::new(log)))
        .build()
}

#[test]
fn c68_env_logger_writes_the_same() {
    let log = Log::default();
    let logger = logger(log.clone());
    let info = |what: &str| {
        let mut record = Record::builder();
        logger.log(
            &record
                .level(Level::Info)
                .args(format_args!("{what}"))
                .build(),
        );
    };
    let (recorder, _memory) = sampled();
    let (segment, unsampled) = (recorder.segment("shop").start(), unsampled());
    let inner = segment.subsegment("inner");
    info("starting");
    for context in [segment.context(), inner.context(), unsampled.context()] {
        let _entered = context.enter();
        info("paid");
    }
    let of = |id| format!("AWS-XRAY-TRACE-ID: {id} INFO paid");
    assert_eq!(
        log.text().lines().collect::<Vec<_>>(),
        [
            "INFO starting".to_owned(),
            of(id!(segment)),
            of(id!(inner)),
            of(id!(unsampled))
        ]
    );
}

#[test]
fn c68_an_id_says_what_it_is_made_of() {
    let (recorder, _memory) = sampled();
    let (segment, unsampled) = (recorder.segment("shop").start(), unsampled());
    for (context, sampled) in [(segment.context(), true), (unsampled.context(), false)] {
        let id = LogId::of(&context).unwrap();
        assert_eq!(
            (Some(id.trace_id()), Some(id.id())),
            (context.trace_id(), context.id())
        );
        assert_eq!(id.is_sampled(), sampled);
        assert_eq!((&*id, id.to_string()), (&*id!(context), id!(context)));
        assert_eq!(format!("{id:?}"), format!("{:?}", id!(context)));

        let prefix = LogPrefix::from(Some(id));
        assert_eq!(prefix.to_string(), format!("{}: {id} ", LogId::KEY));
        assert_eq!(prefix.sampled_only().to_string().is_empty(), !sampled);
    }
    assert_eq!(LogId::current(), None);
    assert_eq!(LogPrefix::current().to_string(), "");
}
