"""Stands for the daemon's TCP port: the two calls of central sampling, as the daemon passes them on.

It takes what the daemon takes: any body, with or without a content type.
"""

import json
import threading
import time
from collections import namedtuple
from http.server import BaseHTTPRequestHandler

from servers import Server

Call = namedtuple("Call", "time path headers body")


def rule(name, priority, path, rate, reservoir=0):
    """As `GetSamplingRules` tells it (API reference, "SamplingRule")."""
    return {
        "RuleName": name,
        "RuleARN": f"arn:aws:xray:us-east-1:123456789012:sampling-rule/{name}",
        "ResourceARN": "*",
        "Priority": priority,
        "FixedRate": rate,
        "ReservoirSize": reservoir,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": path,
        "Version": 1,
        "Attributes": {},
    }


class Sampling:
    """Answers with these rules, and with what `targets` makes of each report."""

    def __init__(self, rules, targets):
        self._rules = rules
        self._targets = targets
        self.calls = []
        self._changed = threading.Condition()
        handler = type("Handler", (_Handler,), {"sampling": self})
        server = Server(("127.0.0.1", 0), handler)
        self.port = server.server_port
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, path, body):
        if path == "/GetSamplingRules":
            records = [
                {"CreatedAt": 0.0, "ModifiedAt": 1.0, "SamplingRule": r} for r in self._rules
            ]
            return {"NextToken": None, "SamplingRuleRecords": records}
        reports = json.loads(body)["SamplingStatisticsDocuments"]
        targets = self._targets(reports)
        return {
            "LastRuleModification": 1.0,
            "SamplingTargetDocuments": targets,
            "UnprocessedStatistics": [],
        }

    def note(self, call):
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()

    def reports(self):
        """All statistics so far, with the time they came."""
        found = []
        for call in list(self.calls):
            if call.path == "/SamplingTargets":
                found += [
                    (call.time, report)
                    for report in json.loads(call.body)["SamplingStatisticsDocuments"]
                ]
        return found

    def wait(self, until, seconds):
        """Whether it became true, of what has been called."""
        end = time.monotonic() + seconds
        with self._changed:
            while not until():
                if not self._changed.wait(end - time.monotonic()):
                    return until()
            return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sampling = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        known = self.path in ("/GetSamplingRules", "/SamplingTargets")
        answer = json.dumps(self.sampling.answer(self.path, body) if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.sampling.note(Call(time.time(), self.path, headers, body))

    def _chunks(self):
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def log_message(self, *_):
        pass
