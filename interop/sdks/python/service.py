"""A service on Flask and requests, traced by the official SDK: see ../README.md."""

import json
import logging
import os
import pathlib

import requests
from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

HEADER = "X-Amzn-Trace-Id"

xray_recorder.configure(service="python")
if "XRAY_INTEROP_SAMPLING" in os.environ:
    rules = json.loads(pathlib.Path(os.environ["XRAY_INTEROP_SAMPLING"]).read_text())
    xray_recorder.configure(sampler=LocalSampler(rules))
patch(["requests"])

app = Flask("python")
XRayMiddleware(app, xray_recorder)


@app.get("/<decision>/<mark>")
@app.get("/<decision>/<mark>/<port>/<path:rest>")
def serve(decision, mark, port=None, rest=None):
    called = None
    if port is not None:
        decision, _, beyond = rest.partition("/")
        path = "/".join(filter(None, [decision, mark, beyond]))
        answer = requests.get(f"http://127.0.0.1:{port}/{path}", timeout=10)
        called = {"answer": answer.headers.get(HEADER), "body": answer.json()}
    return jsonify(
        header=request.headers.get(HEADER),
        traceparent=request.headers.get("traceparent"),
        called=called,
    )


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
