"""Central sampling of ours and of the official SDKs by the same rules: see ../README.md."""

import http.client
import json
import math
import signal
import sys
import threading
import time

import checks
import expectations  # noqa: F401  (registers the checks)
from daemon import Daemon
from sampling import Sampling, rule
from sdks import LANGUAGES, Server

# Decided by chance nowhere: all rates are 0 or 1.
RULES = [
    rule("settled", 1, "/settled/*", 1),
    rule("turns", 2, "/turns/*", 0),
    rule("all", 3, "/all/*", 1),
    rule("none", 4, "/none/*", 0),
    rule("limited", 5, "/limited/*", 0, reservoir=5),
    rule("Default", 10000, "*", 0),
]
# What the first report is answered with: the rates turn round, and there is a quota.
TURNED = {"settled": 1, "turns": 1, "all": 0, "none": 1, "limited": 0, "Default": 0}
QUOTA = 3


def targets(reports):
    found = []
    for report in reports:
        name = report["RuleName"]
        target = {"RuleName": name, "FixedRate": TURNED[name], "Interval": 10}
        if name == "limited":
            target |= {"ReservoirQuota": QUOTA, "ReservoirQuotaTTL": math.floor(time.time()) + 60}
        found.append(target)
    return found


class Service:
    """One service, and all that it was asked and has said."""

    def __init__(self, name):
        self.name = name
        self.sampling = Sampling(RULES, targets)
        self.daemon = Daemon()
        address = f"tcp:{self.sampling.address} udp:{self.daemon.address}"
        self._server = Server(
            "ours" if name == "ours" else name,
            "interop-service" if name == "ours" else "service",
            AWS_XRAY_DAEMON_ADDRESS=address,
        )
        # By rule: when each request was sent and answered, in each of the two parts.
        self.asked = [{}, {}]
        self.error = None

    def run(self):
        try:
            self._run()
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
        finally:
            self.end()

    def end(self):
        self._server.end()

    def _run(self):
        self._server.port()
        # The first request makes some of them ask for the rules.
        self._ask(0, "Default", "/first/request")
        assert self.sampling.wait(lambda: bool(self.sampling.calls), 20), (
            "nobody asks for the rules"
        )
        self._until(0, "settled")
        # So that it is reported, and has a target.
        self._ask(0, "turns", "/turns/first")
        self._part(0)
        self._reported(0)
        self._until(1, "turns")
        self._part(1)
        self._reported(1)

    def _ask(self, part, name, path):
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port(), timeout=10)
        sent = time.time()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        self.asked[part].setdefault(name, []).append((sent, time.time()))
        connection.close()

    def _until(self, part, name):
        """Asks until a request is recorded by this rule, whose rate is 1 by now."""
        for number in range(200):
            self._ask(part, name, f"/{name}/r{number}")
            self.daemon.wait_for(len(self.documents()) + 1, 0.1)
            if any(document_rule(document) == name for document in self.documents()):
                return
        raise AssertionError(f"nothing was recorded by the rule {name!r}")

    def _part(self, part):
        for number in range(7):
            self._ask(part, "all", f"/all/p{part}r{number}")
        for number in range(5):
            self._ask(part, "none", f"/none/p{part}r{number}")
        for second in range(2):
            # Early in a second, so that it is one for all of them.
            time.sleep(1.05 - time.time() % 1)
            for number in range(5):
                self._ask(part, "limited", f"/limited/p{part}s{second}r{number}")

    def _reported(self, part):
        """Waits until all was reported that was asked so far."""
        wanted = {
            name: len(self.asked[0].get(name, []))
            + (len(self.asked[1].get(name, [])) if part else 0)
            for name in ("all", "none", "limited")
        }
        done = self.sampling.wait(lambda: self._requests() == wanted, 30)
        assert done, f"reported {self._requests()} of {wanted} requests"

    def _requests(self):
        found = dict.fromkeys(("all", "none", "limited"), 0)
        for _, report in self.sampling.reports():
            if report["RuleName"] in found:
                found[report["RuleName"]] += report["RequestCount"]
        return found

    # For the checks.

    def documents(self):
        return [
            json.loads(datagram.partition(b"\n")[2]) for datagram in list(self.daemon.datagrams)
        ]

    def counts(self, part, name):
        """What was reported of this part: requests, sampled, borrowed."""
        asked = [len(self.asked[n].get(name, [])) for n in range(2)]
        found, before = [0, 0, 0], 0
        for _, report in self.sampling.reports():
            if report["RuleName"] != name:
                continue
            # A report is of one part, since the next begins when it has come.
            of = 0 if before < asked[0] else 1
            before += report["RequestCount"]
            if of == part:
                for index, count in enumerate(("RequestCount", "SampledCount", "BorrowCount")):
                    found[index] += report[count]
        return tuple(found)

    def recorded(self, part, name):
        """The ids of the segments that say that this rule decided."""
        return [
            document["id"]
            for document in self.documents()
            if document_rule(document) == name
            and f"/{name}/p{part}" in document["http"]["request"]["url"]
        ]

    def in_a_second(self, part, name, most):
        """How many of these requests there can be of, if no more than `most` in a second count: at
        least, and at the most, where it is not known in which second one was decided."""
        by = [{}, {}]
        for sent, answered in self.asked[part][name]:
            for found, moment in zip(by, (sent, answered)):
                found[math.floor(moment)] = found.get(math.floor(moment), 0) + 1
        counts = [sum(min(most, n) for n in found.values()) for found in by]
        return min(counts), max(counts)


def document_rule(document):
    said = document.get("aws", {}).get("xray", {})
    return said.get("sampling_rule_name") or said.get("rule_name")


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        self.services = {name: Service(name) for name in ("ours", *LANGUAGES)}
        threads = [
            threading.Thread(target=service.run, daemon=True) for service in self.services.values()
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            for service in self.services.values():
                service.end()


# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
