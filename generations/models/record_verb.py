"""What is recorded: one line for each verb, with its topic and the sentence that says it.

`%(actor)s` is who did it and `%(object)s` to what; both are looked up when an entry is shown, so that no entry holds a
name."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from generations.translatable import gettext_noop as _n


class Topic(models.TextChoices):
    SIGN_IN = "sign_in", _("Sign-in")
    PEOPLE = "people", _("People and roles")
    PICTURES = "pictures", _("Pictures")
    REVIEW = "review", _("Review")
    SHARING = "sharing", _("Sharing and clients")
    MONEY = "money", _("Providers and money")
    RECORD = "record", _("The record itself")
    DATA = "data", _("Keeping and erasing")


@dataclass(frozen=True)
class Verb:
    """A verb's topic, and its sentence in English, which is translated where it is shown."""

    topic: Topic
    sentence: str


VERBS = {
    "signed_in": Verb(Topic.SIGN_IN, _n("%(actor)s signed in")),
    "sign_in_failed": Verb(Topic.SIGN_IN, _n("Wrong password for %(object)s")),
    "signed_out": Verb(Topic.SIGN_IN, _n("%(actor)s signed out")),
    "password_changed": Verb(Topic.SIGN_IN, _n("%(actor)s set a new password for %(object)s")),
    "added_person": Verb(Topic.PEOPLE, _n("%(actor)s made an account for %(object)s")),
    "changed_person": Verb(Topic.PEOPLE, _n("%(actor)s changed the account of %(object)s")),
    "deactivated": Verb(Topic.PEOPLE, _n("%(actor)s deactivated %(object)s")),
    "activated": Verb(Topic.PEOPLE, _n("%(actor)s activated %(object)s again")),
    "removed_person": Verb(Topic.PEOPLE, _n("%(actor)s removed the account of %(object)s")),
    "added_team": Verb(Topic.PEOPLE, _n("%(actor)s made the team %(object)s")),
    "changed_team": Verb(Topic.PEOPLE, _n("%(actor)s changed the team %(object)s")),
    "removed_team": Verb(Topic.PEOPLE, _n("%(actor)s removed the team %(object)s")),
    "gave_role": Verb(Topic.PEOPLE, _n("%(actor)s gave %(object)s a role in a team")),
    "changed_role": Verb(Topic.PEOPLE, _n("%(actor)s changed the role of %(object)s in a team")),
    "took_role": Verb(Topic.PEOPLE, _n("%(actor)s took %(object)s out of a team")),
    "named_in_gallery": Verb(Topic.PEOPLE, _n("%(actor)s named a person in %(object)s")),
    "dropped_from_gallery": Verb(Topic.PEOPLE, _n("%(actor)s named a person no longer in %(object)s")),
    "showed_batch": Verb(Topic.PICTURES, _n("%(actor)s changed who sees %(object)s")),
    "unshowed_batch": Verb(Topic.PICTURES, _n("%(actor)s undid a change of who sees %(object)s")),
    "showed_gallery": Verb(Topic.PICTURES, _n("%(actor)s changed who sees %(object)s")),
    "opened_private": Verb(Topic.PICTURES, _n("%(actor)s opened %(object)s, which is private")),
    "deleted_picture": Verb(Topic.PICTURES, _n("%(actor)s deleted %(object)s")),
    "took_down": Verb(Topic.PICTURES, _n("%(actor)s took down %(object)s")),
    "restored_picture": Verb(Topic.PICTURES, _n("%(actor)s restored %(object)s")),
    "purged_picture": Verb(Topic.PICTURES, _n("%(actor)s removed %(object)s from the trash for good")),
    "deleted_gallery": Verb(Topic.PICTURES, _n("%(actor)s deleted %(object)s")),
    "restored_gallery": Verb(Topic.PICTURES, _n("%(actor)s restored %(object)s")),
    "purged_gallery": Verb(Topic.PICTURES, _n("%(actor)s removed %(object)s from the trash for good")),
    "deleted_comment": Verb(Topic.PICTURES, _n("%(actor)s deleted a comment on %(object)s")),
    "restored_comment": Verb(Topic.PICTURES, _n("%(actor)s restored a comment on %(object)s")),
    "downloaded_original": Verb(Topic.PICTURES, _n("%(actor)s downloaded %(object)s")),
    "downloaded_zip": Verb(Topic.PICTURES, _n("%(actor)s downloaded pictures as a ZIP")),
    "approved": Verb(Topic.REVIEW, _n("%(actor)s approved %(object)s")),
    "rejected": Verb(Topic.REVIEW, _n("%(actor)s rejected %(object)s")),
    "withdrew_verdict": Verb(Topic.REVIEW, _n("%(actor)s withdrew a verdict on %(object)s")),
    "made_link": Verb(Topic.SHARING, _n("%(actor)s shared %(object)s by a link")),
    "revoked_link": Verb(Topic.SHARING, _n("%(actor)s revoked a share link of %(object)s")),
    "gave_link": Verb(Topic.SHARING, _n("%(actor)s gave a share link of %(object)s to another client")),
    "opened_link": Verb(Topic.SHARING, _n("%(actor)s opened %(object)s")),
    "wrong_link_password": Verb(Topic.SHARING, _n("Wrong password for a share link of %(object)s")),
    "downloaded_by_link": Verb(Topic.SHARING, _n("%(actor)s downloaded %(object)s")),
    "sent_choice": Verb(Topic.SHARING, _n("%(actor)s sent a choice for %(object)s")),
    "reopened_choice": Verb(Topic.SHARING, _n("%(actor)s opened a choice for %(object)s again")),
    "added_client": Verb(Topic.SHARING, _n("%(actor)s added the client %(object)s")),
    "changed_client": Verb(Topic.SHARING, _n("%(actor)s changed the client %(object)s")),
    "changed_client_address": Verb(Topic.SHARING, _n("%(actor)s gave the client %(object)s a new address")),
    "deleted_client": Verb(Topic.SHARING, _n("%(actor)s deleted the client %(object)s")),
    "restored_client": Verb(Topic.SHARING, _n("%(actor)s restored the client %(object)s")),
    "purged_client": Verb(Topic.SHARING, _n("%(actor)s removed the client %(object)s for good")),
    "added_provider": Verb(Topic.MONEY, _n("%(actor)s added the provider %(object)s")),
    "changed_provider": Verb(Topic.MONEY, _n("%(actor)s changed the provider %(object)s")),
    "removed_provider": Verb(Topic.MONEY, _n("%(actor)s removed the provider %(object)s")),
    "resumed_provider": Verb(Topic.MONEY, _n("%(actor)s resumed the provider %(object)s")),
    "added_model": Verb(Topic.MONEY, _n("%(actor)s added the model %(object)s")),
    "changed_model": Verb(Topic.MONEY, _n("%(actor)s changed the model %(object)s")),
    "removed_model": Verb(Topic.MONEY, _n("%(actor)s removed the model %(object)s")),
    "resumed_model": Verb(Topic.MONEY, _n("%(actor)s resumed the model %(object)s")),
    "set_price": Verb(Topic.MONEY, _n("%(actor)s set a price of %(object)s")),
    "checked_record": Verb(Topic.RECORD, _n("%(actor)s checked and signed the record")),
    "exported_record": Verb(Topic.RECORD, _n("%(actor)s exported entries of the record")),
    "pruned_record": Verb(Topic.RECORD, _n("%(actor)s removed the oldest entries of the record")),
    "backed_up": Verb(Topic.DATA, _n("%(actor)s made a backup")),
    "restored_backup": Verb(Topic.DATA, _n("%(actor)s restored a backup")),
}
"""By the name that an entry keeps. A verb that is in no use any more stays here for the entries that have it."""
