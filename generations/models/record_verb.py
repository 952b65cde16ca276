"""What is recorded: one line for each verb, with its topic and the sentence that says it.

`%(actor)s` is who did it and `%(object)s` to what; both are looked up when an entry is shown, so that no entry holds a
name."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy

from generations.translatable import gettext_noop as _


class Topic(models.TextChoices):
    SIGN_IN = "sign_in", gettext_lazy("Sign-in")
    PEOPLE = "people", gettext_lazy("People and roles")
    PICTURES = "pictures", gettext_lazy("Pictures")
    REVIEW = "review", gettext_lazy("Review")
    SHARING = "sharing", gettext_lazy("Sharing and clients")
    MONEY = "money", gettext_lazy("Providers and money")
    RECORD = "record", gettext_lazy("The record itself")
    DATA = "data", gettext_lazy("Keeping and erasing")


@dataclass(frozen=True)
class Verb:
    """A verb's topic, and its sentence in English, which is translated where it is shown."""

    topic: Topic
    sentence: str


VERBS = {
    "signed_in": Verb(Topic.SIGN_IN, _("%(actor)s signed in")),
    "sign_in_failed": Verb(Topic.SIGN_IN, _("Wrong password for %(object)s")),
    "signed_out": Verb(Topic.SIGN_IN, _("%(actor)s signed out")),
    "password_changed": Verb(Topic.SIGN_IN, _("%(actor)s set a new password for %(object)s")),
    "added_second_factor": Verb(Topic.SIGN_IN, _("%(actor)s added a second factor for %(object)s")),
    "removed_second_factor": Verb(Topic.SIGN_IN, _("%(actor)s removed a second factor of %(object)s")),
    "second_factor_failed": Verb(Topic.SIGN_IN, _("Wrong code or passkey for %(object)s")),
    "made_recovery_codes": Verb(Topic.SIGN_IN, _("%(actor)s made new recovery codes for %(object)s")),
    "used_recovery_code": Verb(Topic.SIGN_IN, _("A recovery code of %(object)s was used")),
    "linked_single_sign_on": Verb(Topic.SIGN_IN, _("%(object)s signed in by single sign-on for the first time")),
    "ended_other_ways_in": Verb(
        Topic.SIGN_IN,
        _("%(object)s proved their address by single sign-on; the former password, passkeys and sessions ended"),
    ),
    "unlinked_single_sign_on": Verb(Topic.SIGN_IN, _("%(actor)s unlinked the single sign-on of %(object)s")),
    "single_sign_on_refused": Verb(Topic.SIGN_IN, _("Single sign-on was refused for %(object)s")),
    "added_person": Verb(Topic.PEOPLE, _("%(actor)s made an account for %(object)s")),
    "changed_person": Verb(Topic.PEOPLE, _("%(actor)s changed the account of %(object)s")),
    "deactivated": Verb(Topic.PEOPLE, _("%(actor)s deactivated %(object)s")),
    "activated": Verb(Topic.PEOPLE, _("%(actor)s activated %(object)s again")),
    "removed_person": Verb(Topic.PEOPLE, _("%(actor)s removed the account of %(object)s")),
    "added_team": Verb(Topic.PEOPLE, _("%(actor)s made the team %(object)s")),
    "changed_team": Verb(Topic.PEOPLE, _("%(actor)s changed the team %(object)s")),
    "removed_team": Verb(Topic.PEOPLE, _("%(actor)s removed the team %(object)s")),
    "gave_role": Verb(Topic.PEOPLE, _("%(actor)s gave %(object)s a role in a team")),
    "changed_role": Verb(Topic.PEOPLE, _("%(actor)s changed the role of %(object)s in a team")),
    "took_role": Verb(Topic.PEOPLE, _("%(actor)s took %(object)s out of a team")),
    "invited": Verb(Topic.PEOPLE, _("%(actor)s invited somebody to the team %(object)s")),
    "invited_again": Verb(Topic.PEOPLE, _("%(actor)s sent an invitation to the team %(object)s again")),
    "ended_invitation": Verb(Topic.PEOPLE, _("%(actor)s revoked an invitation to the team %(object)s")),
    "declined_invitation": Verb(Topic.PEOPLE, _("An invitation to the team %(object)s was declined")),
    "accepted_invitation": Verb(Topic.PEOPLE, _("%(actor)s accepted an invitation to the team %(object)s")),
    "invited_to_gallery": Verb(Topic.PEOPLE, _("%(actor)s invited somebody to the gallery %(object)s")),
    "invited_again_to_gallery": Verb(Topic.PEOPLE, _("%(actor)s sent an invitation to the gallery %(object)s again")),
    "ended_gallery_invitation": Verb(Topic.PEOPLE, _("%(actor)s revoked an invitation to the gallery %(object)s")),
    "declined_gallery": Verb(Topic.PEOPLE, _("An invitation to the gallery %(object)s was declined")),
    "joined_gallery": Verb(Topic.PEOPLE, _("%(actor)s accepted an invitation to the gallery %(object)s")),
    "set_group_role": Verb(Topic.PEOPLE, _("%(actor)s had a group give a role in the team %(object)s")),
    "removed_group_role": Verb(Topic.PEOPLE, _("%(actor)s had a group give no role in the team %(object)s any more")),
    "changed_by_group": Verb(Topic.PEOPLE, _("The groups of %(object)s changed a role in a team")),
    "handed_over": Verb(Topic.PEOPLE, _("%(actor)s handed over the work of %(object)s")),
    "took_back_work": Verb(Topic.PEOPLE, _("%(actor)s gave %(object)s back the work that was handed over")),
    "made_password_link": Verb(Topic.SIGN_IN, _("%(actor)s made a link by which %(object)s sets a new password")),
    "changed_email": Verb(Topic.SIGN_IN, _("%(actor)s changed the email address of %(object)s")),
    "ended_sessions": Verb(Topic.SIGN_IN, _("%(actor)s signed %(object)s out on other devices")),
    "named_in_gallery": Verb(Topic.PEOPLE, _("%(actor)s named a person in %(object)s")),
    "dropped_from_gallery": Verb(Topic.PEOPLE, _("%(actor)s named a person no longer in %(object)s")),
    "showed_batch": Verb(Topic.PICTURES, _("%(actor)s changed who sees %(object)s")),
    "unshowed_batch": Verb(Topic.PICTURES, _("%(actor)s undid a change of who sees %(object)s")),
    "showed_gallery": Verb(Topic.PICTURES, _("%(actor)s changed who sees %(object)s")),
    "opened_private": Verb(Topic.PICTURES, _("%(actor)s opened %(object)s, which is private")),
    "deleted_picture": Verb(Topic.PICTURES, _("%(actor)s deleted %(object)s")),
    "took_down": Verb(Topic.PICTURES, _("%(actor)s took down %(object)s")),
    "restored_picture": Verb(Topic.PICTURES, _("%(actor)s restored %(object)s")),
    "purged_picture": Verb(Topic.PICTURES, _("%(actor)s removed %(object)s from the trash for good")),
    "deleted_gallery": Verb(Topic.PICTURES, _("%(actor)s deleted %(object)s")),
    "restored_gallery": Verb(Topic.PICTURES, _("%(actor)s restored %(object)s")),
    "purged_gallery": Verb(Topic.PICTURES, _("%(actor)s removed %(object)s from the trash for good")),
    "deleted_comment": Verb(Topic.PICTURES, _("%(actor)s deleted a comment on %(object)s")),
    "restored_comment": Verb(Topic.PICTURES, _("%(actor)s restored a comment on %(object)s")),
    "downloaded_original": Verb(Topic.PICTURES, _("%(actor)s downloaded %(object)s")),
    "downloaded_zip": Verb(Topic.PICTURES, _("%(actor)s downloaded pictures as a ZIP")),
    "approved": Verb(Topic.REVIEW, _("%(actor)s approved %(object)s")),
    "rejected": Verb(Topic.REVIEW, _("%(actor)s rejected %(object)s")),
    "requested_changes": Verb(Topic.REVIEW, _("%(actor)s requested changes to %(object)s")),
    "changed_review": Verb(Topic.REVIEW, _("%(actor)s changed how %(object)s reviews")),
    "paused_sending": Verb(Topic.REVIEW, _("%(actor)s paused sending for %(object)s")),
    "resumed_sending": Verb(Topic.REVIEW, _("%(actor)s let %(object)s send again")),
    "withdrew_verdict": Verb(Topic.REVIEW, _("%(actor)s withdrew a verdict on %(object)s")),
    "made_link": Verb(Topic.SHARING, _("%(actor)s shared %(object)s by a link")),
    "revoked_link": Verb(Topic.SHARING, _("%(actor)s revoked a share link of %(object)s")),
    "closed_round": Verb(Topic.SHARING, _("%(actor)s closed the round of a share link of %(object)s")),
    "opened_round": Verb(Topic.SHARING, _("%(actor)s opened the round of a share link of %(object)s again")),
    "gave_link": Verb(Topic.SHARING, _("%(actor)s gave a share link of %(object)s to another client")),
    "opened_link": Verb(Topic.SHARING, _("%(actor)s opened %(object)s")),
    "wrong_link_password": Verb(Topic.SHARING, _("Wrong password for %(object)s")),
    "downloaded_by_link": Verb(Topic.SHARING, _("%(actor)s downloaded %(object)s")),
    "sent_choice": Verb(Topic.SHARING, _("%(actor)s sent a choice for %(object)s")),
    "reopened_choice": Verb(Topic.SHARING, _("%(actor)s opened a choice for %(object)s again")),
    "deleted_visitor": Verb(Topic.SHARING, _("%(actor)s deleted a client’s visit by %(object)s")),
    "restored_visitor": Verb(Topic.SHARING, _("%(actor)s restored a client’s visit by %(object)s")),
    "added_client": Verb(Topic.SHARING, _("%(actor)s added the client %(object)s")),
    "changed_client": Verb(Topic.SHARING, _("%(actor)s changed the client %(object)s")),
    "changed_client_address": Verb(Topic.SHARING, _("%(actor)s gave the client %(object)s a new address")),
    "deleted_client": Verb(Topic.SHARING, _("%(actor)s deleted the client %(object)s")),
    "restored_client": Verb(Topic.SHARING, _("%(actor)s restored the client %(object)s")),
    "purged_client": Verb(Topic.SHARING, _("%(actor)s removed the client %(object)s for good")),
    "added_provider": Verb(Topic.MONEY, _("%(actor)s added the provider %(object)s")),
    "changed_provider": Verb(Topic.MONEY, _("%(actor)s changed the provider %(object)s")),
    "removed_provider": Verb(Topic.MONEY, _("%(actor)s removed the provider %(object)s")),
    "paused_provider": Verb(Topic.MONEY, _("%(actor)s paused the provider %(object)s")),
    "resumed_provider": Verb(Topic.MONEY, _("%(actor)s resumed the provider %(object)s")),
    "added_model": Verb(Topic.MONEY, _("%(actor)s added the model %(object)s")),
    "changed_model": Verb(Topic.MONEY, _("%(actor)s changed the model %(object)s")),
    "removed_model": Verb(Topic.MONEY, _("%(actor)s removed the model %(object)s")),
    "paused_model": Verb(Topic.MONEY, _("%(actor)s paused the model %(object)s")),
    "resumed_model": Verb(Topic.MONEY, _("%(actor)s resumed the model %(object)s")),
    "set_price": Verb(Topic.MONEY, _("%(actor)s set a price of %(object)s")),
    "checked_record": Verb(Topic.RECORD, _("%(actor)s checked and signed the record")),
    "exported_record": Verb(Topic.RECORD, _("%(actor)s exported entries of the record")),
    "proved_picture": Verb(Topic.DATA, _("%(actor)s made an evidence pack of %(object)s")),
    "placed_hold": Verb(Topic.DATA, _("%(actor)s put %(object)s under a legal hold")),
    "released_hold": Verb(Topic.DATA, _("%(actor)s released a legal hold on %(object)s")),
    "exported_person": Verb(Topic.DATA, _("%(actor)s exported everything about %(object)s")),
    "erased_person": Verb(Topic.DATA, _("%(actor)s erased %(object)s")),
    "reread": Verb(Topic.DATA, _("%(actor)s had saved responses re-checked")),
    "set_retention": Verb(Topic.DATA, _("%(actor)s changed how long something is kept")),
    "unset_retention": Verb(Topic.DATA, _("%(actor)s removed a rule of how long something is kept")),
    "applied_retention": Verb(Topic.DATA, _("%(actor)s removed what was kept long enough")),
    "pruned_record": Verb(Topic.RECORD, _("%(actor)s removed the oldest entries of the record")),
    "backed_up": Verb(Topic.DATA, _("%(actor)s made a backup")),
    "restored_backup": Verb(Topic.DATA, _("%(actor)s restored a backup")),
}
"""By the name that an entry keeps. A verb that is in no use any more stays here for the entries that have it."""
