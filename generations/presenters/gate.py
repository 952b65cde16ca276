"""What a team holds back until a picture is approved, and who can open it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import rights
from generations.models import Batch, Gallery, Image, Team
from generations.queries.review import held_back_by_links, reviewers_of
from generations.rights import Rule
from generations.translation import listed, sentences
from generations.viewer import Viewer


def download_gate(viewer: Viewer, image: Image) -> str:
    """Why this viewer, who sees the picture, may not have its file yet, and who can change that; "" if they may."""
    return "" if _passes(rights.download_image, viewer, image) else gate_sentence(image)


def label_gate(viewer: Viewer, image: Image) -> str:
    """The same of its labelled copy."""
    return "" if _passes(rights.label_image, viewer, image) else gate_sentence(image)


def request_gate(viewer: Viewer, batch: Batch) -> str:
    """Why they may not have the body of a request of this batch, which holds its references; "" if they may."""
    waiting = (image for image in batch.references.all() if not _passes(rights.carry_image, viewer, image))
    return next(map(gate_sentence, waiting), "")


def _passes(rule: Rule, viewer: Viewer, image: Image) -> bool:
    """Asked of the row as it is stored where this one comes without its batch, as a reference does."""
    if image.batch is not None:
        return rule.allows(viewer, image)
    return rule.of(viewer, Image.objects.filter(pk=image.pk)).exists()


def gate_sentence(image: Image) -> str:
    team = image.batch.team if image.batch else None
    if team is None:
        return _("This picture waits for an approval.")
    rule = _("In %(team)s a picture has to be approved before it can be downloaded.") % {"team": team}
    if image.team_id is None:
        return sentences([rule, _("Its author has to show it to the team first.")])
    return sentences([rule, who_opens(team)])


def links_gate(gallery: Gallery) -> str:
    """How many of the gallery's pictures its share links hold back, and who can change that; "" if none."""
    count, team = held_back_by_links(gallery)
    if team is None:
        return ""
    sentence = ngettext(
        "%(number)s picture is not shown by links before it is approved.",
        "%(number)s pictures are not shown by links before they are approved.",
        count,
    )
    return sentences([sentence % {"number": count}, who_opens(team)])


def who_opens(team: Team) -> str:
    """Who can approve what the team holds back."""
    names = [str(person) for person in reviewers_of(team)]
    if not names:
        return _("An administrator can approve it.")
    sentence = ngettext("%(names)s can approve it.", "%(names)s can approve it.", len(names))
    return sentence % {"names": listed(names)}
