"""Quotas per window of time, by a clock that tests move."""

import dataclasses
import time

from .answers import Refused


class Clock:
    """The time in seconds since 1970, later by what tests add; `stop` makes it stand still."""

    def __init__(self):
        self.ahead, self.stopped = 0, None

    def __call__(self):
        return (time.time() if self.stopped is None else self.stopped) + self.ahead

    def stop(self, at=1_800_000_000):
        self.stopped = at

    def advance(self, seconds):
        self.ahead += seconds


@dataclasses.dataclass
class Quota:
    """`limit` requests per window of `seconds`."""

    limit: int
    seconds: int
    window: tuple | None = None
    used: int = 0

    def spend(self, now):
        """Counts one request; whether it is within the quota."""
        if self.window != now // self.seconds:
            self.window, self.used = now // self.seconds, 0
        self.used += 1
        return self.used <= self.limit

    def left(self):
        return max(0, self.limit - self.used)

    def reset_in(self, now):
        return int(self.seconds - now % self.seconds)


def policy_of(path):
    if "/resolve/" in path:
        return "resolvers"
    return "api" if path.startswith("/api/") or ".git/info/lfs/" in path else "pages"


class Limits:
    """One quota for each policy and caller, and one of commits an hour."""

    def __init__(self, clock):
        self.clock = clock
        self.policies = {"api": (1000, 300), "resolvers": (5000, 300), "pages": (1000, 300)}
        self.commits = (10_000, 3600)
        self.quotas = {}

    def set(self, policy, limit, seconds=300):
        self.policies[policy] = (limit, seconds)
        self.quotas.clear()

    def set_commits(self, limit, seconds=3600):
        self.commits = (limit, seconds)
        self.quotas.clear()

    def spend(self, path, caller):
        """Counts a request; the headers for its answer, and whether it is refused."""
        policy, now = policy_of(path), self.clock()
        quota = self.quotas.setdefault((policy, caller), Quota(*self.policies[policy]))
        within = quota.spend(now)
        return within, {
            "RateLimit": f'"{policy}";r={quota.left()};t={quota.reset_in(now)}',
            "RateLimit-Policy": f'"fixed window";"{policy}";q={quota.limit};w={quota.seconds}',
        }

    def spend_commit(self, caller):
        quota = self.quotas.setdefault(("commits", caller), Quota(*self.commits))
        if not quota.spend(self.clock()):
            raise Refused(429, f"You have exceeded the rate limit for repository commits ({quota.limit} per hour). "
                               "You can retry this action in about 1 hour.")
