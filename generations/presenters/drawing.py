"""The test picture of a provider: how far it is, and in which shape the answer came."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from generations import rights
from generations.errors import BY_KIND, NotStored
from generations.models import Attempt, Generation, Image, Provider
from generations.models.key import address
from generations.models.price import dollars
from generations.presenters.exchange import pretty
from generations.presenters.formatting import seconds, show_size
from generations.presenters.frame import srcset, thumbnails
from generations.translation import translated
from generations.viewer import Viewer

MAX_ANSWER = 20_000


class Drawing:
    """The test picture: how far it is, and in which shape the answer came."""

    def __init__(self, viewer: Viewer, generation: Generation, provider: Provider) -> None:
        self.viewer = viewer
        self.generation = generation
        self.provider = provider

    @property
    def is_over(self) -> bool:
        return self.generation.is_final

    @property
    def look(self) -> str:
        """How its frame looks while there is no picture."""
        return "developing" if self.generation.state == "running" else "waiting"

    @property
    def version(self) -> int:
        return self.generation.version

    @cached_property
    def may_see(self) -> bool:
        """Whether it is the viewer's own: a picture of somebody else's test is theirs."""
        return rights.own_batch.allows(self.viewer, self.generation.batch)

    @cached_property
    def image(self) -> Image | None:
        pictures = Image.objects.kept().filter(generation=self.generation).select_related("file")
        return pictures.first() if self.may_see else None

    @property
    def picture(self) -> dict[str, str]:
        """What a frame shows of the image."""
        if self.image is None:
            return {}
        return {
            "page": self.image.get_absolute_url(),
            "src": f"{thumbnails(self.image)}640",
            "srcset": srcset(self.image, thumbnails(self.image)),
            "placeholder_uri": self.image.placeholder_uri,
            "width": str(self.image.width),
            "height": str(self.image.height),
            "ratio": self.image.ratio,
        }

    @cached_property
    def attempt(self) -> Attempt | None:
        return list(self.generation.attempts.all())[-1] if self.generation.attempts.all() else None

    @property
    def title(self) -> str:
        """What came of it, how long it took and what it cost."""
        generation = self.generation
        said = {"model": generation.model.name, "duration": self.duration}
        if generation.state == "succeeded":
            if generation.cost is None:
                return _("%(model)s drew a picture in %(duration)s.") % said
            cost = dollars(generation.cost)
            return _("%(model)s drew a picture in %(duration)s for %(cost)s.") % {**said, "cost": cost}
        if self.is_over:
            return _("%(model)s drew nothing. %(reason)s") % {**said, "reason": self.reason}
        if generation.state == "running":
            return _("%(model)s is drawing.") % said
        return _("Waiting for a worker to send it to %(model)s.") % said

    @property
    def duration(self) -> str:
        begun, ended = self.generation.started_at, self.generation.finished_at
        return seconds((ended - begun).total_seconds()) if begun and ended else ""

    @property
    def reason(self) -> str:
        error = BY_KIND.get(self.generation.kind)
        return translated(error.sentence) if error else _("It was cancelled.")

    @property
    def words(self) -> str:
        """What the endpoint said where it drew nothing."""
        return self.generation.shown_detail if self.is_over and self.generation.state != "succeeded" else ""

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """The shape of the answer."""
        attempt = self.attempt
        if attempt is None or not attempt.has_answer:
            return []
        facts = [(_("Answer"), _("HTTP %(status)s") % {"status": attempt.status or "–"})]
        image = self.image
        if image:
            host = urlsplit(image.source_url).netloc
            where = _("a link to %(host)s") % {"host": host} if host else _("in the answer itself")
            facts.append((_("Picture is"), where))
            facts.append((_("Size"), size_said(image, self.generation.size)))
        facts.append((_("Words beside it"), _("yes") if attempt.text else _("no")))
        streamed = "event-stream" in str(attempt.headers.get("content-type", ""))
        facts.append((_("Streamed"), _("yes") if streamed else _("no")))
        return facts

    @property
    def answer(self) -> str:
        """The beginning of the answer."""
        try:
            return pretty(self.attempt.answer_start(MAX_ANSWER), size=self.attempt.answer_size) if self.attempt else ""
        except NotStored as error:
            return translated(error.sentence)

    @property
    def exchange_url(self) -> str:
        return address("exchange", self.generation.key)


def size_said(image: Image, asked: str) -> str:
    """1024×1024, as asked."""
    got = f"{image.width}×{image.height}"
    if show_size(asked) == got:
        return _("%(size)s, as asked") % {"size": got}
    return _("%(size)s; asked for %(asked)s") % {"size": got, "asked": show_size(asked)} if asked else got
