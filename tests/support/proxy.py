"""A real nginx as a caching proxy before a server, for as long as a test needs it.

    with caching_proxy(live_server.url) as proxy:
        httpx.get(f"{proxy.url}/library")
        assert proxy.statuses() == ["MISS"]

It stores whatever no header forbids it to, and no longer than headers allow."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.ports import free_port
from tests.support.worker import START_SECONDS, die_with_parent, wait_for

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ }}
http {{
    log_format status $upstream_cache_status;
    access_log {folder}/statuses.log status;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=kept:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_cache kept;
            proxy_cache_key $request_uri;
            proxy_cache_valid any 10m;
            proxy_cache_revalidate on;
        }}
    }}
}}
"""


class CachingProxy:
    """Its address, and what its cache had for each request."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"

    def statuses(self) -> list[str]:
        """Of each request so far: MISS, HIT, EXPIRED, BYPASS … in the order of their ends."""
        return (self.folder / "statuses.log").read_text().split()

    def kept(self) -> int:
        """How many answers it has stored."""
        return sum(path.is_file() for path in (self.folder / "cache").rglob("*"))


@contextmanager
def caching_proxy(upstream: str) -> Iterator[CachingProxy]:
    """A running proxy before this server."""
    with tempfile.TemporaryDirectory(prefix="nginx-") as name:
        proxy = CachingProxy(Path(name), port := free_port())
        configuration = proxy.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=name, port=port, upstream=upstream))
        command = ["nginx", "-e", f"{name}/error.log", "-p", name, "-c", str(configuration)]
        process = subprocess.Popen(command, preexec_fn=die_with_parent)
        try:
            if not wait_for(lambda: process.poll() is not None or answers(proxy.url), seconds=START_SECONDS):
                raise RuntimeError("nginx does not answer.")
            if process.poll() is not None:
                raise RuntimeError(f"nginx did not start:\n{(proxy.folder / 'error.log').read_text()}")
            yield proxy
        finally:
            process.terminate()
            process.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False
