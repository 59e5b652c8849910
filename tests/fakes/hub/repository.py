"""A repository: its settings, its refs, its commits."""

import datetime
import re
import uuid

from . import attributes, git
from .answers import Refused
from .spaces import Space


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Repository:
    """`objects` are the large files uploaded to it, referred to or not; `granted` the users let through its gate."""

    def __init__(self, hub, type, id, private=False, gated=False, author=None):
        self.hub, self.type, self.id, self.private, self.gated = hub, type, id, private, gated
        self.disabled, self.granted, self.asked = False, set(), set()
        self.key, self.created = uuid.uuid4().hex[:24], hub.clock()
        self.refs, self.commits, self.discussions, self.objects, self.card = {}, {}, [], {}, None
        self.space = Space() if type == "spaces" else None
        self.author = author or self.namespace
        first = {".gitattributes": self.store(".gitattributes", attributes.DEFAULT.encode())}
        self.add_commit("refs/heads/main", first, "initial commit")

    @property
    def namespace(self):
        return self.id.partition("/")[0]

    @property
    def head(self):
        return self.commits[self.refs["refs/heads/main"]]

    def ref_of(self, rev):
        """The full name of the branch, tag or other ref that `rev` names, or None."""
        names = (f"refs/heads/{rev}", f"refs/tags/{rev}", rev)
        return next((name for name in names if name in self.refs), None)

    def commit_at(self, rev):
        ref = self.ref_of(rev)
        commit = self.commits.get(self.refs[ref] if ref else rev)
        if commit is None:
            raise Refused(404, f"Invalid rev id: {rev}", code="RevisionNotFound")
        return commit

    def file_at(self, commit, path):
        if path not in commit.files:
            raise Refused(404, "Entry not found", code="EntryNotFound", headers={"X-Repo-Commit": commit.oid})
        return commit.files[path]

    def add_commit(self, ref, files, title, description="", author=None, parents=None):
        """Makes a commit on what `ref` points to and moves it there."""
        if parents is None:
            parents = (self.refs[ref],) if ref in self.refs else ()
        date = int(self.hub.clock())
        commit = git.Commit(files, tuple(parents), title, description, author or self.author, date)
        self.commits[commit.oid] = commit
        self.refs[ref] = commit.oid
        return commit

    def commit(self, files, title="Upload files", rev="main"):
        """For tests: commits {path: bytes, or None to delete}, large or not as the Hub would decide."""
        with self.hub.lock:
            ref = self.ref_of(rev)
            tree = dict(self.commit_at(rev).files)
            for path, data in files.items():
                if data is None:
                    del tree[path]
                else:
                    tree[path] = self.store(path, data, self.text(tree, ".gitattributes"))
            return self.add_commit(ref, tree, title)

    def store(self, path, data, rules=""):
        """Keeps the bytes of a file; the File that a tree has for them."""
        limit = self.hub.settings.regular_limit
        if attributes.upload_mode(rules, path, len(data), data[: attributes.SNIFFED], limit) == "lfs":
            sha256 = self.hub.store.put_object(data)
            self.objects[sha256] = len(data)
            return git.large_file(sha256, len(data))
        return git.File(self.hub.store.put_blob(data), len(data))

    def read(self, path, rev="main"):
        """For tests: the bytes of a file."""
        return self.hub.store.path_of(self.file_at(self.commit_at(rev), path)).read_bytes()

    def files(self, rev="main"):
        """For tests: path -> size of every file but .gitattributes."""
        files = self.commit_at(rev).files
        return {path: file.size for path, file in sorted(files.items()) if path != ".gitattributes"}

    def text(self, files, path):
        return self.hub.store.read(files[path]).decode() if path in files else ""

    def log(self, commit):
        """The commits from `commit` back to the first, along first parents."""
        while commit:
            yield commit
            commit = self.commits[commit.parents[0]] if commit.parents else None

    def last_change(self, commit, path):
        """The newest commit that made the file or folder what it is."""
        oid, last = entry_oid(commit, path), commit
        for earlier in self.log(commit):
            if entry_oid(earlier, path) != oid:
                break
            last = earlier
        return last

    def used_storage(self):
        return sum(self.objects.values())

    def check_name(self, ref):
        if not re.fullmatch(r"refs/[^\s~^:?*\[\\]+", ref) or ".." in ref or ref.endswith(("/", ".lock")):
            raise Refused(400, f"Invalid reference name: {ref}")


def entry_oid(commit, path):
    file = commit.files.get(path)
    return file.oid if file else commit.folders.get(path)
