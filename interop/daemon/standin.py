"""Stands for the Go daemon where there is none: takes its options, and does what it was seen to do.

Seen of aws-xray-daemon 3.6.6: the first line of a datagram has to be JSON with `format` "json" in any
case and the integer `version` 1; what follows is passed on as it is, unless it is empty; 50 documents
leave at once, fewer by a tick of one second that nothing starts anew; the TCP port passes on any request,
signed. On SIGTERM what was read is still sent.
"""

import argparse
import http.client
import json
import queue
import re
import signal
import socket
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/xray/aws4_request"
}
_BATCH = 50


def options():
    parser = argparse.ArgumentParser()
    for short in ("-n", "-b", "-t", "-c", "-l"):
        parser.add_argument(short)
    parser.add_argument("-o", action="store_true")
    return parser.parse_args()


def endpoint(config):
    with open(config) as file:
        return re.search(r'^Endpoint: "http://([^"]+)"', file.read(), re.MULTILINE)[1]


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def accepted(datagram):
    """The document of a datagram, or None."""
    header, newline, document = datagram.partition(b"\n")
    try:
        said = {key.lower(): value for key, value in json.loads(header).items()}
    except (ValueError, AttributeError):
        return None
    version = said.get("version")
    known = str(said.get("format")).lower() == "json" and type(version) is int and version == 1
    return document.decode(errors="replace") if newline and document and known else None


class Batches:
    def __init__(self, to):
        self._to = to
        self._waiting = queue.Queue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def add(self, document):
        self._waiting.put(document)

    def end(self):
        self._ending.set()
        self._thread.join()

    def _send(self):
        batch, tick = [], time.monotonic() + 1
        while True:
            try:
                batch.append(self._waiting.get(timeout=0.05))
            except queue.Empty:
                pass
            ending = self._ending.is_set() and self._waiting.empty()
            ticked = time.monotonic() >= tick
            if ticked:
                tick += 1
            if batch and (len(batch) == _BATCH or ticked or ending):
                self._post(batch)
                batch = []
            if ending:
                return

    def _post(self, batch):
        connection = http.client.HTTPConnection(self._to, timeout=2)
        body = json.dumps({"TraceSegmentDocuments": batch})
        headers = _SIGNED | {
            "Content-Type": "application/json",
            "Amz-Sdk-Invocation-Id": str(uuid.uuid4()),
        }
        connection.request("POST", "/TraceSegments", body, headers)
        connection.getresponse().read()
        connection.close()


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    to = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        dropped = ("host", "connection", "content-length")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        connection = http.client.HTTPConnection(self.to, timeout=10)
        connection.request("POST", self.path, body, headers | _SIGNED)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def main():
    given = options()
    Proxy.to = endpoint(given.c)
    batches = Batches(Proxy.to)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(address(given.b))
    proxy = ThreadingHTTPServer(address(given.t), Proxy)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    print(f"[Info] Starting proxy http server on {given.t}", flush=True)

    def end(*_):
        raise SystemExit

    signal.signal(signal.SIGTERM, end)
    try:
        while True:
            document = accepted(udp.recv(1 << 16))
            if document is None:
                print("[Warn] Invalid header", flush=True)
            else:
                batches.add(document)
    finally:
        batches.end()


if __name__ == "__main__":
    sys.exit(main())
