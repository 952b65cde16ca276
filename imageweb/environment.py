"""Settings from environment variables. A wrong value stops the start with a sentence."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def read_file(path: Path) -> None:
    """Put the KEY=VALUE lines of a .env file into the environment, except for variables that are set already."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, found, value = line.partition("=")
        if not found:
            raise ImproperlyConfigured(f"{path}, line {number}: write NAME=value, or begin the line with #.")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        os.environ.setdefault(name.strip().removeprefix("export "), value)


def text(name: str, default: str = "") -> str:
    """A string. An empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str, default: bool) -> bool:
    """A boolean: 1, true, yes, on, or 0, false, no, off, or empty."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE | FALSE:
        return value.strip().lower() in TRUE
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


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


def choice(name: str, default: str, values: set[str]) -> str:
    """One of these words."""
    value = text(name, default).lower()
    if value not in values:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(sorted(values))}.")
    return value


def csv_list(name: str, default: str = "") -> list[str]:
    """A list of strings, separated by commas."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def url(name: str, default: str, schemes: set[str]) -> str:
    """A URL with one of these schemes, without a trailing slash."""
    value = text(name, default).rstrip("/")
    if value and urlsplit(value).scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(f'{s}://' for s in sorted(schemes))}.")
    return value


def secret(name: str, path: Path) -> str:
    """A secret from the variable, from the file that NAME_FILE names, or generated once and kept in `path`."""
    if value := text(name):
        return value
    if named := text(f"{name}_FILE"):
        try:
            return Path(named).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()
