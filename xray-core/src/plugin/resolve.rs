//! Asks the plugins one after the other, each within its share of the time.

use super::files::Files;
use super::found::Found;
use super::{Host, Plugin, Plugins, beanstalk, ec2, ecs, eks};
use crate::env::Env;
use crate::report::{TARGET, shielded};
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// What plugins may look at.
pub(super) struct Place<'a> {
    pub(super) env: &'a Env,
    pub(super) files: Files<'a>,
    pub(super) plugins: &'a Plugins,
}

impl Plugin {
    fn is_here(self, place: &Place<'_>) -> bool {
        match self {
            Self::Beanstalk => beanstalk::is_here(place),
            Self::Eks => eks::is_here(place),
            Self::Ecs => ecs::is_here(place),
            Self::Ec2 => ec2::is_here(place),
        }
    }

    /// Adds what it finds.
    fn find(self, place: &Place<'_>, until: Instant, found: &mut Found) -> io::Result<()> {
        match self {
            Self::Beanstalk => beanstalk::find(place, found),
            Self::Eks => eks::find(place, until, found),
            Self::Ecs => ecs::find(place, until, found),
            Self::Ec2 => ec2::find(place, until, found),
        }
    }

    fn asks_somebody(self) -> bool {
        self != Self::Beanstalk
    }
}

pub(super) fn resolve(plugins: &Plugins, env: &Env, host: &Host) {
    // Longer than anybody means, and no time overflows.
    let until = Instant::now() + plugins.budget.min(Duration::from_secs(3600));
    let place = Place {
        env,
        files: Files::below(&plugins.root),
        plugins,
    };
    let on = Plugin::ALL.into_iter().filter(|&p| plugins.has(p));
    let here: Vec<_> = on.filter(|plugin| plugin.is_here(&place)).collect();
    let mut askers = here.iter().filter(|plugin| plugin.asks_somebody()).count() as u32;
    let mut found = Found::default();
    for &plugin in &here {
        let now = Instant::now();
        // Whoever does not answer must not keep the next one from being asked.
        let share = until.saturating_duration_since(now) / askers.max(1);
        askers -= u32::from(plugin.asks_somebody());
        let contained = !found.is_empty();
        if plugin == Plugin::Ec2 && contained {
            host.learn_early(&found);
        }
        if let Err(error) = plugin.find(&place, now + share, &mut found) {
            // From within containers the metadata service is often out of reach, by intent.
            let usual = plugin == Plugin::Ec2 && contained;
            let level = if usual {
                log::Level::Info
            } else {
                log::Level::Warn
            };
            tell(
                level,
                format_args!("plugin {plugin}: {error}; segments are sent without it"),
            );
        }
    }
    host.learn(&found);
    for remark in &found.remarks {
        tell(log::Level::Warn, format_args!("{remark}"));
    }
    let (names, origin) = (found.describe(), found.origin().unwrap_or("unknown"));
    tell(
        log::Level::Debug,
        format_args!("plugins have found: {names}, origin {origin}"),
    );
}

/// A logger is user code, and may panic: the plugins that follow are asked all the same.
pub(super) fn tell(level: log::Level, what: fmt::Arguments<'_>) {
    shielded(|| log::log!(target: TARGET, level, "{what}"));
}
