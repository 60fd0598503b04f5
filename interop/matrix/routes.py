"""Requests through two or three services, and what each of them has seen of them."""

import http.client
import json
from typing import NamedTuple

import symbols
from behaviour import SERVICES, find
from headers import INCOMING

HEADER = "X-Amzn-Trace-Id"
OTHERS = [service for service in SERVICES if service != "ours"]
PAIRS = [("ours", to) for to in SERVICES] + [(service, "ours") for service in OTHERS]
ROUTES = PAIRS + [(first, "ours", last) for first in SERVICES for last in SERVICES]


class Visit(NamedTuple):
    """One service, asked once."""

    service: str
    rules: str
    # As it is in the URL that documents have.
    path: str
    header: str
    traceparent: str
    # Its answer, and what the service behind it has received; None for the last one.
    answered: str
    sent: str
    row: object
    ids: dict

    def expected(self):
        return self.row.services[self.service]


class Trip(NamedTuple):
    """A request, with all its visits in order."""

    name: str
    route: tuple
    visits: list


class Traveller:
    def __init__(self, ports):
        self._ports = ports
        self._mark = 0

    def trips(self):
        return [self._go(route, *incoming) for route in ROUTES for incoming in INCOMING]

    def fence(self):
        """A last request to each service, that is recorded: what it has sent before has come, too."""
        return [self._go((service,), "fence", None, "yes") for service in SERVICES]

    def _go(self, route, name, template, rules, traceparent=None):
        self._mark += 1
        ids = symbols.new_ids()
        header = symbols.written(template, ids)
        traceparent = symbols.written(traceparent, ids)
        behaviour = find(route[0], header, traceparent, rules)[0].services[route[0]]
        # The opposite of what has been decided.
        behind = "yes" if behaviour.recorded is None else "no"
        decisions = [rules] + [behind] * (len(route) - 1)
        answer, seen = self._ask(self._paths(route, decisions)[0], route[0], header, traceparent)
        visits = []
        for service, own, path in zip(route, decisions, self._paths(route, decisions)):
            called = seen["called"]
            came = (seen["header"], seen["traceparent"])
            found = find(service, *came, own)
            sent = called and called["body"]["header"]
            visits.append(Visit(service, own, path, *came, answer, sent, *found))
            if called:
                answer, seen = called["answer"], called["body"]
        return Trip(name, route, visits)

    def _paths(self, route, decisions):
        """As each of the services sees it."""
        paths, rest = [], ""
        for service, decision in reversed(list(zip(route, decisions))):
            paths.insert(0, f"/{decision}/m{self._mark}{rest}")
            rest = f"/{self._ports[service]}/{decision}{rest}"
        return paths

    def _ask(self, path, service, header, traceparent):
        connection = http.client.HTTPConnection("127.0.0.1", self._ports[service], timeout=10)
        headers = {HEADER: header, "traceparent": traceparent}
        headers = {name: value for name, value in headers.items() if value is not None}
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, f"{service}: {response.status} {body!r}"
        connection.close()
        return response.headers.get(HEADER), json.loads(body)
