"""Settings from environment variables. A wrong value stops the start with a sentence."""

import codecs
import fcntl
import os
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from email.utils import parseaddr, quote
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

CERTIFICATES = ("required", "optional", "none")
REDIS_PARAMETERS = ("ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
MIN_SECRET = 16
NAME = re.compile(r"[A-Za-z_]\w*")
LABELS = re.compile(r"(?=.{1,255}\Z)(?:(?!-)[A-Za-z\d-]{1,63}(?<!-)(?:\.|\Z))+", re.ASCII)
HOST_NAME = re.compile(r"\.?[\w.-]+|\[[\da-fA-F:.]+\]")
LISTENS_ON = re.compile(r"(?![^:]*:[^:]*\Z)[\w:%-]{1,63}(?:\.[\w:%-]{1,63})*\.?", re.ASCII)
BUCKET = re.compile(r"[\w.-]{1,255}|arn:[!-~]+", re.ASCII)
REGION = re.compile(r"(?!-)[A-Za-z\d-]{1,63}(?<!-)", re.ASCII)
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def read_file(path: Path) -> None:
    """Put the KEY=VALUE lines of a .env file into the environment, except for variables that are set already."""
    if not path.is_file():
        return
    for number, line in enumerate(decoded(path).splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, found, value = line.partition("=")
        name, value = name.strip().removeprefix("export ").strip(), value.strip()
        if not found or not NAME.fullmatch(name) or "\0" in value:
            raise ImproperlyConfigured(f"{path}, line {number}: write NAME=value, or begin the line with #.")
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        os.environ.setdefault(name, value)


def decoded(path: Path) -> str:
    """A text file in UTF-8, or in UTF-16 as some editors of Windows write it, which a byte order mark says."""
    try:
        data = path.read_bytes()
        for mark, encoding in BYTE_ORDER_MARKS:
            if data.startswith(mark):
                return data[len(mark) :].decode(encoding)
        return data.decode()
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path} is no text in UTF-8. Save it with that encoding.") from None


def text(name: str, default: str = "") -> str:
    """A string. An empty one counts as not set."""
    value = os.environ.get(name, "").strip() or default
    if not value.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ImproperlyConfigured(f"{name} is no text in UTF-8.")
    return value


def matching(name: str, default: str, pattern: re.Pattern[str], example: str) -> str:
    """A string of a form."""
    value = text(name, default)
    if value and not pattern.fullmatch(value):
        raise ImproperlyConfigured(f"{name} is {value!r}; write such as {example}.")
    return value


def token(name: str, *, least: int = 0) -> str:
    """A string that can stand in a header, of so many characters at least."""
    value = text(name)
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ImproperlyConfigured(f"{name} holds what no key has: write ASCII letters, digits and signs alone.")
    return hard_to_guess(name, value, least) if value else value


def hard_to_guess(name: str, value: str, least: int = MIN_SECRET) -> str:
    """A secret of so many characters at least."""
    if len(value) < least:
        raise ImproperlyConfigured(f"{name} can be guessed: write {least} characters at least, or leave it out.")
    return value


def boolean(name: str, default: bool) -> bool:
    """A boolean: 1, true, yes, on, or 0, false, no, off."""
    value = text(name).lower()
    if value and value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")
    return value in TRUE if value else default


def integer(name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
    """An integer between `least` and `most`."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from None
    if not least <= number <= most:
        raise ImproperlyConfigured(f"{name} is {number}; it must lie between {least} and {most}.")
    return number


def csv_list(name: str, default: str = "") -> list[str]:
    """A list of strings, separated by commas."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def host_names(name: str) -> list[str]:
    """A list of host names, without scheme and port."""
    names = csv_list(name)
    if "*" in names:
        raise ImproperlyConfigured(f"{name} must name the hosts; * would let any page speak in this site's name.")
    for host in names:
        refuse_unicode(name, host)
        if not HOST_NAME.fullmatch(host):
            raise ImproperlyConfigured(f"{name} names {host!r}; write host names alone, such as images.example.")
    return names


def refuse_unicode(name: str, host: str) -> None:
    """A host in other letters is never equal to what a browser sends."""
    if not host.isascii():
        raise ImproperlyConfigured(f"{name} names a host that browsers send in ASCII; write {host!r} as xn--….")


def choice(name: str, default: str, choices: Collection[str]) -> str:
    """One of these words, in whatever case it is written."""
    value = text(name, default)
    found = {word.lower(): word for word in choices}.get(value.lower())
    if found is None:
        raise ImproperlyConfigured(f"{name} is {value!r}; write {one_of(choices)}.")
    return found


def zone(name: str, default: str) -> str:
    """The name of a time zone."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name} is {value!r}; write a time zone, such as Europe/Paris or UTC.") from None
    return value


def folder(name: str, default: Path) -> Path:
    """A folder that this process may write to; made for its owner alone if it is not there."""
    path = Path(text(name, str(default)))
    try:
        path = path.resolve()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, which cannot be a folder ({reason}).") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, where this account may not write.")
    return path


def url(name: str, default: str, schemes: Collection[str]) -> str:
    """A URL with one of these schemes and a host, in lower case, with no slash at its end; unix:// has a path."""
    value = text(name, default).rstrip("/")
    if not value:
        return value
    parts = split(name, value)
    if parts.scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must begin with {one_of(f'{s}://' for s in schemes)}.")
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        what = "the path of a socket, such as unix:///run/redis.sock" if parts.scheme == "unix" else "a host"
        raise ImproperlyConfigured(f"{name} must name {what}.")
    account, at, place = parts.netloc.rpartition("@")
    rest = value[len(f"{parts.scheme}://{parts.netloc}") :]
    return f"{parts.scheme}://{account}{at}{place.lower()}{rest}"


def endpoint(name: str) -> str:
    """The address of a service of buckets, whose host is one by RFC 1123, as the client of buckets takes no other."""
    value = url(name, "", ["http", "https"])
    host = urlsplit(value).hostname or ""
    if value and ":" not in host and not LABELS.fullmatch(host):
        raise ImproperlyConfigured(
            f"{name} names the host {host!r}, which no client of buckets takes; write letters, digits, - and dots."
        )
    return value


def redis(name: str) -> str:
    """The URL of a Redis, of whose parameters nothing but the number of its database and its TLS is set here."""
    value = url(name, "", ["redis", "rediss", "unix"])
    parts = urlsplit(value)
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    number = parameters.pop("db", "0") if parts.scheme == "unix" else parts.path.strip("/") or "0"
    if not (number.isascii() and number.isdecimal()):
        raise ImproperlyConfigured(f"{name} names database {number!r}; Redis counts its databases from 0.")
    if parameters.get("ssl_cert_reqs", "required") not in CERTIFICATES:
        raise ImproperlyConfigured(f"{name} has a wrong ssl_cert_reqs; write {one_of(CERTIFICATES)}.")
    if unknown := parameters.keys() - {*REDIS_PARAMETERS}:
        raise ImproperlyConfigured(f"{name} has {', '.join(sorted(unknown))}; known are {one_of(REDIS_PARAMETERS)}.")
    return value


def private_url(name: str) -> str:
    """A URL that nobody reads on the way: https, or this machine itself."""
    value = url(name, "", ["https", "http"])
    if value.startswith("http://") and urlsplit(value).hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ImproperlyConfigured(f"{name} must begin with https://, since what comes from there is believed.")
    return value


def together(names: Collection[str]) -> None:
    """Some variables of which either all are set or none."""
    missing = [name for name in names if not text(name)]
    if missing and len(missing) < len(names):
        raise ImproperlyConfigured(f"{' and '.join(missing)} must be set too: {', '.join(names)} go together.")


def sender(name: str, site: str, host: str) -> str:
    """Whom a mail is from: an address, with or without a name before it. Without one, the site's at its host."""
    named = f'"{quote(site)}"' if re.search(r'[()<>@,;:\\".\[\]]', site) else site
    value = text(name, f"{named} <imageweb@{'localhost' if ':' in host else host}>")
    local, _, host = parseaddr(value)[1].rpartition("@")
    if not (local and host and value.isprintable()):
        raise ImproperlyConfigured(f"{name} is {value!r}; write such as Imageweb <imageweb@images.example>.")
    return value


def origin(name: str, default: str, schemes: Collection[str]) -> str:
    """A URL of scheme, host and port alone."""
    value = url(name, default, schemes)
    parts = urlsplit(value)
    refuse_unicode(name, parts.netloc)
    if parts.path or "?" in value or "#" in value:
        alone = f"{parts.scheme}://{parts.netloc}"
        raise ImproperlyConfigured(f"{name} is {value!r}; the site needs a host of its own, such as {alone}.")
    if parts.username is not None or not HOST_NAME.fullmatch(parts.netloc.removesuffix(f":{parts.port}")):
        raise ImproperlyConfigured(f"{name} is no address of a site; write such as https://images.example.")
    return value


def split(name: str, value: str) -> SplitResult:
    """The parts of a URL, whose port is one."""
    try:
        parts = urlsplit(value)
        is_whole = value.isprintable() and " " not in value and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ImproperlyConfigured(f"{name} is no whole address; special signs in a password are written as %XX.")
    return parts


def database(name: str, default: str) -> dict[str, Any]:
    """A database of SQLite in a file, or of PostgreSQL, as Django's settings say it."""
    value = text(name, default)
    if not value.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgres://.")
    split(name, value)
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(value))
    except ValueError:
        raise ImproperlyConfigured(f"{name} is no whole address of a database.") from None
    if not found["NAME"] or ":memory:" in str(found["NAME"]):
        example = "sqlite:////srv/imageweb.sqlite3" if value.startswith("sqlite") else "postgres://user@host/imageweb"
        raise ImproperlyConfigured(f"{name} must name a database that several processes can open, such as {example}.")
    return found


def one_of(words: Collection[str] | Any) -> str:
    """Some words as a sentence lists them: a, b or c."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else str(last)


def keep_new_secret(path: Path) -> None:
    """Write one into the file, unless there is one. It appears whole; of two that start at once the second waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems lock no folder
            fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists():
            part = path.with_name(f"{path.name}.part")
            part.touch(mode=0o600)
            part.write_text(secrets.token_urlsafe(50))
            part.replace(path)
    finally:
        os.close(folder)


def secret(name: str, path: Path) -> str:
    """A secret from the variable, from the file that NAME_FILE names, or generated once and kept in `path`."""
    if value := text(name):
        return hard_to_guess(name, value)
    if named := text(f"{name}_FILE"):
        try:
            value = Path(named).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from None
        if not value:
            raise ImproperlyConfigured(f"{name}_FILE names {named}, which is empty.")
        return hard_to_guess(name, value)
    try:
        keep_new_secret(path)
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be written: {error.strerror}.") from None
    if not (value := decoded(path).strip()):
        raise ImproperlyConfigured(f"{path} is empty. Restore the {name} it held, or remove it to begin with another.")
    return value
