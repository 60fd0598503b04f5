"""The operations that the official SDKs were recorded doing, done with ours."""

import json
import os
import pathlib
import subprocess

from daemon import Daemon
from endpoint import Endpoint

PROGRAM = pathlib.Path(os.environ.get("XRAY_INTEROP_PROGRAMS", ".")) / "operations"
RECORDED = pathlib.Path(__file__).parents[1] / "documents/recorded"
SDKS = ("python", "node", "go", "java")


def recorded(sdk):
    """By operation: what was recorded of this SDK, in order."""
    files = sorted((RECORDED / sdk).glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def names():
    """All operations of all SDKs."""
    return sorted({operation for sdk in SDKS for operation in recorded(sdk)})


class Done:
    """One operation of ours: the datagrams, and what was seen on the way."""

    def __init__(self, datagrams, seen):
        self.datagrams = datagrams
        self.seen = seen

    def documents(self):
        return [json.loads(datagram.partition(b"\n")[2]) for datagram in self.datagrams]


class Operations:
    """The program, which waits for the next operation."""

    def __init__(self, endpoint=None):
        self.endpoint = endpoint or Endpoint()
        self._program = subprocess.Popen(
            [PROGRAM, self.endpoint.url],
            env={"NO_PROXY": "127.0.0.1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, operation, address):
        """Does it, with documents to this address; how many it has sent, and what it has seen."""
        self._program.stdin.write(f"{operation} {address}\n")
        self._program.stdin.flush()
        line = self._program.stdout.readline()
        assert line, f"the program ended at {operation}"
        answer = json.loads(line)
        assert answer["operation"] == operation, answer
        return answer["sent"], answer["seen"]

    def all(self, *more):
        """Every operation that was recorded, and more, each with a daemon of its own."""
        done = {}
        for operation in [*names(), *more]:
            daemon = Daemon()
            sent, seen = self.run(operation, daemon.address)
            done[operation] = Done(daemon.wait_for(sent), seen)
            daemon.close()
        self.end()
        return done

    def end(self):
        self._program.stdin.close()
        assert self._program.wait(timeout=10) == 0, "it did not end well"
