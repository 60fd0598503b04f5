"""Our service among those of the official SDKs: see README.md."""

import json
import re
import signal
import sys
import time

import checks
import expectations  # noqa: F401  (registers the checks)
from behaviour import SERVICES
from daemon import Daemon
from routes import Traveller
from sdks import SOURCES, Server

RULES = str(SOURCES / "sampling.json")
PATH = re.compile(r"/(?:yes|no)/m\d+.*")
# For documents that are on their way.
SECONDS = 15


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        self.daemon = Daemon()
        self.servers = {}
        try:
            for service in SERVICES:
                self.servers[service] = self.start(service)
            traveller = Traveller({name: server.port() for name, server in self.servers.items()})
            self.trips = traveller.trips()
            fence = traveller.fence()
            self.visits = [visit for trip in self.trips + fence for visit in trip.visits]
            self.datagrams, self.segments = self.receive()
        finally:
            for server in self.servers.values():
                server.end()

    def start(self, service):
        program = "interop-service" if service == "ours" else "service"
        return Server(
            service,
            program,
            AWS_XRAY_DAEMON_ADDRESS=self.daemon.address,
            AWS_XRAY_SAMPLER=f"local:{RULES}",
            XRAY_INTEROP_SAMPLING=RULES,
        )

    def receive(self):
        """All that has come once no segment is missing, and segments by service, path and id."""
        wanted = {(v.service, v.path) for v in self.visits if v.expected().recorded}
        until, enough = time.monotonic() + SECONDS, len(wanted)
        while True:
            datagrams = self.daemon.wait_for(enough, until - time.monotonic())
            segments = by_visit(datagrams)
            if wanted <= set(segments) or time.monotonic() > until:
                return datagrams, segments
            enough = len(datagrams) + 1

    def documents(self, visit):
        """Its segments: none or one, if all is well. Go sends one twice now and then."""
        return list(self.segments.get((visit.service, visit.path), {}).values())


def by_visit(datagrams):
    segments = {}
    for datagram in datagrams:
        segment = json.loads(datagram.partition(b"\n")[2])
        path = PATH.search(segment["http"]["request"]["url"])[0]
        segments.setdefault((segment["name"], path), {})[segment["id"]] = segment
    return segments


# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
