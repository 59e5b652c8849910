"""Routes: a method and a template of the path, and the function that answers."""

import re
import urllib.parse

from .answers import Refused

PARTS = {"type": "models|datasets|spaces", "id": "[^/]+/[^/]+", "path": ".*"}
PAGES = (("datasets", "/datasets/{id}"), ("spaces", "/spaces/{id}"), ("models", "/{id}"))


def compile_template(template):
    def part(match):
        return f"(?P<{match[1]}>{PARTS.get(match[1], '[^/]+')})"

    return re.compile(re.sub(r"\{(\w+)\}", part, template) + "/?")


class Routes:
    """The routes of one subject. A function gets the hub, the request, and the parts of the path."""

    def __init__(self):
        self.table = []

    def add(self, method, template, function, **fixed):
        self.table.append((method, compile_template(template), function, fixed))

    def __call__(self, method, template):
        def register(function):
            self.add(method, template, function)
            return function

        return register

    def api(self, method, rest="", need="read"):
        """A route below /api/{type}/{id}: the function gets the repository instead of type and id."""

        def register(function):
            self.add(method, "/api/{type}/{id}" + rest, with_repository(function, need))
            return function

        return register

    def page(self, method, rest, need="read"):
        """A route below the address of the repository itself, as of /datasets/{id}."""

        def register(function):
            for kind, address in PAGES:
                self.add(method, address + rest, with_repository(function, need), type=kind)
            return function

        return register


def with_repository(function, need):
    def answer(hub, request, type, id, **parts):
        return function(hub, request, hub.admit(request, type, id, need), **parts)

    return answer


def find(tables, request):
    """The function for the request, and the decoded parts of its path."""
    method = "GET" if request.method == "HEAD" else request.method
    known = False
    for allowed, template, function, fixed in tables:
        if match := template.fullmatch(request.path):
            known = True
            if method == allowed:
                parts = {name: urllib.parse.unquote(part).strip("/") for name, part in match.groupdict().items()}
                return function, {**fixed, **parts}
    if known:
        raise Refused(405, f"{request.method} is not allowed here")
    raise Refused(404, "Sorry, we can't find the page you are looking for.")
