//! The thread that calls a source of rules, and how it ends.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What the thread is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// What is due; the answer is how long to wait after it.
    Next,
    /// What must not be left undone: the thread ends.
    Last,
}

/// The one thread of a sampler. It is told to end when this is dropped, and nobody waits for it
/// then; [`stop`](Self::stop) waits.
#[derive(Debug)]
pub(super) struct Poller(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stage: Mutex<Stage>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Running,
    Stopping,
    Stopped,
}

impl Poller {
    pub(super) fn start(turn: impl FnMut(Turn) -> Duration + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let running = Running(shared.clone());
        thread::Builder::new()
            .name("xray-sampling".to_owned())
            .spawn(move || running.run(turn))?;
        Ok(Self(shared))
    }

    /// Ends the thread, after its last turn. False when that takes longer; it then ends later.
    pub(super) fn stop(&self, timeout: Duration) -> bool {
        self.0.stop();
        let stage = self.0.lock();
        let running = |stage: &mut Stage| *stage != Stage::Stopped;
        let waited = self.0.changed.wait_timeout_while(stage, timeout, running);
        let (stage, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *stage == Stage::Stopped
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        let mut stage = self.lock();
        if *stage == Stage::Running {
            *stage = Stage::Stopping;
        }
        self.changed.notify_all();
    }
}

/// The thread's side.
struct Running(Arc<Shared>);

impl Running {
    fn run(self, mut turn: impl FnMut(Turn) -> Duration) {
        loop {
            let wait = turn(Turn::Next);
            let running = |stage: &mut Stage| *stage == Stage::Running;
            let waited = self
                .0
                .changed
                .wait_timeout_while(self.0.lock(), wait, running);
            let (stage, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if *stage != Stage::Running {
                break;
            }
        }
        turn(Turn::Last);
    }
}

/// Also when a turn panics: who waits for the end must not wait for ever.
impl Drop for Running {
    fn drop(&mut self) {
        *self.0.lock() = Stage::Stopped;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn it_takes_turns_until_it_is_stopped() {
        let (turns, seen) = mpsc::channel();
        let poller = Poller::start(move |turn| {
            turns.send(turn).unwrap();
            Duration::ZERO
        })
        .unwrap();
        assert_eq!(seen.recv_timeout(LONG), Ok(Turn::Next));
        assert_eq!(seen.recv_timeout(LONG), Ok(Turn::Next));
        assert!(poller.stop(LONG));
        assert_eq!(seen.iter().last(), Some(Turn::Last));
    }

    #[test]
    fn stopping_interrupts_the_wait() {
        let poller = Poller::start(|_| Duration::from_secs(1 << 40)).unwrap();
        assert!(poller.stop(LONG));
        assert!(poller.stop(Duration::ZERO));
    }

    #[test]
    fn dropping_it_ends_the_thread_too() {
        let (turns, seen) = mpsc::channel();
        drop(Poller::start(move |turn| {
            turns.send(turn).unwrap();
            LONG
        }));
        // Ends when the thread has dropped its end of the channel.
        assert_eq!(seen.iter().last(), Some(Turn::Last));
    }

    #[test]
    fn a_turn_that_hangs_does_not_keep_who_stops_it() {
        let (release, held) = mpsc::channel::<()>();
        let poller = Poller::start(move |_| {
            let _ = held.recv();
            LONG
        })
        .unwrap();
        assert!(!poller.stop(Duration::ZERO));
        drop(release);
        assert!(poller.stop(LONG));
    }

    #[test]
    fn a_turn_that_panics_does_not_keep_who_stops_it() {
        let poller = Poller::start(|_| panic!("expected by this test")).unwrap();
        assert!(poller.stop(LONG));
    }
}
