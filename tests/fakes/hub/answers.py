"""Answers of the fake Hub: JSON, errors as the Hub words them, files in whole or in part."""

import dataclasses
import json
import re
import threading
from pathlib import Path


@dataclasses.dataclass
class Slice:
    """`count` bytes of a file on disk, from byte `first`."""

    path: Path
    first: int
    count: int

    def __len__(self):
        return self.count

    def read(self):
        with open(self.path, "rb") as file:
            file.seek(self.first)
            return file.read(self.count)


@dataclasses.dataclass
class Answer:
    """`cut` ends the connection after so many bytes of the body; `pause` waits there for an event."""

    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes | Slice = b""
    cut: int | None = None
    pause: tuple[int, threading.Event] | None = None

    def bytes(self):
        return self.body.read() if isinstance(self.body, Slice) else self.body


class Refused(Exception):
    """A request that is answered with an error; `code` becomes X-Error-Code."""

    def __init__(self, status, message, code=None, headers=None, **fields):
        super().__init__(message)
        self.status, self.message, self.code, self.headers, self.fields = status, message, code, headers or {}, fields

    def answer(self):
        headers = {"X-Error-Message": self.message.replace("\n", " "), **self.headers}
        if self.code:
            headers["X-Error-Code"] = self.code
        return as_json({"error": self.message, **self.fields}, self.status, headers)


class StorageRefused(Refused):
    """An error of the storage behind the Hub, which speaks XML."""

    def answer(self):
        text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{self.code}</Code>"
        text += f"<Message>{self.message}</Message></Error>"
        return Answer(self.status, {"Content-Type": "application/xml", **self.headers}, text.encode())


def as_json(value, status=200, headers=None):
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})},
                  json.dumps(value).encode())


def as_text(text, status=200, headers=None):
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}, text.encode())


def as_file(request, path, headers):
    """The file, or the one range of it that is asked for while its ETag is what If-Range says."""
    size = path.stat().st_size
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **headers}
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if not asked or request.headers.get("If-Range", headers["ETag"]) != headers["ETag"]:
        return Answer(200, headers, Slice(path, 0, size))
    first, last = asked.groups()
    if first:
        first, last = int(first), min(int(last or size - 1), size - 1)
    else:
        first, last = max(0, size - int(last or 0)), size - 1
    if first > last:
        return Answer(416, {**headers, "Content-Range": f"bytes */{size}"})
    return Answer(206, {**headers, "Content-Range": f"bytes {first}-{last}/{size}"},
                  Slice(path, first, last - first + 1))
