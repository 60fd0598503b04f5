"""The checkout, run with what the stack gives it, and what it says meanwhile."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading

from jsonschema import Draft7Validator

from checks import check, equal
from daemon import Daemon
from kit import ACCOUNT, REGION, ROOT

REQUESTS = 20


class Program:
    """The checkout, started as the task definition says, on the stack's own table, queue and bucket."""

    def __init__(self, endpoint, container):
        self.daemon = Daemon()
        given = {entry["name"]: entry["value"] for entry in container["environment"]}
        # What differs from Fargate: a daemon and a port that are free here, and where AWS is.
        given |= {
            "AWS_XRAY_DAEMON_ADDRESS": self.daemon.address,
            "PORT": "0",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_XRAY_SAMPLER": f"local:{ROOT / 'deploy/rules.json'}",
        }
        program = subprocess.Popen(
            [os.environ["XRAY_DEPLOY_PROGRAM"]], env=given, stdout=subprocess.PIPE, text=True
        )
        # Whatever happens it ends.
        watch = threading.Timer(60, program.kill)
        watch.start()
        try:
            self.lines, self.port = [], None
            while self.port is None:
                line = program.stdout.readline()
                assert line, f"the checkout ended: {self.lines}"
                self.lines.append(line.rstrip("\n"))
                said = json.loads(line)
                if said.get("message") == "listening":
                    self.port = int(said["address"].rpartition(":")[2])
            self.health = self._health(container["healthCheck"]["command"])
            self.statuses = [self._pay(f"C-{n}") for n in range(REQUESTS)]
            program.send_signal(signal.SIGTERM)
            self.lines += program.stdout.read().splitlines()
            self.code = program.wait()
            sent = sum(line.get("DocumentsEmitted", 0) for line in self.metrics())
            datagrams = self.daemon.wait_for(sent)
            self.documents = [json.loads(datagram.partition(b"\n")[2]) for datagram in datagrams]
        finally:
            watch.cancel()
            program.kill()

    def _health(self, command):
        """What the command of the health check says of it, and of a port where nobody is."""
        codes = []
        for port in (self.port, 1):
            there = command[-1].replace("/8080", f"/{port}")
            run = subprocess.run([*command[1:-1], there], timeout=10, stderr=subprocess.DEVNULL)
            codes.append(run.returncode)
        return codes

    def _pay(self, cart):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = json.dumps({"cart": cart, "article": 7})
        connection.request("POST", "/checkout", body, {"content-type": "application/json"})
        return connection.getresponse().status

    def json(self):
        found = [line for line in self.lines if line.startswith("{")]
        return [json.loads(line) for line in found]

    def metrics(self):
        return [line for line in self.json() if "_aws" in line]


@check("the checkout runs on the stack's table, queue and bucket, and ends when it is told to")
def _(found):
    program = found.program
    equal(program.statuses, [200] * REQUESTS)
    equal(program.code, 0)
    equal(len(found.cloud.rows), REQUESTS)
    equal(len(found.cloud.objects), REQUESTS)


@check("the health check's own command knows a service from none")
def _(found):
    alive, dead = found.program.health
    assert alive == 0 and dead != 0, (alive, dead)


@check("every line of metrics is one by the schema of the format")
def _(found):
    schema = json.loads((ROOT / "xray-core/test-data/emf.schema.json").read_text())
    validator = Draft7Validator(schema)
    lines = found.program.metrics()
    assert lines, "there was none"
    for line in lines:
        errors = [error.message for error in validator.iter_errors(line)]
        assert not errors, f"{errors[0]}: {line}"
    assert list(validator.iter_errors({"_aws": {"Timestamp": "now"}})), "the schema takes anything"


@check("each metric that is emitted is in the table, with the table's dimensions")
def _(found):
    seen = set()
    for line in found.program.metrics():
        for directive in line["_aws"]["CloudWatchMetrics"]:
            equal(directive["Namespace"], found.kit.namespace)
            for metric in directive["Metrics"]:
                sets = [sorted(names) for names in directive["Dimensions"]]
                assert all(names in found.kit.metrics[metric["Name"]] for names in sets), metric
                assert metric["Name"] in line
                seen.add(metric["Name"])
    # What the alarms look at was really emitted.
    needed = {"Requests", "Faults", "Latency", "DocumentsDropped", "DocumentsTruncated"}
    assert needed <= seen, needed - seen


@check("requests are counted whether they are recorded or not")
def _(found):
    counted, recorded = 0, 0
    for line in found.program.metrics():
        if line.get("Service") == "checkout" and "checkout" in line.get("Operation", ""):
            counted += line["Requests"]
    for document in found.program.documents:
        recorded += document["name"] == "checkout"
    equal(counted, REQUESTS)
    # The rule for payments: 10 a second, and half of the others.
    assert 0 < recorded <= REQUESTS, recorded


@check("lines of the log name their trace as the dashboard's query wants it")
def _(found):
    ids = [
        line["AWS-XRAY-TRACE-ID"] for line in found.program.json() if "AWS-XRAY-TRACE-ID" in line
    ]
    assert ids, "no line names its trace"
    for id in ids:
        assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}@[0-9a-f]{16}", id), id


@check("documents name the stack's log group, in which the console looks for their lines")
def _(found):
    assert found.program.documents
    for document in found.program.documents:
        (reference,) = document["aws"]["cloudwatch_logs"]
        equal(reference["log_group"], "/ecs/daemon")
        equal(reference["arn"], f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/daemon")
