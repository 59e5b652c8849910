"""How a small server of a third party differs from the Hub: hfd's deviations, where settings.third_party is set."""

import re

from .answers import Answer

UNKNOWN = re.compile(r"/api/validate-yaml|/api/[a-z]+/[^/]+/[^/]+/(auth-check|paths-info|discussions)(/.*)?")


def lacks(path):
    """Whether such a server has no such call."""
    return UNKNOWN.fullmatch(path.rstrip("/")) is not None


def plain(answer):
    """The answer without what only the Hub tells; of a path that is not there no word."""
    if answer.status == 404:
        return Answer(404, {"Content-Type": "text/plain"}, b"404 page not found\n")
    answer.headers = {name: value for name, value in answer.headers.items()
                      if not name.startswith(("X-Error-", "RateLimit"))}
    return answer
