"""Settings: a wrong value stops the start with a sentence; what is not set works; Celery only notifies."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from runpy import run_path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from pytest_django import Settings

from generations.management.commands.up import listen
from imageweb import environment as env
from imageweb.celery import app, kombu_url
from imageweb.permissions import is_ours
from tests.support.ports import closed_port
from tests.support.threads import at_once

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [path for folder in ("generations", "imageweb") for path in sorted((ROOT / folder).rglob("*.py"))]


def start(
    tmp_path: Path, code: str = "import imageweb.settings", **environment: str
) -> subprocess.CompletedProcess[str]:
    """What this code, which reads the settings, says in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def manage(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a command says with these settings."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "eighty", "PORT is 'eighty'; write a whole number."),
        ("PORT", "70000", "PORT is 70000; it must lie between 1 and 65535."),
        ("WORKER_THREADS", "0", "WORKER_THREADS is 0; it must lie between 1 and 400."),
        ("WEB_WORKERS", "0", "WEB_WORKERS is 0; it must lie between 1 and 64."),
        ("WEB_THREADS", "1000", "WEB_THREADS is 1000; it must lie between 1 and 256."),
        ("MAX_UPLOAD_MB", "0", "MAX_UPLOAD_MB is 0; it must lie between 1 and 200."),
        ("MAX_REFERENCES_MB", "0", "MAX_REFERENCES_MB is 0; it must lie between 1"),
        ("MAX_ANSWER_MB", "1e3", "MAX_ANSWER_MB is '1e3'; write a whole number."),
        ("MIN_FREE_MB", "-1", "MIN_FREE_MB is -1; it must lie between 0"),
        ("MIN_FREE_MB", "999999999999", "MIN_FREE_MB is 999999999999; it must lie between 0"),
        ("SANDBOX_PACE_PERCENT", "2000", "SANDBOX_PACE_PERCENT is 2000; it must lie between 0 and 1000."),
        ("TRUSTED_PROXIES", "many", "TRUSTED_PROXIES is 'many'; write a whole number."),
        ("REQUIRE_SECOND_FACTOR", "all", "write nobody, staff, reviewers or everyone."),
        ("OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set too"),
        ("OIDC_CLIENT_SECRET", "s", "OIDC_ISSUER and OIDC_CLIENT_ID must be set too"),
        ("OIDC_TRUST_EMAIL", "yes please", "OIDC_TRUST_EMAIL is 'yes please'; write 1 or 0."),
        ("DEBUG", "maybe", "DEBUG is 'maybe'; write 1 or 0."),
        ("SECRET_KEY", "short", "SECRET_KEY can be guessed"),
        ("SANDBOX", "2", "SANDBOX is '2'; write 1 or 0."),
        ("TIME_ZONE", "Mars/Base", "TIME_ZONE is 'Mars/Base'; write a time zone, such as"),
        ("TIME_ZONE", "../../etc/passwd", "TIME_ZONE is '../../etc/passwd'; write a time zone"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud'; write DEBUG, INFO, WARNING or ERROR."),
        ("DATA_DIR", "/etc/passwd", "DATA_DIR is '/etc/passwd', which cannot be a folder (File exists)."),
        ("SITE_URL", "images.example", "SITE_URL must begin with http:// or https://."),
        ("SITE_URL", "https://", "SITE_URL must name a host."),
        ("SITE_URL", "https://[a", "SITE_URL is no whole address"),
        ("SITE_URL", "https://images.example:port", "SITE_URL is no whole address"),
        ("SITE_URL", "https://x@images.example", "SITE_URL is no address of a site"),
        ("SITE_URL", "https://a.example/studio/", "needs a host of its own, such as https://a.example."),
        ("OPENAI_API_KEY", "sk–dash", "OPENAI_API_KEY holds what no key has"),
        ("METRICS_TOKEN", "a b", "METRICS_TOKEN holds what no key has"),
        ("METRICS_TOKEN", "short", "METRICS_TOKEN can be guessed: write 16 characters at least"),
        ("EMAIL_URL", "smtp://host:port", "EMAIL_URL is no whole address"),
        ("EMAIL_URL", "mail.example", "EMAIL_URL must begin with smtp://, smtps:// or smtp+plain://."),
        ("EMAIL_FROM", "Imageweb", "EMAIL_FROM is 'Imageweb'; write such as"),
        ("STORAGE_ENDPOINT", "minio:9000", "STORAGE_ENDPOINT must begin with http:// or https://."),
        ("OPENAI_BASE_URL", "gateway.example/v1", "OPENAI_BASE_URL must begin with http:// or https://."),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis://, rediss:// or unix://."),
        ("REDIS_URL", "redis://localhost:x", "REDIS_URL is no whole address"),
        ("REDIS_URL", "unix://", "REDIS_URL must name the path of a socket, such as unix:///run/redis.sock."),
        ("DATABASE_URL", "mysql://root@localhost/x", "DATABASE_URL must begin with sqlite:/// or postgres://."),
        ("DATABASE_URL", "postgres://a:b/c@host/x", "DATABASE_URL is no whole address; special signs"),
        ("DATABASE_URL", "postgres://host", "DATABASE_URL must name a database that several processes can open"),
        ("DATABASE_URL", "sqlite:///:memory:", "DATABASE_URL must name a database that several processes can open"),
        ("ALLOWED_HOSTS", "https://images.example", "ALLOWED_HOSTS names 'https://images.example'; write host names"),
        ("ALLOWED_HOSTS", "images.example,*", "ALLOWED_HOSTS must name the hosts"),
        ("SECRET_KEY_FILE", "/nowhere/key", "SECRET_KEY_FILE cannot be read"),
        ("SECRET_KEY_FILE", "/dev/null", "SECRET_KEY_FILE names /dev/null, which is empty."),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """Which `manage.py` and every other process say and end, as the tests of these show."""
    monkeypatch.setattr(os, "environ", {"DATA_DIR": str(tmp_path), name: value})
    with pytest.raises(ImproperlyConfigured) as refused:
        run_path(str(ROOT / "imageweb" / "settings.py"))
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.slow
def test_https_without_a_proxy_is_refused_by_the_server_that_speaks_none(tmp_path: Path) -> None:
    started = manage(tmp_path, "up", SITE_URL="https://images.example", PORT=str(closed_port()))
    assert started.returncode == 1
    assert "but TRUSTED_PROXIES is 0" in started.stderr
    trusted = manage(tmp_path, "up", SITE_URL="https://images.example", PORT=str(closed_port()), TRUSTED_PROXIES="1")
    assert "cannot be used" in trusted.stderr, "the next thing that stops it"


def test_the_reserve_is_as_it_is_written_and_small_on_a_small_disk(tmp_path: Path) -> None:
    code = (
        "import shutil; shutil.disk_usage = lambda path: __import__('collections').namedtuple('U', 'total free')"
        "(10 * 2**30, 2**30); from imageweb import settings; print(settings.MIN_FREE_BYTES // 2**20)"
    )
    assert start(tmp_path, code).stdout.split() == ["512"]
    assert start(tmp_path, code, MIN_FREE_MB="2048").stdout.split() == ["2048"]


@pytest.mark.parametrize(
    ("url", "kombu"),
    [
        ("redis://:pw@h:1/2", "redis://:pw@h:1/2"),
        ("rediss://h:1/2", "rediss://h:1/2?ssl_cert_reqs=required"),
        ("rediss://h:1?ssl_ca_certs=/ca.pem", "rediss://h:1?ssl_ca_certs=/ca.pem&ssl_cert_reqs=required"),
        ("rediss://h:1?ssl_cert_reqs=none", "rediss://h:1?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix://:pw@/run/redis.sock?db=3", "redis+socket://:pw@/run/redis.sock?virtual_host=3"),
    ],
)
def test_a_socket_of_redis_is_spelled_as_kombu_does(url: str, kombu: str) -> None:
    assert kombu_url(url) == kombu


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("redis://h:6379/abc", "REDIS_URL names database 'abc'; Redis counts its databases from 0."),
        ("unix:///s?db=x", "REDIS_URL names database 'x'; Redis counts its databases from 0."),
        ("redis://h/0?socket_timeout=abc", "REDIS_URL has socket_timeout; known are ssl_cert_reqs, ssl_ca_certs, "),
        ("rediss://h/0?ssl_cert_reqs=foo", "REDIS_URL has a wrong ssl_cert_reqs; write required, optional or none."),
    ],
)
def test_a_redis_that_cannot_be_meant_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
        env.redis("REDIS_URL")


