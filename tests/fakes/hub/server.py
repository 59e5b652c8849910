"""The HTTP of the fake: origins on loopback that answer, record, and fail where a test wants it."""

import http.server
import socket
import struct
import sys
import threading
import uuid

from .answers import Answer, Slice
from .faults import PATIENCE, ConnectionCut
from .request import Request


class Origin(http.server.ThreadingHTTPServer):
    """One address of the fake; `respond(request)` makes its answers."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, hub, name, respond, port=0):
        self.hub, self.name, self.respond = hub, name, respond
        super().__init__(("127.0.0.1", port), ControlHandler if name == "control" else Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that goes away is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def exchange(self):
        hub, origin = self.server.hub, self.server.name
        request = Request(origin, self.command, self.path, self.headers)
        recorded = hub.requests.add(request)
        try:
            answer = self.respond(request, hub.faults.at(request), recorded)
            recorded.status = answer.status
            self.send(answer)
        except ConnectionCut:
            self.reset()
        except ConnectionError:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = exchange

    def respond(self, request, actions, recorded):
        for action in actions:
            action.received(request)
        uploads = request.origin == "cdn" and request.method == "PUT"
        request.read_body(self.rfile, self.server.hub.store.incoming() if uploads else None)
        recorded.finish(request)
        early = [answer for action in actions if (answer := action.asked(request))]
        answer = early[0] if early else self.server.respond(request)
        for action in actions:
            answer = action.answered(request, answer)
        return answer

    def send(self, answer: Answer):
        self.send_response(answer.status)
        chunked = "Transfer-Encoding" in answer.headers
        own = {} if self.server.hub.settings.third_party else {"X-Request-Id": f"Root=1-{uuid.uuid4().hex}"}
        headers = {**own, **answer.headers}
        if not chunked and answer.status != 304:
            headers.setdefault("Content-Length", str(len(answer.body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.send_body(answer, chunked)

    def send_body(self, answer, chunked):
        if chunked:
            self.wfile.write(f"{len(answer.body):x}\r\n".encode() + answer.body + b"\r\n0\r\n\r\n")
            return
        end, done = len(answer.body) if answer.cut is None else answer.cut, 0
        if answer.pause:
            done, event = answer.pause
            self.send_part(answer.body, 0, done)
            event.wait(PATIENCE)
        self.send_part(answer.body, done, end)
        if answer.cut is not None:
            self.close_connection = True

    def send_part(self, body, first, end):
        if isinstance(body, Slice):
            if end > first:
                with open(body.path, "rb") as file:
                    self.connection.sendfile(file, body.first + first, end - first)
        else:
            self.wfile.write(body[first:end])

    def reset(self):
        """Closes with RST: the client sees a reset and no end of the answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class ControlHandler(Handler):
    """What a test asks of the fake neither fails nor is recorded."""

    def do_POST(self):
        request = Request("control", self.command, self.path, self.headers)
        request.read_body(self.rfile)
        self.send(self.server.respond(request))
