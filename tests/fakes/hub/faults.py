"""Faults that a test orders: which call of which route goes wrong, and how.

    hub.fault("POST", "/commit/", action=Status(504, work=True))     # the commit happens, its answer is lost
    hub.fault("PUT", "/upload/", call=2, action=Reset("received"))   # the second PUT is cut before its body is read
"""

import gzip
import json
import re
import threading

from .answers import Answer, StorageRefused

PATIENCE = 120


class ConnectionCut(Exception):
    """The connection is to be reset now."""


class Action:
    """What goes wrong. Each method is a moment: head read, whole request read, answer ready."""

    def received(self, request):
        pass

    def asked(self, request):
        """An Answer given here spares the work."""

    def answered(self, request, answer):
        return answer


class Status(Action):
    """Another answer, without the work or, if `work`, after it."""

    def __init__(self, code, headers=None, body=b"", work=False):
        if not isinstance(body, (bytes, str)):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
        self.code, self.headers, self.work = code, headers or {}, work
        self.body = body.encode() if isinstance(body, str) else body

    def answer(self):
        return Answer(self.code, dict(self.headers), self.body)

    def asked(self, request):
        return None if self.work else self.answer()

    def answered(self, request, answer):
        return self.answer()


class Reset(Action):
    """The connection is reset: `when` is received (body unread), asked (read, no work) or answered (work done)."""

    def __init__(self, when="asked"):
        self.when = when

    def _cut(self, when):
        if self.when == when:
            raise ConnectionCut

    def received(self, request):
        self._cut("received")

    def asked(self, request):
        self._cut("asked")

    def answered(self, request, answer):
        self._cut("answered")


class Stall(Action):
    """Nothing goes on until `event` is set: the body is not read (`when` is received), no work is done (asked), or
    no more than `after` bytes of the answer's body are sent."""

    def __init__(self, when="asked", after=None, event=None):
        self.when, self.after, self.event = when, after, event or threading.Event()

    def release(self):
        self.event.set()

    def received(self, request):
        if self.when == "received":
            self.event.wait(PATIENCE)

    def asked(self, request):
        if self.when == "asked" and self.after is None:
            self.event.wait(PATIENCE)

    def answered(self, request, answer):
        if self.after is not None:
            answer.pause = (self.after, self.event)
        return answer


class Do(Action):
    """Nothing goes wrong by itself: `function(request)` is called before the work, and may commit something else."""

    def __init__(self, function):
        self.function = function

    def asked(self, request):
        self.function(request)


class Short(Action):
    """The connection ends after `size` bytes of the body."""

    def __init__(self, size):
        self.size = size

    def answered(self, request, answer):
        answer.cut = self.size
        return answer


class Wrong(Action):
    """The body has its right length and one wrong byte."""

    def answered(self, request, answer):
        body = bytearray(answer.bytes())
        body[len(body) // 2] ^= 0xFF
        answer.body = bytes(body)
        return answer


class Expired(Action):
    """A signed URL whose time is over."""

    def asked(self, request):
        return StorageRefused(403, "Request has expired", "AccessDenied").answer()


class Headers(Action):
    """Headers replaced by others; None leaves one out."""

    def __init__(self, headers):
        self.headers = headers

    def answered(self, request, answer):
        answer.headers = {
            name: value for name, value in {**answer.headers, **self.headers}.items() if value is not None
        }
        return answer


class Etag(Headers):
    """The file is another one by now."""

    def __init__(self, etag):
        super().__init__({"ETag": f'"{etag}"', "X-Linked-Etag": f'"{etag}"'})


class ContentRange(Headers):
    """Another range is announced than the one that is sent."""

    def __init__(self, value):
        super().__init__({"Content-Range": value})


class Whole(Action):
    """The whole file with 200, whatever range was asked for."""

    def asked(self, request):
        del request.headers["Range"]


class Gzip(Action):
    """The body compressed and in chunks, as a proxy does it that was not told not to."""

    def answered(self, request, answer):
        answer.body = gzip.compress(answer.bytes())
        answer.headers.update({"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"})
        return answer


ACTIONS = {
    "status": Status, "reset": Reset, "stall": Stall, "short": Short, "wrong": Wrong, "expired": Expired,
    "headers": Headers, "etag": Etag, "content_range": ContentRange, "whole": Whole, "gzip": Gzip,
}


class Fault:
    """An action at some calls: `call` is a number from 1, several, or "every"; `hit` is set when it happens."""

    def __init__(self, method, route, call, origin, action):
        self.method, self.route, self.origin, self.action = method, re.compile(route), origin, action
        self.calls = call if call == "every" else {call} if isinstance(call, int) else set(call)
        self.seen, self.hit = 0, threading.Event()

    def happens(self, request):
        same = self.method in (None, request.method) and self.origin in (None, request.origin)
        if not same or not self.route.search(request.target):
            return False
        self.seen += 1
        if self.calls != "every" and self.seen not in self.calls:
            return False
        self.hit.set()
        return True


class Faults(list):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def at(self, request):
        """The actions for this call; each fault counts it."""
        with self.lock:
            return [fault.action for fault in self if fault.happens(request)]

    def release(self):
        """Lets every stalled answer go on."""
        for fault in self:
            if isinstance(fault.action, Stall):
                fault.action.release()
