"""Stands before an S3 server and does to requests and answers what networks and servers do.

Which fault a request meets is drawn by the seed, the request's line and how many times it came before: the same for
every run, in whatever order requests come.
"""

import asyncio
import collections
import contextlib
import random
import socket
import struct
import threading

# The weight of each; the rest of 100 passes.
NETWORK = {"latency": 8, "bandwidth": 4, "reset": 4, "cut": 5, "reset_answer": 3, "lost_answer": 3}
SERVER = {"slow_down": 6, "internal_error": 6, "wrong_request": 4, "wrong_body": 4, "other_version": 4,
          "error_in_200": 30}
SMALL = 32 << 20  # objects below it tell their MD5

ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>by the proxy</Message></Error>'


class Broken(Exception):
    """The connection is to be dropped."""


def answer_of(status, code):
    body = ERROR.format(code).encode()
    head = f"HTTP/1.1 {status} Fault\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def field(head, name):
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(name.lower() + b":"):
            return line.split(b":", 1)[1].strip()
    return b""


async def read_message(reader, has_body=True):
    """Head and body of a request or an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert not field(head, b"Transfer-Encoding"), head
    size = int(field(head, b"Content-Length") or 0) if has_body else 0
    return head, await reader.readexactly(size)


def flipped(body, rng):
    at = rng.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 1 << rng.randrange(8)]) + body[at + 1:]


class FaultProxy:
    def __init__(self, port, seed=0, faults=None, most_at_once=None):
        """`most_at_once`: what comes beyond it is refused as too much."""
        self.target, self.seed, self.most_at_once = port, seed, most_at_once
        self.faults = {} if faults is None else faults
        self.done = collections.Counter()  # by fault
        self.requests = collections.Counter()  # by their lines
        self.refused = []  # of each request in turn, whether it was one too many
        self.under_way = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stopped.set)
        self.thread.join()

    def run(self):
        async def serve():
            self.stopped = asyncio.Event()
            server = await asyncio.start_server(self.serve, sock=self.listener, limit=1 << 20)
            await self.stopped.wait()
            server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self.stopped = None
        self.loop.run_until_complete(serve())

    def fault_of(self, line):
        """A fault, or "", and what else is drawn for it."""
        self.requests[line] += 1
        rng = random.Random(f"{self.seed} {line} {self.requests[line]}")
        drawn = rng.uniform(0, 100)
        for name, weight in self.faults.items():
            if name == "error_in_200" and not (line.startswith("POST") and "uploadId=" in line):
                continue
            if drawn < weight:
                return name, rng
            drawn -= weight
        return "", rng

    async def serve(self, reader, writer):
        with contextlib.suppress(Broken, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            upstream = await asyncio.open_connection("127.0.0.1", self.target, limit=1 << 20)
            try:
                while True:
                    request = await read_message(reader)
                    self.under_way += 1
                    try:
                        await self.exchange(request, upstream, writer)
                    finally:
                        self.under_way -= 1
            finally:
                upstream[1].close()
        writer.close()

    def reset(self, writer):
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        raise Broken

    async def exchange(self, request, upstream, writer):
        head, body = request
        line = head.split(b"\r\n", 1)[0].decode()
        if self.most_at_once is not None:
            self.refused.append(self.under_way > self.most_at_once)
            await asyncio.sleep(0.01)
            if self.refused[-1]:
                return await self.send(writer, answer_of(503, "SlowDown"))
        fault, rng = self.fault_of(line)
        before = {"reset": lambda: self.reset(writer),
                  "slow_down": lambda: self.send(writer, answer_of(503, "SlowDown")),
                  "internal_error": lambda: self.send(writer, answer_of(500, "InternalError")),
                  "error_in_200": lambda: self.send(writer, answer_of(200, "InternalError"))}
        if fault in before:
            self.done[fault] += 1
            return await before[fault]()
        if fault == "latency":
            await asyncio.sleep(rng.uniform(0.01, 0.2))
        if fault == "wrong_request" and body:
            self.done[fault] += 1
            body = flipped(body, rng)
        upstream[1].write(head + body)
        await upstream[1].drain()
        answer = await read_message(upstream[0], has_body=not line.startswith("HEAD"))
        await self.answer(fault, rng, answer, writer)

    async def answer(self, fault, rng, answer, writer):
        head, body = answer
        is_part = head.startswith(b"HTTP/1.1 206")
        whole = int(field(head, b"Content-Range").rpartition(b"/")[2] or 0)
        if fault == "wrong_body" and is_part and body and whole < SMALL:
            self.done[fault] += 1
            body = flipped(body, rng)
        if fault == "other_version" and is_part:
            self.done[fault] += 1
            head = head.replace(field(head, b"ETag"), b'"0123456789abcdef0123456789abcdef"')
        if fault in ("cut", "reset_answer", "lost_answer", "stall", "bandwidth", "latency"):
            self.done[fault] += 1
        if fault == "bandwidth":
            return await self.slowly(writer, head + body)
        if fault in ("cut", "reset_answer", "stall"):
            await self.send(writer, (head + body)[:len(head) + len(body) // 2])
            if fault == "stall":
                await asyncio.sleep(3600)
        if fault in ("reset_answer", "lost_answer"):
            self.reset(writer)
        if fault == "cut":
            raise Broken
        await self.send(writer, head + body)

    async def slowly(self, writer, data):
        piece = max(1, len(data) // 10)
        for at in range(0, len(data), piece):
            await self.send(writer, data[at:at + piece])
            await asyncio.sleep(0.02)

    async def send(self, writer, data):
        writer.write(data)
        await writer.drain()
