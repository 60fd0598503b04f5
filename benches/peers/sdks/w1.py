"""W1 on the official SDK: see ../../README.md."""

import sys
import time

from aws_xray_sdk.core import xray_recorder

batch, batches = map(int, sys.argv[1:])
# No rules are asked for: everything is sampled.
xray_recorder.configure(service="api.example.com", sampling=False)


def one(i):
    segment = xray_recorder.begin_segment("api.example.com")
    segment.put_http_meta("method", "GET")
    segment.put_http_meta("url", "https://api.example.com/orders/42")
    segment.put_http_meta("user_agent", "measure/1.0")
    segment.put_http_meta("client_ip", "10.0.0.7")
    segment.put_annotation("tenant", "acme")
    segment.put_annotation("order", i)
    auth = xray_recorder.begin_subsegment("auth")
    auth.put_annotation("user", "u-17")
    auth.put_annotation("attempt", 1)
    xray_recorder.end_subsegment()
    db = xray_recorder.begin_subsegment("db")
    db.put_annotation("table", "orders")
    db.put_annotation("rows", i % 100)
    query = xray_recorder.begin_subsegment("query")
    query.put_annotation("statement", "select")
    query.put_annotation("millis", 3)
    xray_recorder.end_subsegment()
    xray_recorder.end_subsegment()
    segment.put_http_meta("status", 200)
    segment.put_http_meta("content_length", 1234)
    xray_recorder.end_segment()


def measure():
    calling, process = [], 0
    for _ in range(batches):
        everything, mine = time.process_time_ns(), time.thread_time_ns()
        for i in range(batch):
            one(i)
        calling.append((time.thread_time_ns() - mine) / batch)
        process += (time.process_time_ns() - everything) / batch
        # The receiver catches up.
        time.sleep(0.0002)
    return sorted(calling)[batches // 2], process / batches


for i in range(2_000):
    one(i)
for line in sys.stdin:
    if line == "round\n":
        print(*measure(), flush=True)
    else:
        print("NaN NaN NaN", flush=True)
