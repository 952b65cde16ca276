"""How a team reviews: whether it does, who counts, and which ways out of the installation wait for an approval."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.translatable import gettext_noop

MAX_REVIEW_REASON = 60
REASONS = 6
DEFAULT_REASONS = (
    gettext_noop("Off brief"),
    gettext_noop("Brand or logo"),
    gettext_noop("Real person"),
    gettext_noop("Wrong text"),
    gettext_noop("Quality"),
    gettext_noop("Other reason"),
)


class Gate(models.TextChoices):
    """A way out that a team may keep closed until a picture is approved; a team's gates are some of these letters."""

    LINKS = "l", _("Share links")
    DOWNLOADS = "d", _("Downloads by others than the author")
    LABELLED = "c", _("Labelled copies")
    API = "a", _("The API")


class ReviewPolicy(models.Model):
    """The columns of a team that say how it reviews."""

    class Review(models.TextChoices):
        OFF = "off", _("Off")
        ADVISORY = "advisory", _("Advisory")
        REQUIRED = "required", _("Required")

    review = models.CharField(
        _("review"), max_length=8, choices=Review, default=Review.ADVISORY, db_default=Review.ADVISORY
    )
    review_approvals = models.PositiveSmallIntegerField(_("approvals"), default=1, db_default=1)
    has_four_eyes = models.BooleanField(
        _("four eyes"), default=False, db_default=False, help_text=_("Nobody decides about their own pictures.")
    )
    review_gates = models.CharField(
        _("what waits for an approval"), max_length=8, default="ldca", db_default="ldca", blank=True
    )
    review_reasons = models.JSONField(
        _("ready reasons"), default=list, blank=True, help_text=_("Six at most; empty: those everybody begins with.")
    )

    class Meta:
        abstract = True

    @property
    def reasons(self) -> list[str]:
        """The ready reasons as they are kept."""
        return list(self.review_reasons) or list(DEFAULT_REASONS)

    def set_review(
        self,
        *,
        review: str,
        approvals: int,
        has_four_eyes: bool,
        gates: str,
        reasons: list[str],
    ) -> bool:
        """Review by these rules from now on; whether fewer approvals are asked for than before, so that some pictures
        may have enough of them now."""
        is_less = approvals < self.review_approvals
        self.review, self.review_approvals = self.Review(review), approvals
        self.has_four_eyes, self.review_gates = has_four_eyes, gates
        self.review_reasons = [] if reasons == list(DEFAULT_REASONS) else reasons
        self.save(update_fields=["review", "review_approvals", "has_four_eyes", "review_gates", "review_reasons"])
        return is_less
