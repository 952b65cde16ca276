"""nginx and Traefik as docs/operations.md sets them up, word for word but for places and ports."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path

import httpx
import pytest

from tests.support.installation import ROOT, Installation, end
from tests.support.ports import free_port
from tests.support.services import LOOK_FOR, require
from tests.support.worker import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.service]

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
HOST = "images.example"


def answers(address: str) -> bool:
    try:
        return httpx.get(address, headers={"Host": HOST}, verify=False).status_code in (200, 301)
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an installation that knows of its proxy."""
    folder = tmp_path_factory.mktemp("proxied") / "data"
    installation = Installation(folder, SITE_URL=f"https://{HOST}", TRUSTED_PROXIES="1")
    installation.prepare()
    address = f"http://127.0.0.1:{installation.port}"
    serving = installation.start("up", "--without-worker")
    try:
        assert wait_for(lambda: answers(f"{address}/healthz"), 180)
        yield address
    finally:
        end(serving)


@pytest.fixture(scope="module", params=["nginx", *(["traefik"] if LOOK_FOR["traefik"]() else [])])
def proxy(
    request: pytest.FixtureRequest, direct: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Its address by http and by https."""
    require(request.param)
    start = nginx if request.param == "nginx" else traefik
    with start(direct, tmp_path_factory.mktemp(request.param)) as addresses:
        yield addresses


def placed_in(text: str, places: dict[str, str]) -> str:
    for said, meant in places.items():
        assert said in text
        text = text.replace(said, meant)
    return text


def certify(folder: Path) -> None:
    made = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made += ["-days", "2", "-subj", f"/CN={HOST}", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"]
    subprocess.run(made, check=True, capture_output=True)


@contextmanager
def traefik(direct: str, folder: Path) -> Iterator[tuple[str, str]]:
    fixed, routes = re.findall(r"```yaml\n((?:entryPoints|http):.+?)```", GUIDE, re.DOTALL)
    plain, secure = free_port(), free_port()
    certify(folder)
    places = {'":80"': f'"127.0.0.1:{plain}"', 'address: ":443"': f'address: "127.0.0.1:{secure}"',
              "/etc/traefik/imageweb.yml": f"{folder}/routes.yml"}  # fmt: skip
    (folder / "fixed.yml").write_text(placed_in(fixed, places))
    places = {"/etc/ssl/images.example.pem": f"{folder}/cert", "/etc/ssl/images.example.key": f"{folder}/key",
              "http://127.0.0.1:8000": direct}  # fmt: skip
    (folder / "routes.yml").write_text(placed_in(routes, places))
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen(
            [str(shutil.which("traefik")), f"--configFile={folder}/fixed.yml"], stdout=said, stderr=said
        ) as process,
    ):
        try:
            assert wait_for(lambda: answers(f"https://127.0.0.1:{secure}/healthz")), (folder / "said").read_text()
            yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
        finally:
            process.terminate()


@contextmanager
def nginx(direct: str, folder: Path) -> Iterator[tuple[str, str]]:
    [text] = re.findall(r"```nginx\n(.+?)```", GUIDE, re.DOTALL)
    plain, secure = free_port(), free_port()
    certify(folder)
    places = {"listen 80;": f"listen 127.0.0.1:{plain};", "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
              "/etc/ssl/images.example.pem": f"{folder}/cert", "/etc/ssl/images.example.key": f"{folder}/key",
              "http://127.0.0.1:8000": direct}  # fmt: skip
    text = placed_in(text, places)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/errors;\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}{text}}}\n"
    )
    with subprocess.Popen([str(shutil.which("nginx")), "-e", f"{folder}/errors", "-c", f"{folder}/conf"]) as process:
        try:
            assert wait_for(lambda: answers(f"https://127.0.0.1:{secure}/healthz")), (folder / "errors").read_text()
            yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
        finally:
            process.terminate()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(headers={"Host": HOST}, verify=False, timeout=120) as client:
        yield client


def test_people_reach_it_by_https_alone(client: httpx.Client, direct: str, proxy: tuple[str, str]) -> None:
    plain, secure = proxy
    page = client.get(f"{secure}/accounts/login/")
    assert page.status_code == 200 and "Strict-Transport-Security" in page.headers
    assert "Secure" in page.headers["Set-Cookie"]
    for address in (plain, direct):
        away = client.get(f"{address}/accounts/login/")
        assert (away.status_code, away.headers["Location"]) == (301, f"https://{HOST}/accounts/login/")


def test_a_form_is_taken_through_it(client: httpx.Client, proxy: tuple[str, str]) -> None:
    """The origin that a browser names is what the proxy's headers say of the address."""
    _, secure = proxy
    page = client.get(f"{secure}/accounts/login/")
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text))
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    sent = {"csrfmiddlewaretoken": token, "login": "nobody", "password": "wrong"}
    refused = client.post(
        f"{secure}/accounts/login/", data=sent, headers={"Origin": f"https://{HOST}", "Cookie": cookie}
    )
    assert refused.status_code == 200 and 'value="nobody"' in refused.text


def test_failed_sign_ins_are_counted_by_the_address_that_the_proxy_saw(
    client: httpx.Client, proxy: tuple[str, str]
) -> None:
    """Whatever a client says of itself."""
    _, secure = proxy
    page = client.get(f"{secure}/accounts/login/")
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text))
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    seen = set()
    for number in range(14):
        sent = {"csrfmiddlewaretoken": token, "login": f"somebody{number}", "password": "wrong"}
        claims = {"Origin": f"https://{HOST}", "Cookie": cookie, "X-Forwarded-For": f"192.0.2.{number}"}
        seen.add("Too many" in client.post(f"{secure}/accounts/login/", data=sent, headers=claims).text)
    assert True in seen  # from the first on, where another test was counted a moment ago


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
def test_a_body_that_is_too_large_ends_at_the_proxy(proxy: tuple[str, str]) -> None:
    """Before it is sent."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with closing(HTTPSConnection("127.0.0.1", int(proxy[1].rpartition(":")[2]), context=trusting)) as connection:
        connection.putrequest("POST", "/references", skip_host=True)
        connection.putheader("Host", HOST)
        connection.putheader("Content-Length", str(51 * 1024 * 1024))
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, b"nginx" in answer.read()) == (413, True)
