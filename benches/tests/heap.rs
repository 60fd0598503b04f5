//! What one large segment holds at most, in a fresh process: so this is its only test.

use benches::allocator::allocations;
use benches::works;
use std::net::UdpSocket;

#[test]
fn ten_thousand_subsegments_hold_little() {
    let unread = UdpSocket::bind("127.0.0.1:0").unwrap();
    let work = works::find("10,000 inline").unwrap();
    let running = (work.start)(unread.local_addr().unwrap());

    let seen = allocations(|| (running.run)(10_000));

    assert!(seen.peak <= 256 * 1024, "{} bytes", seen.peak);
}
