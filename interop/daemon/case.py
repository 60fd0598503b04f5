"""Documents and sampling of ours through the X-Ray daemon: see ../README.md."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import checks
import expectations  # noqa: F401  (registers the checks)
from daemon import HEADER
from operations import Operations
from sampling import Sampling, rule
from sdks import Server

RULES = [rule("all", 1, "/all/*", 1), rule("Default", 10000, "*", 0)]


def targets(reports):
    return [{"RuleName": report["RuleName"], "FixedRate": 1, "Interval": 10} for report in reports]


class Endpoint(Sampling):
    """X-Ray's API as the daemon sees it: keeps what it is sent."""

    def answer(self, path, body):
        if path == "/TraceSegments":
            return {"UnprocessedTraceSegments": []}
        return super().answer(path, body) if "Sampling" in path else {}

    def documents(self):
        """Everything that was put; a call that is tried again is one call."""
        calls = {}
        for number, call in enumerate(list(self.calls)):
            if call.path == "/TraceSegments":
                id = call.headers.get("amz-sdk-invocation-id", number)
                calls[id] = json.loads(call.body)["TraceSegmentDocuments"]
        return [document for documents in calls.values() for document in documents]


class XRayDaemon:
    """The Go daemon, or what stands for it."""

    def __init__(self, endpoint, folder):
        binary = os.environ.get("XRAY_DAEMON")
        standin = [sys.executable, pathlib.Path(__file__).with_name("standin.py")]
        self.is_real = bool(binary)
        self.address = f"127.0.0.1:{_free_port()}"
        config = pathlib.Path(folder) / "cfg.yaml"
        config.write_text(f'Version: 2\nEndpoint: "http://{endpoint.address}"\n')
        # Nothing but this: a profile or a proxy of whoever runs it would change where it sends.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        options = [
            "-o",
            "-n",
            "us-east-1",
            "-b",
            self.address,
            "-t",
            self.address,
            "-c",
            config,
            "-l",
            "debug",
        ]
        self._process = subprocess.Popen(
            [*([binary] if binary else standin), *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.output = []
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self._ready.wait(20), f"it does not start:\n{''.join(self.output)}"

    def _read(self):
        for line in self._process.stdout:
            self.output.append(line)
            if "Starting proxy http server on" in line:
                self._ready.set()

    def end(self):
        self._process.terminate()
        try:
            return self._process.wait(10)
        finally:
            self._process.kill()


def _free_port():
    """One that both kinds of socket can have: the daemon takes no 0."""
    for _ in range(50):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
                return tcp.getsockname()[1]
            except OSError:
                continue
    raise AssertionError("no port is free for both")


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            self.endpoint = Endpoint(RULES, targets)
            self.daemon = XRayDaemon(self.endpoint, folder)
            try:
                self._run()
            finally:
                self.status = self.daemon.end()

    def _run(self):
        # What is sent is known byte for byte: it is received first, and sent on from here.
        done = Operations().all("every_member")
        datagrams = [datagram for one in done.values() for datagram in one.datagrams]
        self.sent = [datagram.partition(b"\n")[2].decode() for datagram in datagrams]
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            host, port = self.daemon.address.split(":")
            sender.connect((host, int(port)))
            for datagram in datagrams:
                assert datagram.partition(b"\n")[0].replace(b" ", b"") == HEADER.replace(b" ", b"")
                sender.send(datagram)
                # A burst is lost in the socket's buffer.
                time.sleep(0.002)
        self.endpoint.wait(lambda: len(self.endpoint.documents()) >= len(self.sent), 20)
        self.replayed = self.endpoint.documents()

        # From the program itself, without anything between it and the daemon.
        operations = Operations()
        self.direct = sum(operations.run(name, self.daemon.address)[0] for name in done)
        operations.end()
        wanted = len(self.replayed) + self.direct
        self.endpoint.wait(lambda: len(self.endpoint.documents()) >= wanted, 20)
        self.arrived = len(self.endpoint.documents()) - len(self.replayed)
        self._sample()

    def _sample(self):
        """A service that asks for its rules at the daemon."""
        service = Server("ours", "interop-service", AWS_XRAY_DAEMON_ADDRESS=self.daemon.address)
        try:
            self._asked = 0
            self.recorded = []
            for _ in range(200):
                _ask(service, f"/all/r{self._asked}")
                self._asked += 1
                if self._of_rule():
                    break
                time.sleep(0.05)
            self.endpoint.wait(lambda: bool(self.endpoint.reports()), 25)
            self.endpoint.wait(lambda: len(self._of_rule()) >= self._reported(), 10)
        finally:
            service.end()
        self.recorded, self.reported = self._of_rule(), self._reported()

    def _of_rule(self):
        documents = map(json.loads, self.endpoint.documents())
        return [
            d
            for d in documents
            if d["name"] == "ours" and d["aws"]["xray"].get("sampling_rule_name") == "all"
        ]

    def _reported(self):
        return sum(r["SampledCount"] for _, r in self.endpoint.reports() if r["RuleName"] == "all")


def _ask(service, path):
    connection = http.client.HTTPConnection("127.0.0.1", service.port(), timeout=10)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()


# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
