"""examples/checkout on moto's DynamoDB, SQS, S3 and X-Ray: see README.md."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import boto3

import checks
import expectations  # noqa: F401  (registers the checks)
from daemon import Daemon
from documents import Entity
from server import Moto

PROGRAM = pathlib.Path(os.environ["XRAY_INTEROP_PROGRAMS"]) / "checkout"
REGION = "eu-west-1"
# Six requests to the checkout, three of which ask for a price.
DOCUMENTS = 9


class Found:
    """Everything that the checks look at."""

    def __init__(self):
        self.moto = Moto()
        self.daemon = Daemon()
        self.output = self.checkout(AWS_XRAY_DAEMON_ADDRESS=self.daemon.address)
        self.datagrams = self.daemon.wait_for(DOCUMENTS)
        self.documents = [datagram.partition(b"\n")[2] for datagram in self.datagrams]
        self.segments = [Entity(json.loads(document)) for document in self.documents]
        self.exchanges = list(self.moto.exchanges)
        self.messages = self.received_messages()

        # Again, on what is there already, without a daemon.
        self.output_without_daemon = self.checkout("--without-daemon")
        self.exchanges_without_daemon = self.moto.exchanges[len(self.exchanges) :]
        self.traces = self.stored_traces()

    def checkout(self, *arguments, **environment):
        """What it has said; it ends by itself, or is ended."""
        # Nothing but this: neither a proxy nor the files of whoever runs it have a say.
        environment |= {
            "AWS_ENDPOINT_URL": self.moto.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "CHECKOUT_ADDRESS": "127.0.0.1:0",
        }
        command = [PROGRAM, "--once", *arguments]
        done = subprocess.run(
            command, env=environment, timeout=60, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.splitlines()

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.moto.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def received_messages(self):
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def stored_traces(self):
        """Those of which documents were put, as X-Ray gives them out."""
        ids = []
        for put in self.puts():
            for document in json.loads(put.body)["TraceSegmentDocuments"]:
                ids.append(json.loads(document)["trace_id"])
        xray, ids, traces = self.client("xray"), sorted(set(ids)), []
        # It takes five at a time (API reference, "BatchGetTraces").
        for start in range(0, len(ids), 5):
            traces += xray.batch_get_traces(TraceIds=ids[start : start + 5])["Traces"]
        return traces

    def puts(self):
        return [e for e in self.exchanges_without_daemon if e.path == "/TraceSegments"]

    # Ways to find things, for the checks.

    def of(self, service):
        return [segment for segment in self.segments if segment["name"] == service]

    def request(self, path, status):
        """The one segment of the checkout for this request."""
        found = []
        for segment in self.of("checkout"):
            http = segment["http"]
            if http["request"]["url"].endswith(path) and http["response"]["status"] == status:
                found.append(segment)
        assert len(found) == 1, f"{len(found)} segments for {path} with {status}"
        return found[0]

    def calls(self):
        """All subsegments of calls to AWS."""
        all = (entity for segment in self.segments for entity in segment.all())
        return [entity for entity in all if entity.get("namespace") == "aws"]


os.environ["NO_PROXY"] = "127.0.0.1"
# Told to end, it ends what it has started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
sys.exit(0 if checks.run(Found) else 1)
