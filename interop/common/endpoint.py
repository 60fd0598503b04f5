"""A server that stands for those that a service calls: another service, DynamoDB, SQS and S3.

It answers what the recorded SDKs were answered, byte for byte where the length is recorded.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler

from servers import Server

_ID = {"x-amzn-RequestId": "REQ-0000-1111"}


def _failed(code, message):
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    return 400, _ID, json.dumps(body, separators=(",", ":")).encode()


def _dynamodb(body):
    table = json.loads(body)["TableName"]
    if table == "missing-table":
        return _failed("ResourceNotFoundException", "no such table")
    if table == "hot-table":
        return _failed("ProvisionedThroughputExceededException", "slow down")
    capacity = b'{"ConsumedCapacity":{"TableName":"%s","CapacityUnits":1.0}}'
    return 200, _ID, (capacity % table.encode()).ljust(63)


def _sqs(body):
    # MD5 of "hello", which the AWS SDKs compare.
    answer = b'{"MessageId":"m-1","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}'
    return 200, _ID, answer.ljust(76)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path.startswith("/status/"):
            self._answer(int(path.rpartition("/")[2]), {}, b"hello")
        elif path == "/bucket-1/key-1":
            ids = {"x-amz-request-id": "S3REQ", "x-amz-id-2": "S3ID2"}
            self._answer(200, ids, b"hello")
        else:
            # The tracing header that it was sent.
            self._answer(200, {}, self.headers.get("X-Amzn-Trace-Id", "").encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "")
        status, headers, answer = (_sqs if target.startswith("AmazonSQS") else _dynamodb)(body)
        self._answer(status, headers | {"Content-Type": "application/x-amz-json-1.0"}, answer)

    def log_message(self, *_):
        pass


class Endpoint:
    def __init__(self):
        server = Server(("127.0.0.1", 0), _Handler)
        self.port = server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
