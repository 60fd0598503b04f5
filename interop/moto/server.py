"""Moto over real HTTP, and who has asked it what."""

import io
import logging
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server
from werkzeug.wrappers import Request


class Exchange:
    """One request, and what was answered."""

    def __init__(self, request):
        self.method = request.method
        self.path = request.path
        self.operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.header = request.headers.get("X-Amzn-Trace-Id")
        self.authorization = request.headers.get("Authorization", "")
        self.body = request.get_data()
        self.status = None
        self.request_id = None

    def trace(self):
        """What stands in the tracing header; of two of them the server makes one, with a comma."""
        assert self.header and "," not in self.header, f"header {self.header!r}"
        return dict(pair.split("=", 1) for pair in self.header.split(";"))


class Moto:
    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._app = DomainDispatcherApplication(create_backend_app)
        self.exchanges = []
        server = make_server(
            "127.0.0.1", 0, self._note, threaded=True, request_handler=MotoRequestHandler
        )
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def _note(self, environ, start_response):
        exchange = Exchange(Request(environ))
        # Moto reads it, too.
        environ["wsgi.input"] = io.BytesIO(exchange.body)
        self.exchanges.append(exchange)

        def answer(status, headers, *rest):
            ids = {name.lower(): value for name, value in headers}
            exchange.status = int(status.split()[0])
            exchange.request_id = ids.get("x-amzn-requestid") or ids.get("x-amz-request-id")
            return start_response(status, headers, *rest)

        return self._app(environ, answer)
