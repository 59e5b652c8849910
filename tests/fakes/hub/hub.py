"""The fake Hub itself: users, repositories, settings, and the origins that serve them."""

import dataclasses
import pathlib
import tempfile
import threading
import urllib.parse

from . import (access, cdn, clone, commit, control, discussions, history, identity, lfs, listing, preupload,
               repositories, resolve, routing, signing, spaces, third_party, webhooks)
from .access import User
from .answers import Answer, Refused
from .faults import Fault, Faults
from .limits import Clock, Limits
from .repository import Repository, iso
from .request import Recording
from .server import Origin
from .store import Store

SUBJECTS = (identity, repositories, listing, history, preupload, lfs, commit, discussions, spaces, webhooks, clone,
            resolve)


@dataclasses.dataclass
class Settings:
    """What a test may set; sizes in bytes, times in seconds."""

    prefix: str = ""
    page_size: int = 1000
    expanded_page_size: int = 100
    commits_page_size: int = 50
    paths_limit: int = 1000
    regular_limit: int = 10 << 20
    multipart_threshold: int = 16_000_000
    chunk_size: int = 16_000_000
    padded_keys: bool = True
    verify: bool = True
    code_for_hidden: bool = True
    xet_hashes: bool = False
    resolve_cache: bool = True
    third_party: bool = False
    url_life: int = 3600
    hardware: tuple = ("cpu-basic", "cpu-upgrade", "t4-small")


class Hub:
    """Start it with `with Hub() as hub`, give `hub.endpoint` to a client, look at `hub.requests` afterwards."""

    def __init__(self, folder=None, port=0, cdn_port=0, control_port=0, **settings):
        self.settings = Settings(**settings)
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="hub-")
        self.store = Store(pathlib.Path(folder or self._temporary.name))
        self.lock = threading.RLock()
        self.clock = Clock()
        self.limits, self.faults, self.requests = Limits(self.clock), Faults(), Recording()
        self.repositories, self.moves, self.webhooks = {}, {}, {}
        self.users = {
            "hf_write": User("ns", "write", ("org",)), "hf_read": User("ns", "read", ("org",)),
            "hf_none": User("ns", "none", ("org",)), "hf_other": User("other"),
        }
        self.tables = [route for subject in SUBJECTS for route in subject.routes.table]
        self.origins = [
            Origin(self, "hub", self.respond, port), Origin(self, "cdn", self.respond_as_cdn, cdn_port),
            Origin(self, "control", self.respond_to_control, control_port),
        ]

    def __enter__(self):
        for origin in self.origins:
            origin.start()
        return self

    def __exit__(self, *_):
        self.faults.release()
        for origin in self.origins:
            origin.stop()
        if self._temporary:
            self._temporary.cleanup()

    @property
    def endpoint(self):
        return self.origins[0].url + self.settings.prefix

    @property
    def cdn(self):
        return self.origins[1].url

    @property
    def control(self):
        return self.origins[2].url

    def now(self):
        return iso(self.clock())

    def user(self, token, name, role="write", orgs=()):
        self.users[token] = User(name, role, tuple(orgs))
        return self.users[token]

    def add(self, type, id, files=None, private=False, gated=False):
        """For tests: a new repository with the files {path: bytes} in a second commit."""
        with self.lock:
            repo = self.repositories[type, id] = Repository(self, type, id, private, gated)
            if files:
                repo.commit(files)
            return repo

    def repo(self, type, id):
        return self.repositories[type, id]

    def rename(self, repo, new):
        """Moves a repository; its old name leads to the new one from now on."""
        del self.repositories[repo.type, repo.id]
        self.moves = {(type, old): new if (type, to) == (repo.type, repo.id) else to
                      for (type, old), to in self.moves.items()}
        self.moves[repo.type, repo.id] = new
        self.moves.pop((repo.type, new), None)
        repo.id = new
        self.repositories[repo.type, new] = repo

    def fault(self, method=None, route="", call=1, action=None, origin=None):
        """Orders `action` for the n-th call (or calls, or "every") of a method and a route from now on."""
        fault = Fault(method, route, call, origin, action)
        self.faults.append(fault)
        return fault

    def url_of(self, repo):
        page = "" if repo.type == "models" else repo.type + "/"
        return f"{self.endpoint}/{page}{repo.id}"

    def sign(self, method, path, origin=None, **params):
        return signing.sign(self.clock, self.settings.url_life, origin or self.cdn, method, path, **params)

    def admit(self, request, type, id, need):
        """The repository, if the caller may see it and do what `need` says."""
        repo = self.repositories.get((type, id))
        if repo is None:
            access.not_found(self, request.user)
        access.check(self, request.user, repo, need)
        return repo

    def respond(self, request):
        with self.lock:
            if not (request.path + "/").startswith(self.settings.prefix + "/"):
                return Refused(404, "Not found").answer()
            request.path = request.path.removeprefix(self.settings.prefix)
            within, headers = self.limits.spend(request.path, request.headers.get("Authorization"))
            answer = self.answer(request) if within else Refused(429, "We had to rate limit you.").answer()
            answer.headers = {**headers, **answer.headers}
            return third_party.plain(answer) if self.settings.third_party else answer

    def answer(self, request):
        try:
            if moved := self.moved(request):
                return Answer(307, {"Location": moved}, b"Temporary Redirect")
            if self.settings.third_party and third_party.lacks(request.path):
                raise Refused(404, "404 page not found")
            request.user = None if identity.is_whoami(request) else access.caller(self, request)
            function, parts = routing.find(self.tables, request)
            return function(self, request, **parts)
        except Refused as refused:
            return refused.answer()
        except (ValueError, KeyError, TypeError) as error:
            return Refused(400, f"Invalid request: {error!r}").answer()

    def moved(self, request):
        """The target of the request under the new name of a repository that was moved."""
        for (type, old), new in self.moves.items():
            page = "" if type == "models" else f"{type}/"
            for before in (f"/api/{type}/", f"/{page}"):
                name = urllib.parse.quote(old)
                rest = request.target.removeprefix(before + name)
                if rest != request.target and (not rest or rest[0] in "/?" or rest.startswith(".git/")):
                    return self.settings.prefix + before + new + rest
        return None

    def respond_as_cdn(self, request):
        return self.respond_by(cdn.routes, request)

    def respond_to_control(self, request):
        return self.respond_by(control.routes, request)

    def respond_by(self, routes, request):
        try:
            function, parts = routing.find(routes.table, request)
            return function(self, request, **parts)
        except Refused as refused:
            return refused.answer()
