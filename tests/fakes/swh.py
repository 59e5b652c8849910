"""A fake of Software Heritage's bucket at Amazon, and of its web API: contents, and how each is given.

    with Archive() as archive:
        blob = archive.add(b"print(1)\\n")
        run(env={"SWH_ENDPOINT": archive.endpoint, "SWH_API": archive.api})
"""

import collections
import gzip
import hashlib
import http.server
import re
import threading

PATH = re.compile(r"^/softwareheritage/content/([0-9a-f]{40})$")
API_PATH = re.compile(r"^/api/1/content/sha1:([0-9a-f]{40})/raw/$")
RANGE = re.compile(r"^bytes=(\d+)-(\d+)$")
KEY = re.compile(r"Credential=([^/]+)/")


class Archive(http.server.ThreadingHTTPServer):
    """Settings may change at any time: `anonymous` (who has no keys is given contents), `keys` (those that AWS knows),
    `paid` (only who pays is given anything), `busy` (so many requests are refused with SlowDown), `hold_after`
    (requests after so many wait until `released` is set)."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.packed, self.signed_only = {}, set()
        self.anonymous, self.keys, self.paid = True, {"AKIDGOOD"}, False
        self.busy, self.hold_after, self.released = 0, None, threading.Event()
        self.requests, self.at_once, self.most_at_once = collections.Counter(), 0, 0
        self.ways = collections.Counter()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.shutdown()
        self.server_close()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def api(self):
        return self.endpoint + "/api/1"

    def add(self, content, packed=None, signed_only=False):
        """Keeps a content; `packed`: other bytes than its gzip."""
        blob = hashlib.sha1(content).hexdigest()
        self.packed[blob] = gzip.compress(content) if packed is None else packed
        if signed_only:
            self.signed_only.add(blob)
        return blob

    def handle_error(self, request, client_address):
        """Clients that are killed leave their connections."""

    def refusal(self, blob, headers):
        """The code of the error that this request gets, or None."""
        key = KEY.search(headers.get("Authorization", ""))
        pays = headers.get("x-amz-request-payer") == "requester"
        with self.lock:
            self.ways["paid" if pays else "signed" if key else "anonymous"] += 1
            if self.busy > 0:
                self.busy -= 1
                return 503, "SlowDown"
        if key and key[1] not in self.keys:
            return 403, "InvalidAccessKeyId"
        if (not key and (not self.anonymous or blob in self.signed_only)) or (self.paid and not pays):
            return 403, "AccessDenied"
        return None if blob in self.packed else (404, "NoSuchKey")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        with server.lock:
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            held = server.hold_after is not None and sum(server.requests.values()) >= server.hold_after
        try:
            if held:
                server.released.wait()
            self.give()
        finally:
            with server.lock:
                server.at_once -= 1

    def give(self):
        by_api = API_PATH.match(self.path)
        found = by_api or PATH.match(self.path)
        blob = found[1] if found else ""
        refused = self.server.refusal(blob, self.headers)
        if refused:
            return self.answer(refused[0], f"<Error><Code>{refused[1]}</Code><Message>no</Message></Error>".encode())
        with self.server.lock:
            self.server.requests[blob] += 1
        packed = self.server.packed[blob]
        if by_api:
            return self.answer(200, gzip.decompress(packed))
        first, last = map(int, RANGE.match(self.headers["Range"]).groups())
        last = min(last, len(packed) - 1)
        return self.answer(206, packed[first:last + 1], {
            "Content-Range": f"bytes {first}-{last}/{len(packed)}", "ETag": f'"{hashlib.md5(packed).hexdigest()}"'})

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