@pytest.mark.parametrize(
    ("site", "host", "sender"),
    [
        ("Imageweb", "images.example", "Imageweb <imageweb@images.example>"),
        ('A "B", C', "images.example", '"A \\"B\\", C" <imageweb@images.example>'),
        ("Imageweb", "::1", "Imageweb <imageweb@localhost>"),
    ],
)
def test_a_sender_nobody_set_is_an_address(monkeypatch: pytest.MonkeyPatch, site: str, host: str, sender: str) -> None:
    monkeypatch.delenv("EMAIL_FROM", raising=False)
    assert env.sender("EMAIL_FROM", site, host) == sender


@pytest.mark.slow
def test_without_any_setting_it_starts(tmp_path: Path) -> None:
    started = start(tmp_path)
    assert (started.returncode, started.stderr) == (0, "")


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    path = tmp_path / "data" / "secret_key"
    made = env.secret("SECRET_KEY", path)
    assert len(made) >= 50
    assert env.secret("SECRET_KEY", path) == made
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.races
def test_of_many_that_start_at_once_all_have_the_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    for turn in range(40):
        path = tmp_path / str(turn) / "secret_key"
        assert len(set(at_once(*[lambda path=path: env.secret("SECRET_KEY", path)] * 8))) == 1
        assert [*path.parent.iterdir()] == [path]


