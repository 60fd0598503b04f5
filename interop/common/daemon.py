"""Stands for the X-Ray daemon: a UDP socket that keeps what it receives."""

import socket
import threading
import time

# What each datagram begins with ("Sending trace data to AWS X-Ray", X-Ray developer guide).
HEADER = b'{"format": "json", "version": 1}'


class Daemon:
    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._closed = False
        self.datagrams = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while True:
            datagram = self._socket.recv(1 << 16)
            if self._closed:
                return
            with self._arrived:
                self.datagrams.append(datagram)
                self._arrived.notify_all()

    def wait_for(self, count, seconds=10):
        """All that has come, once it is as much as this, or so much time is over."""
        until = time.monotonic() + seconds
        with self._arrived:
            while len(self.datagrams) < count and time.monotonic() < until:
                self._arrived.wait(until - time.monotonic())
            return list(self.datagrams)

    def close(self):
        """Ends the thread, which is told so by a datagram."""
        self._closed = True
        self._socket.sendto(b"", self._socket.getsockname())
