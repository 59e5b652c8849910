"""The bytes of the fake Hub, all on disk: git blobs by sha1, large files by sha256, parts of unfinished uploads."""

import hashlib
import pathlib
import tempfile
import uuid

from . import git

PIECE = 1 << 20


def pieces(path):
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece


class Store:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        for name in ("blobs", "objects", "incoming"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.parts = {}

    def blob_path(self, oid):
        return self.folder / "blobs" / oid

    def object_path(self, sha256):
        return self.folder / "objects" / sha256

    def put_blob(self, data):
        oid = git.object_id("blob", data)
        self.blob_path(oid).write_bytes(data)
        return oid

    def put_object(self, data):
        sha256 = hashlib.sha256(data).hexdigest()
        self.object_path(sha256).write_bytes(data)
        return sha256

    def incoming(self):
        """A new file for a body that is still arriving."""
        return tempfile.NamedTemporaryFile(dir=self.folder / "incoming", delete=False)

    def keep_object(self, path, sha256):
        pathlib.Path(path).rename(self.object_path(sha256))

    def path_of(self, file):
        return self.object_path(file.lfs) if file.lfs else self.blob_path(file.oid)

    def read(self, file):
        """The bytes that git holds for `file`: for a large file, its pointer."""
        return git.pointer(file.lfs, file.size) if file.lfs else self.blob_path(file.oid).read_bytes()

    def begin_parts(self):
        upload = uuid.uuid4().hex
        self.parts[upload] = {}
        return upload

    def put_part(self, upload, number, path, etag):
        _, earlier = self.parts[upload].pop(number, (None, None))
        if earlier:
            pathlib.Path(earlier).unlink()
        self.parts[upload][number] = (etag, path)

    def join_parts(self, upload, parts, sha256):
        """Makes the object `sha256` of the parts named (number, ETag); its size, or None if it is not of them."""
        held = self.parts[upload]
        if any(held.get(number, ("",))[0] != etag for number, etag in parts):
            return None
        digest, size = hashlib.sha256(), 0
        with self.incoming() as whole:
            for number, _ in parts:
                for piece in pieces(held[number][1]):
                    digest.update(piece)
                    size += whole.write(piece)
        if digest.hexdigest() != sha256:
            pathlib.Path(whole.name).unlink()
            return None
        self.keep_object(whole.name, sha256)
        for _, path in self.parts.pop(upload).values():
            pathlib.Path(path).unlink()
        return size
