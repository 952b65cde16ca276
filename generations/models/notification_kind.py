"""What people are told: a line for each kind of notification, and one for each topic, which a person switches.

A new kind is one line of KINDS; the verb that makes it true calls `Notification.tell` with its key. A row keeps only
the key, so that the sentence is read in the reader's language. Its named values are `actor`, `picture`, `batch`,
`gallery`, `team`, `provider`, and `number` where several are told as one.
"""

from __future__ import annotations

from dataclasses import dataclass

from generations.translatable import Plural, plural_noop
from generations.translatable import gettext_noop as _

IN_APP, MAIL, DIGEST = "a", "m", "d"
CHANNELS = IN_APP + MAIL + DIGEST
"""In the inbox, by mail at once, in the daily digest; a person's channels for a topic are some of these letters."""


@dataclass(frozen=True)
class Topic:
    """What a person decides about in one row of the settings; its `name` is a filter of the inbox."""

    key: str
    name: str
    when: str
    channels: str
    """Unless the person says otherwise."""
    for_staff: bool = False


@dataclass(frozen=True)
class Kind:
    """One sentence. Where it has a form for `many`, what the same actor does again within BUNDLE_MINUTES, before it is
    read, is told as one: `counts` names what is counted, an "image" or a "batch", wherever it is. Where that is empty,
    the times are counted, at the same place."""

    key: str
    topic: str
    sentence: str
    many: Plural | None = None
    counts: str = ""


TOPICS = {
    topic.key: topic
    for topic in (
        Topic("mentions", _("Mentions"), _("Somebody mentions you"), IN_APP + MAIL),
        Topic("answers", _("Comments"), _("Somebody comments on your picture or answers you"), IN_APP + DIGEST),
        Topic(
            "verdicts",
            _("Verdicts"),
            _("Your picture is approved or rejected, or changes are requested"),
            IN_APP + DIGEST,
        ),
        Topic("refusals", _("Refused prompts"), _("Prompts of your team are refused"), IN_APP + DIGEST),
        Topic("clients", _("Clients"), _("A client chooses or comments"), IN_APP + MAIL),
        Topic("finished", _("Finished prompts"), _("Your pictures are ready while you are away"), IN_APP),
        Topic("failed", _("Failed prompts"), _("Your prompt fails while you are away"), IN_APP + DIGEST),
        Topic(
            "invitations",
            _("Invitations"),
            _("You are invited to a gallery, or somebody answers your invitation"),
            IN_APP + DIGEST,
        ),
        Topic("removals", _("Taken down"), _("Somebody takes down your picture"), IN_APP + DIGEST),
        Topic("providers", _("Providers"), _("A provider is paused"), IN_APP, for_staff=True),
        Topic("record", _("Record"), _("The record is not what was written"), IN_APP + MAIL, for_staff=True),
    )
}

KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "mentioned",
            "mentions",
            _("%(actor)s mentioned you on %(picture)s."),
            plural_noop(
                "%(actor)s mentioned you %(number)s time on %(picture)s.",
                "%(actor)s mentioned you %(number)s times on %(picture)s.",
            ),
        ),
        Kind(
            "answered",
            "answers",
            _("%(actor)s answered you on %(picture)s."),
            plural_noop(
                "%(actor)s answered you %(number)s time on %(picture)s.",
                "%(actor)s answered you %(number)s times on %(picture)s.",
            ),
        ),
        Kind(
            "commented",
            "answers",
            _("%(actor)s commented on %(picture)s."),
            plural_noop(
                "%(actor)s commented %(number)s time on %(picture)s.",
                "%(actor)s commented %(number)s times on %(picture)s.",
            ),
        ),
        Kind(
            "approved",
            "verdicts",
            _("%(actor)s approved %(picture)s."),
            plural_noop(
                "%(actor)s approved %(number)s of your pictures.", "%(actor)s approved %(number)s of your pictures."
            ),
            counts="image",
        ),
        Kind(
            "rejected",
            "verdicts",
            _("%(actor)s rejected %(picture)s."),
            plural_noop(
                "%(actor)s rejected %(number)s of your pictures.", "%(actor)s rejected %(number)s of your pictures."
            ),
            counts="image",
        ),
        Kind(
            "changes",
            "verdicts",
            _("%(actor)s requested changes to %(picture)s."),
            plural_noop(
                "%(actor)s requested changes to %(number)s of your pictures.",
                "%(actor)s requested changes to %(number)s of your pictures.",
            ),
            counts="image",
        ),
        Kind(
            "refused_often",
            "refusals",
            _("Several prompts of %(actor)s were refused within an hour."),
        ),
        Kind("refusal_note", "refusals", _("%(actor)s wrote to you about refused prompts.")),
        Kind("sending_paused", "refusals", _("%(actor)s paused sending for you.")),
        Kind("client_chose", "clients", _("%(actor)s, a client, sent a choice for %(gallery)s.")),
        Kind(
            "client_remarked",
            "clients",
            _("%(actor)s, a client, commented in %(gallery)s."),
            plural_noop(
                "%(actor)s, a client, commented %(number)s time in %(gallery)s.",
                "%(actor)s, a client, commented %(number)s times in %(gallery)s.",
            ),
        ),
        Kind(
            "finished",
            "finished",
            _("%(batch)s is finished."),
            plural_noop("%(number)s prompt is finished.", "%(number)s prompts are finished."),
            counts="batch",
        ),
        Kind(
            "failed",
            "failed",
            _("%(batch)s failed."),
            plural_noop("%(number)s prompt failed.", "%(number)s prompts failed."),
            counts="batch",
        ),
        Kind("asked_to_gallery", "invitations", _("%(actor)s invites you to the gallery %(gallery)s.")),
        Kind("invited", "invitations", _("%(actor)s invited you to the gallery %(gallery)s.")),
        Kind("joined_team", "invitations", _("%(actor)s accepted your invitation to the team %(team)s.")),
        Kind("joined_gallery", "invitations", _("%(actor)s accepted your invitation to the gallery %(gallery)s.")),
        Kind("declined_team", "invitations", _("%(actor)s declined your invitation to the team %(team)s.")),
        Kind("declined_gallery", "invitations", _("%(actor)s declined your invitation to the gallery %(gallery)s.")),
        Kind(
            "taken_down",
            "removals",
            _("%(actor)s took down %(picture)s."),
            plural_noop(
                "%(actor)s took down %(number)s of your pictures.", "%(actor)s took down %(number)s of your pictures."
            ),
            counts="image",
        ),
        Kind("provider_paused", "providers", _("%(provider)s is paused.")),
        Kind("model_paused", "providers", _("A model of %(provider)s is paused.")),
        Kind("record_broken", "record", _("The record was changed past this application.")),
    )
}


def channels_of(topic: str, chosen: dict[str, str]) -> str:
    """The letters of the channels on which a person hears of this topic; `chosen` are their own decisions."""
    return chosen.get(topic, TOPICS[topic].channels)
