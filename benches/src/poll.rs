//! A future to be polled many times.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Ready after so many polls.
#[derive(Debug)]
pub struct Polls(pub u64);

impl Future for Polls {
    type Output = ();

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.0 -= 1;
        if black_box(self.0) == 0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Polls until it is ready.
pub fn drive(future: impl Future) {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut cx).is_pending() {}
}
