"""HTTP servers for what programs call."""

from http.server import ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Ends with the process; says nothing of clients that are ended in the middle of a request."""

    daemon_threads = True

    def handle_error(self, request, address):
        pass
