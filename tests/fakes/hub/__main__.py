"""Runs the fake Hub until it is told to end: `python -m tests.fakes.hub --port 0` prints one line of JSON."""

import argparse
import json
import signal

from .hub import Hub


def main():
    options = argparse.ArgumentParser(description=__doc__)
    for name in ("--port", "--cdn-port", "--control-port"):
        options.add_argument(name, type=int, default=0)
    options.add_argument("--prefix", default="", help="a path before every route, such as /hf")
    options.add_argument("--folder", help="where the files are kept; a temporary folder unless named")
    asked = options.parse_args()
    signals = (signal.SIGINT, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with Hub(asked.folder, asked.port, asked.cdn_port, asked.control_port, prefix=asked.prefix) as hub:
        print(json.dumps({"endpoint": hub.endpoint, "cdn": hub.cdn, "control": hub.control}), flush=True)
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
