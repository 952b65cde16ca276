"""A real Prometheus scrapes a real installation, and its linter has nothing to say."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.installation import Installation, end
from tests.support.ports import free_port
from tests.support.services import require
from tests.support.worker import wait_for

pytestmark = pytest.mark.service

CONFIG = """
global:
  scrape_interval: 5s
  scrape_timeout: 5s
scrape_configs:
  - job_name: imageweb
    authorization:
      credentials: {token}
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""
TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation at work, with a picture that its worker counts."""
    require("prometheus")
    installation = Installation(tmp_path_factory.mktemp("site"), METRICS_TOKEN=TOKEN, TRUSTED_PROXIES="1")
    installation.prepare()
    installation.draw("A red bicycle")
    serving = installation.start("up")
    try:
        assert wait_for(lambda: answers(f"http://127.0.0.1:{installation.port}/healthz"), 180)
        yield installation
    finally:
        end(serving)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_promtool_finds_nothing_to_better(site: Installation) -> None:
    def text() -> str:
        return httpx.get(f"http://127.0.0.1:{site.port}/metrics", trust_env=False).text

    assert wait_for(lambda: 'imageweb_calls_total{model="flux"' in text() and "imageweb_stored_bytes" in text(), 60)
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text(), capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_prometheus_scrapes_it(site: Installation, tmp_path: Path) -> None:
    config, port = tmp_path / "prometheus.yml", free_port()
    config.write_text(CONFIG.format(token=TOKEN, port=site.port))
    log = (tmp_path / "log").open("w")
    words = [f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    words.append(f"--web.listen-address=127.0.0.1:{port}")
    process = subprocess.Popen(["prometheus", *words], stdout=log, stderr=log)

    def ask(expression: str) -> list[dict[str, object]]:
        address = f"http://127.0.0.1:{port}/api/v1/query"
        try:
            answer = httpx.get(address, params={"query": expression}, trust_env=False)
            return list(json.loads(answer.text)["data"]["result"])
        except (httpx.TransportError, ValueError, KeyError):
            return []

    try:
        assert wait_for(lambda: bool(ask("imageweb_calls_total")), 60), (tmp_path / "log").read_text()
        assert [each["value"][1] for each in ask('up{job="imageweb"}')] == ["1"]
        [calls] = ask('imageweb_calls_total{outcome="succeeded"}')
        assert calls["metric"]["model"] == "flux" and calls["value"][1] == "1"
        assert ask("histogram_quantile(0.5, sum by (le) (imageweb_call_seconds_bucket))")
        assert ask('imageweb_check_problem{check="worker"} == 0') and ask("imageweb_workers == 1")
        assert wait_for(lambda: bool(ask("count_over_time(up[5m]) > 1")), 60), "it comes again"
        assert not ask("min_over_time(up[5m]) == 0")
        said = (tmp_path / "log").read_text()
        assert "level=warn" not in said and "level=error" not in said, said
    finally:
        process.terminate()
        process.wait(30)
        log.close()