def test_a_secret_may_lie_in_a_named_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from a file of its own\n")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.secret("SECRET_KEY", tmp_path / "made") == "from a file of its own"
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    assert env.secret("SECRET_KEY", tmp_path / "made") == "from the environment"
    assert not (tmp_path / "made").exists()


def test_an_env_file_gives_what_the_environment_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PORT": "9000"})
    (tmp_path / ".env").write_text(
        "# a comment\n\nPORT=8001\nexport SITE_NAME='Atelier Sud'\nTIME_ZONE=\"Europe/Paris\"\n"
    )
    env.read_file(tmp_path / ".env")
    assert os.environ == {"PORT": "9000", "SITE_NAME": "Atelier Sud", "TIME_ZONE": "Europe/Paris"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_env_file_may_have_a_byte_order_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(os, "environ", {})
    (tmp_path / ".env").write_text("SITE_NAME=Süd 工作室\r\n", encoding=encoding)
    env.read_file(tmp_path / ".env")
    assert os.environ == {"SITE_NAME": "Süd 工作室"}


@pytest.mark.parametrize("data", ["SITE_NAME=Süd".encode("latin-1"), "A=1".encode("utf-16") + b"x"])
def test_an_env_file_that_is_no_text_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(ImproperlyConfigured, match=r"\.env is no text in UTF-8"):
        env.read_file(tmp_path / ".env")


@pytest.mark.parametrize("line", ["=1", "A B=1", "A=\0", "1A=2"])
def test_a_line_of_an_env_file_that_sets_nothing_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(line)
    with pytest.raises(ImproperlyConfigured, match="line 1: write NAME=value"):
        env.read_file(tmp_path / ".env")


def test_a_line_of_an_env_file_that_says_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nnonsense\n")
    with pytest.raises(ImproperlyConfigured, match="line 2: write NAME=value"):
        env.read_file(tmp_path / ".env")


@pytest.mark.slow
@pytest.mark.parametrize(("url", "is_secure"), [("https://images.example", True), ("http://localhost", False)])
def test_https_turns_on_what_https_needs(tmp_path: Path, url: str, is_secure: bool) -> None:
    switches = "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"
    code = f"from imageweb import settings; print(*(bool(getattr(settings, name)) for name in {switches}))"
    assert start(tmp_path, code, SITE_URL=url).stdout.split() == [str(is_secure)] * 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scope", "flags"), [("", "False False"), ("subdomains", "True False"), ("preload", "True True")]
)
def test_hosts_beside_this_one_are_bound_to_https_only_by_setting(tmp_path: Path, scope: str, flags: str) -> None:
    names = "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"
    code = f"from imageweb import settings; print(*(getattr(settings, name) for name in {names}))"
    assert start(tmp_path, code, SITE_URL="https://images.example", HSTS_SCOPE=scope).stdout.strip() == flags


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "how"),
    [
        ("smtp://mail.example", "587 True False"),
        ("smtps://mail.example", "465 False True"),
        ("smtp+plain://relay.example", "25 False False"),
        ("smtp+plain://relay.example:2525", "2525 False False"),
    ],
)
def test_mail_goes_without_encryption_only_where_that_is_written(tmp_path: Path, url: str, how: str) -> None:
    code = "from imageweb import settings as s; print(s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_USE_SSL)"
    assert start(tmp_path, code, EMAIL_URL=url).stdout.strip() == how


