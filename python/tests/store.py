"""An S3 on loopback for tests and benchmarks: moto's, made to fail and to be slow.

    python store.py [--port 0] [--fail-every 20] [--delay 0.05]

Prints its address, and serves until it is ended.
"""

from __future__ import annotations

import argparse
import logging
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Troubled:
    """Moto, of which some requests fail: with 503, or with a connection that breaks off, in turn."""

    def __init__(self, fail_every: int = 0, delay: float = 0.0) -> None:
        self.application = DomainDispatcherApplication(create_backend_app)
        self.fail_every, self.delay = fail_every, delay
        self.requests = self.failed = 0
        self._lock = threading.Lock()

    def __call__(self, environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environment["PATH_INFO"].startswith("/moto-api"):
            return self.application(environment, start)  # type: ignore[no-any-return]
        time.sleep(self.delay)
        with self._lock:
            self.requests += 1
            fails = self.fail_every and self.requests % self.fail_every == 0
            self.failed += bool(fails)
            breaks = fails and self.failed % 2 == 0
        if breaks:
            environment["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("broken off, as asked for")
        if fails:
            # The body is read, so that the connection can be used again.
            environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
            start("503 Slow Down", [("Content-Type", "application/xml"), ("Content-Length", str(len(SLOW_DOWN)))])
            return [SLOW_DOWN]
        return self.application(environment, start)  # type: ignore[no-any-return]


class Store:
    """The store, served on a thread."""

    def __init__(self, fail_every: int = 0, delay: float = 0.0, port: int = 0) -> None:
        for name in ("werkzeug", "moto"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.application = Troubled(fail_every, delay)
        self.server = make_server("127.0.0.1", port, self.application, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def __enter__(self) -> Store:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()

    def client(self) -> Any:
        """Boto's client of it."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            region_name="us-east-1",
            config=Config(retries={"max_attempts": 10}),
        )

    def authenticate(self, on: bool = True) -> None:
        """From now on there are no credentials that are right, or again all are."""
        import urllib.request

        asked = urllib.request.Request(f"{self.url}/moto-api/reset-auth", b"0" if on else b"inf", {"Content-Type": "text/plain"})
        urllib.request.urlopen(asked).close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fail-every", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    with Store(given.fail_every, given.delay, given.port) as store:
        print(store.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
