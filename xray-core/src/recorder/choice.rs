//! Which sampler a recorder has.

use crate::address::DaemonAddress;
use crate::observer::Observer;
use crate::report::{TARGET, shielded};
use crate::sampling::{Adaptive, Builtin, CentralSampler, Sampler};
use std::sync::Arc;

/// Which sampler a recorder has.
pub(super) enum Choice {
    /// One per second and 5 %.
    Builtin,
    /// By the rules in X-Ray, asked for at the daemon.
    Central,
    Given(Box<dyn Sampler>),
}

impl Choice {
    /// Makes the sampler, and what observes for it. Where nothing is recorded, nobody is asked for
    /// rules.
    pub(super) fn sampler(
        self,
        daemon: &DaemonAddress,
        adaptive: Adaptive,
        enabled: bool,
    ) -> (Box<dyn Sampler>, Option<Box<dyn Observer>>) {
        let central = match self {
            Self::Builtin => return (Box::new(Builtin::new()), None),
            Self::Given(sampler) => return (sampler, None),
            Self::Central => CentralSampler::for_daemon(daemon.tcp.clone()).adaptive(adaptive),
        };
        if !enabled {
            return (Box::new(Builtin::new()), None);
        }
        match central.start() {
            Ok(central) => {
                let central = Arc::new(central);
                let observer = central.observer();
                (Box::new(central), Some(Box::new(observer)))
            }
            Err(error) => {
                shielded(|| {
                    log::warn!(
                        target: TARGET,
                        "no thread to ask for sampling rules ({error}): one request per second and 5 % are recorded"
                    )
                });
                (Box::new(Builtin::new()), None)
            }
        }
    }
}