def test_up_refuses_a_port_that_is_taken(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.HOST, settings.PORT = taken.getsockname()
        with pytest.raises(CommandError, match=f"Port {settings.PORT} on 127.0.0.1 cannot be used"):
            listen()
    listen().close()


def test_there_is_no_result_backend_and_nobody_asks_for_a_result() -> None:
    assert app.conf.result_backend is None
    assert app.conf.task_ignore_result is True
    assert not [path for path in SOURCES if "AsyncResult" in path.read_text()]


def test_celery_acknowledges_early_and_hoards_nothing() -> None:
    conf = app.conf
    assert conf.task_acks_late is False
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_publish_retry is False
    assert conf.broker_connection_retry_on_startup is True
    assert conf.broker_connection_max_retries is None
    assert conf.accept_content == ["json"]
    assert conf.task_serializer == "json"
    assert conf.task_time_limit is None
    assert conf.task_soft_time_limit is None
    assert conf.worker_enable_remote_control is False
    assert conf.worker_pool == "threads"


@pytest.mark.slow
def test_a_redis_that_hangs_costs_seconds_and_nothing_is_prefetched(tmp_path: Path) -> None:
    code = (
        "from imageweb.celery import app; o = app.conf.broker_transport_options;"
        "print(app.conf.worker_disable_prefetch, o['socket_connect_timeout'] <= 2, 1 < o['socket_timeout'] <= 5,"
        " o['socket_keepalive'], 'visibility_timeout' not in o)"
    )
    assert start(tmp_path, code, REDIS_URL="redis://127.0.0.1:1").stdout.split() == ["True"] * 5


@pytest.mark.slow
def test_the_file_broker_moves_its_messages_on_one_file_system(tmp_path: Path) -> None:
    code = (
        "from imageweb.celery import app; o = app.conf.broker_transport_options;"
        "print(o['store_processed'], o['data_folder_in'], o['data_folder_out'], o['processed_folder'])"
    )
    stores, *folders = start(tmp_path, code).stdout.split()
    assert stores == "True"
    assert {Path(folder).parent for folder in folders} == {tmp_path / "broker"}


def test_a_later_run_is_a_column_never_a_countdown() -> None:
    forbidden = re.compile(r"\b(countdown|eta)=|\.retry\(|apply_async\(|\bchord\(|\.revoke\(.*terminate")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


def test_only_three_modules_may_import_an_http_client() -> None:
    clients = {"httpx", "httpcore", "requests", "aiohttp", "urllib3", "urllib.request"}
    doors = {path.relative_to(ROOT).as_posix() for path in SOURCES if imported(path) & clients}
    assert {door for door in doors if not door.startswith("generations/wire/")} == {
        "generations/client.py",
        "generations/imaging/fetch.py",
        "imageweb/bucket.py",  # what boto's raises
    }


def imported(path: Path) -> set[str]:
    """The modules a file imports, and the packages they lie in."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.partition(".")[0] for name in names}


@pytest.mark.slow
def test_nobody_else_on_the_machine_reads_what_is_kept(tmp_path: Path) -> None:
    # The database holds sessions: whoever reads it is whoever is signed in.
    assert start(tmp_path / "var").returncode == 0
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.parametrize("module", ["settings", "wsgi", "asgi", "celery", "server.__main__"])
def test_every_process_writes_for_its_owner_alone(tmp_path: Path, module: str) -> None:
    code = f"import imageweb.{module}, os; open(os.environ['DATA_DIR'] + '/written', 'w').close()"
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, umask=0o022, check=True)
    assert open_to_others(tmp_path / "var") == []


@pytest.mark.slow
def test_a_prepared_installation_holds_nothing_that_others_may_read(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var"), "MIN_FREE_MB": "0"}
    command = [sys.executable, "manage.py", "up", "--prepare-only"]
    subprocess.run(command, cwd=ROOT, env=environment, umask=0, check=True, capture_output=True)
    names = {path.name for path in (tmp_path / "var").iterdir()}
    assert names >= {"secret_key", "imageweb.sqlite3", "files", "static"}
    assert open_to_others(tmp_path / "var") == []
    assert [name for name in names if not is_ours(name)] == [], "`up` closes only a folder of its own"


def open_to_others(folder: Path) -> list[Path]:
    return [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


def test_what_is_believed_comes_by_https(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("https://id.example/realms/x", "http://localhost:9400", "http://[::1]:9400"):
        monkeypatch.setenv("OIDC_ISSUER", f"{url}/")
        assert env.private_url("OIDC_ISSUER") == url
    monkeypatch.setenv("OIDC_ISSUER", "http://id.example")
    with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER must begin with https://"):
        env.private_url("OIDC_ISSUER")


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("HTTPS://images.example", "https://images.example"),
        ("Https://Images.Example:8443", "https://images.example:8443"),
        ("smtp://Ana:PassWord@Mail.Example:25", "smtp://Ana:PassWord@mail.example:25"),
        ("HTTP://[::FFFF]/V1/Path?Q=A", "http://[::ffff]/V1/Path?Q=A"),
        ("UNIX:///run/Redis.sock?db=1", "unix:///run/Redis.sock?db=1"),
    ],
)
def test_scheme_and_host_of_an_address_count_in_any_case(
    monkeypatch: pytest.MonkeyPatch, value: str, meant: str
) -> None:
    monkeypatch.setenv("ADDRESS", value)
    assert env.url("ADDRESS", "", ["http", "https", "smtp", "unix"]) == meant


def test_an_address_in_capitals_is_protected_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from imageweb import settings as s; print(s.IS_HTTPS, s.SESSION_COOKIE_SECURE, s.CSRF_TRUSTED_ORIGINS)"
    started = start(tmp_path, code, SITE_URL="HTTPS://Images.example", TRUSTED_PROXIES="1")
    assert started.stdout.strip() == "True True ['https://images.example']"
    monkeypatch.setenv("OIDC_ISSUER", "HTTP://id.example")
    with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER must begin with https://"):
        env.private_url("OIDC_ISSUER")


@pytest.mark.parametrize("host", ["minio_1", "-minio", "minio-", "a..b", "x" * 64, "münchen", f"{'a.' * 130}example"])
def test_an_endpoint_that_no_client_of_buckets_takes_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("STORAGE_ENDPOINT", f"http://{host}:9000")
    with pytest.raises(ImproperlyConfigured, match=r"STORAGE_ENDPOINT names the host '.*', which no client of buckets"):
        env.endpoint("STORAGE_ENDPOINT")


@pytest.mark.parametrize(
    "url", ["", "http://minio:9000", "https://s3.eu-west-1.amazonaws.com", "http://[::1]:9000", "http://minio.:9000"]
)
def test_an_endpoint_is_what_the_client_of_buckets_takes(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("STORAGE_ENDPOINT", url)
    assert env.endpoint("STORAGE_ENDPOINT") == url
    if url:
        assert import_module("botocore.session").get_session().create_client("s3", "eu-1", endpoint_url=url)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SITE_URL", "https://a.example?", "SITE_URL is 'https://a.example?'; the site needs a host of its own"),
        ("SITE_URL", "https://a.example#", "SITE_URL is 'https://a.example#'; the site needs a host of its own"),
        ("SITE_URL", "https://bücher.example", "SITE_URL names a host that browsers send in ASCII"),
        ("ALLOWED_HOSTS", "a.example,bücher.example", "ALLOWED_HOSTS names a host that browsers send in ASCII"),
        ("SECRET_KEY", "x", "SECRET_KEY can be guessed: write 16 characters at least, or leave it out."),
        ("SECRET_KEY", "caf\udce9" * 5, "SECRET_KEY is no text in UTF-8."),
        ("SITE_NAME", "caf\udce9", "SITE_NAME is no text in UTF-8."),
        ("SANDBOX", "\udce9", "SANDBOX is no text in UTF-8."),
        ("STORAGE_BUCKET", "my bucket", "STORAGE_BUCKET is 'my bucket'; write such as pictures."),
        ("STORAGE_BUCKET", "a/b", "STORAGE_BUCKET is 'a/b'; write such as pictures."),
        ("STORAGE_REGION", "eu west", "STORAGE_REGION is 'eu west'; write such as eu-west-1."),
        ("STORAGE_REGION", "-eu", "STORAGE_REGION is '-eu'; write such as eu-west-1."),
        ("HOST", "a b", "HOST is 'a b'; write such as 127.0.0.1."),
        ("HOST", "bücher..example", "HOST is 'bücher..example'; write such as 127.0.0.1."),
        ("HOST", "a" * 64, "write such as 127.0.0.1."),
    ],
)
def test_what_can_only_be_a_slip_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    read = {
        "SITE_URL": lambda: env.origin(name, "", ["http", "https"]),
        "ALLOWED_HOSTS": lambda: env.host_names(name),
        "SECRET_KEY": lambda: env.secret(name, tmp_path / "made"),
        "SITE_NAME": lambda: env.text(name),
        "SANDBOX": lambda: env.boolean(name, True),
        "STORAGE_BUCKET": lambda: env.matching(name, "", env.BUCKET, "pictures"),
        "STORAGE_REGION": lambda: env.matching(name, "", env.REGION, "eu-west-1"),
        "HOST": lambda: env.matching(name, "", env.LISTENS_ON, "127.0.0.1"),
    }
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
        read[name]()


@pytest.mark.parametrize(
    ("name", "value"), [("HOST", "0.0.0.0"), ("HOST", "::"), ("HOST", "fe80::1%eth0"), ("HOST", "web_1.example")]
)
def test_a_host_is_a_name_or_an_address(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert env.matching(name, "", env.LISTENS_ON, "127.0.0.1") == value


@pytest.mark.parametrize("default", [True, False])
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch, default: bool) -> None:
    for value in ("", "  "):
        monkeypatch.setenv("SANDBOX", value)
        assert env.boolean("SANDBOX", default) is default
