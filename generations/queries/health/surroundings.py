"""Whether it is reached and reaches others: the web server and its address, the broker, the providers, mail."""

from __future__ import annotations

import time
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Q

from generations.errors import BY_KIND
from generations.models import Mail, Provider
from generations.models.key import now
from generations.queries.health.check import Check, State
from generations.translatable import Message, PluralMessage, gettext_noop
from imageweb.celery import SPOOL

MAX_MAIL_WAIT = 15 * 60
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def web() -> Check:
    said = {
        "processes": PluralMessage("%(number)s process", "%(number)s processes", settings.WEB_WORKERS),
        "threads": settings.WEB_THREADS,
    }
    return Check("web", State.OK, Message("This server answers. %(processes)s, %(threads)s threads each.", **said))


def broker() -> Check:
    if not settings.REDIS_URL:
        count = sum(1 for path in (SPOOL / "messages").iterdir() if path.is_file())
        messages = PluralMessage(
            "Takes messages; %(number)s is not fetched yet.", "Takes messages; %(number)s are not fetched yet.", count
        )
        return Check("broker", State.OK, messages, place=str(SPOOL))
    took = redis_seconds(settings.REDIS_URL)
    if took is None:
        return Check(
            "broker",
            State.WARN,
            Message("Redis does not answer. Prompts start up to half a minute late, and none is lost."),
            gettext_noop("Start Redis, or correct REDIS_URL."),
            gettext_noop("Does not answer"),
            "Redis",
        )
    sentence = Message("Answers in %(milliseconds)s ms.", milliseconds=max(1, round(1000 * took)))
    return Check("broker", State.OK, sentence, place="Redis")


def redis_seconds(url: str) -> float | None:
    """How long Redis takes to answer; None when it does not within two seconds."""
    redis = import_module("redis")  # only where there is one: it takes memory
    client = redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)
    began = time.monotonic()
    try:
        client.ping()
        return time.monotonic() - began
    except redis.RedisError:
        return None
    finally:
        client.close()


def providers() -> Check:
    every = list(Provider.objects.filter(is_enabled=True))
    real = [provider for provider in every if not provider.is_sandbox]
    if not every:
        advice = gettext_noop("Set up a provider, so that people can draw.")
        return Check("providers", State.WARN, Message("There is no provider."), advice, gettext_noop("Not set up"))
    broken = [each for each in real if each.is_paused and needs_administrator(each.paused_for)]
    if broken:
        sentence = PluralMessage(
            "%(number)s provider is paused until somebody acts.",
            "%(number)s providers are paused until somebody acts.",
            len(broken),
        )
        advice = gettext_noop("Open the provider’s page: it says why, and tests a new key or address at once.")
        return Check("providers", State.WARN, sentence, advice, gettext_noop("Paused"))
    if by_hand := sum(each.is_paused_by_hand for each in every):
        sentence = PluralMessage(
            "%(number)s provider was paused by an administrator.",
            "%(number)s providers were paused by an administrator.",
            by_hand,
        )
        advice = gettext_noop("What waits for it is sent when somebody resumes it on its page.")
        return Check("providers", State.WARN, sentence, advice, gettext_noop("Paused"))
    if not real:
        samples = Message("Only the sandbox draws, which makes samples.")
        return Check(
            "providers", State.OFF, samples, gettext_noop("Set up a real endpoint."), gettext_noop("Sandbox only")
        )
    paused = sum(each.is_paused for each in real)
    if paused:
        sentence = PluralMessage(
            "%(number)s provider is paused for a while and goes on by itself.",
            "%(number)s providers are paused for a while and go on by themselves.",
            paused,
        )
        return Check("providers", State.OK, sentence)
    sentence = PluralMessage("%(number)s provider is called.", "%(number)s providers are called.", len(real))
    return Check("providers", State.OK, sentence)


def needs_administrator(kind: str) -> bool:
    """Whether a pause of this kind ends only when an administrator acts."""
    error = BY_KIND.get(kind)
    return bool(error and error.whose_move == "admin")


def mail() -> Check:
    if not settings.EMAIL_URL:
        sentence = Message("No mail is sent: invitations are copied as links, and nobody gets a digest.")
        return Check("mail", State.OFF, sentence, gettext_noop("Set EMAIL_URL and EMAIL_FROM to have mail sent."))
    late = Q(sent_at=None, failed_at=None, created_at__lt=now(seconds=-MAX_MAIL_WAIT))
    found = Mail.objects.aggregate(
        late=Count("pk", filter=late), failed=Count("pk", filter=Q(failed_at__gt=now(days=-1)))
    )
    place = settings.EMAIL_HOST
    if found["late"] or found["failed"]:
        sentence = PluralMessage(
            "%(number)s message waits for long, and since yesterday %(failed)s were given up.",
            "%(number)s messages wait for long, and since yesterday %(failed)s were given up.",
            found["late"],
            failed=found["failed"],
        )
        advice = gettext_noop("Check EMAIL_URL. Under Mails the administration says why each was not taken.")
        return Check("mail", State.WARN, sentence, advice, gettext_noop("Not taken"), place)
    return Check("mail", State.OK, Message("Everything is sent."), place=place)


def address() -> Check:
    place = settings.SITE_URL
    if not settings.IS_HTTPS and urlsplit(settings.SITE_URL).hostname not in LOCAL_HOSTS:
        return Check(
            "address",
            State.WARN,
            Message("The site is reached by http, so passwords and pictures can be read on their way."),
            gettext_noop("Put a proxy that speaks https in front, and set SITE_URL and TRUSTED_PROXIES."),
            gettext_noop("Not secure"),
            place,
        )
    if settings.DEBUG:
        return Check(
            "address",
            State.WARN,
            Message("DEBUG is on: pages for errors show settings and rows to whoever sees them."),
            gettext_noop("Set DEBUG=0 and restart."),
            gettext_noop("Not secure"),
            place,
        )
    return Check("address", State.OK, Message("The address is as it should be."), place=place)
