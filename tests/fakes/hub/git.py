"""What git makes of files: blobs, trees and commits with their real object ids, and LFS pointers."""

import dataclasses
import functools
import hashlib



def object_id(kind, data):
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


def pointer(sha256, size):
    """The text that stands in git for a large file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a tree: `oid` names its blob, which is a pointer when `lfs` holds a sha256."""

    oid: str
    size: int
    lfs: str | None = None

    @property
    def pointer_size(self):
        return len(pointer(self.lfs, self.size))


def large_file(sha256, size):
    return File(object_id("blob", pointer(sha256, size)), size, sha256)


def make_trees(files):
    """Path of each folder -> its tree object; the root is ''."""
    children = {"": {}}
    for path, file in files.items():
        folder, _, name = path.rpartition("/")
        children.setdefault(folder, {})[name] = file.oid
        while folder:
            parent, _, name = folder.rpartition("/")
            children.setdefault(parent, {})[name] = None
            folder = parent
    trees = {}
    for folder in sorted(children, key=lambda path: path.count("/") + bool(path), reverse=True):
        trees[folder] = make_tree(folder, children[folder], trees)
    return trees


def make_tree(folder, children, trees):
    """Folders are sorted as if their names ended with a slash."""
    lines = []
    for name, oid in sorted(children.items(), key=lambda item: (item[0] + "/" * (item[1] is None)).encode()):
        path = f"{folder}/{name}" if folder else name
        mode, oid = ("100644", oid) if oid else ("40000", object_id("tree", trees[path]))
        lines.append(f"{mode} {name}\0".encode() + bytes.fromhex(oid))
    return b"".join(lines)


@dataclasses.dataclass
class Commit:
    """A commit and the whole of its tree, flat: path -> File."""

    files: dict
    parents: tuple
    title: str
    description: str
    author: str
    date: int

    @functools.cached_property
    def trees(self):
        return make_trees(self.files)

    @functools.cached_property
    def folders(self):
        return {path: object_id("tree", tree) for path, tree in self.trees.items()}

    @functools.cached_property
    def data(self):
        stamp = f"{self.author} <{self.author}@users.noreply> {self.date} +0000"
        parents = "".join(f"parent {parent}\n" for parent in self.parents)
        message = self.title + (f"\n\n{self.description}" if self.description else "")
        return f"tree {self.folders['']}\n{parents}author {stamp}\ncommitter {stamp}\n\n{message}\n".encode()

    @functools.cached_property
    def oid(self):
        return object_id("commit", self.data)
