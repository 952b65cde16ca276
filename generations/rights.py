"""Who may do what. Each verb is one rule, which gives both the Q for a list and the predicate for one row.

A rule is a condition on a row and a viewer, and the scope a share link or a token needs for it:

    may_cancel.q(viewer)              what of a list the viewer may cancel
    may_cancel.allows(viewer, batch)  whether the viewer may cancel this one

Both are worked out from the same condition, so that a page offers an action exactly when its POST is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from generations.conditions import (
    BROUGHT,
    BY_LINK,
    BY_PERSON,
    BY_TOKEN,
    DRAWN,
    IN_TRASH,
    KEPT,
    NO_GUEST,
    NOTHING,
    RUNS_PROVIDERS,
    STAFF,
    SUPERUSER,
    TAKEN_DOWN,
    Condition,
    by_team_role,
    empty,
    having,
    in_team,
    in_team_that,
    itself,
    link_has,
    looked_for,
    mine,
    named_in_gallery,
    not_above,
    of_led_team,
    of_others,
    passes_link,
    same_person,
    shares_a_team,
    through,
    waits_for_approval,
)
from generations.models import (
    Batch,
    BatchReference,
    Gallery,
    GalleryItem,
    GalleryMember,
    Image,
    Membership,
    ProviderModel,
)
from generations.models.review_policy import Gate, ReviewPolicy
from generations.viewer import Role, Scope, Viewer

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


@dataclass(frozen=True)
class Rule:
    """A verb's condition, and the scope that a share link or a token needs for it."""

    condition: Condition
    scope: Scope

    def q(self, viewer: Viewer, prefix: str = "") -> Q:
        """As a filter; `prefix` leads from the filtered rows to the rows it is about."""
        if self.scope not in viewer.scopes:
            return NOTHING
        found = self.condition.q(viewer, prefix)
        return found if isinstance(found, Q) else Q() if found else NOTHING

    def allows(self, viewer: Viewer, row: models.Model) -> bool:
        """Whether the viewer may do it to this row."""
        return self.scope in viewer.scopes and self.condition.holds(viewer, row)

    def of(self, viewer: Viewer, rows: Rows, prefix: str = "") -> Rows:
        """Those of these rows to which the viewer may do it."""
        return rows.filter(self.q(viewer, prefix))


def held_back_by_links(prefix: str = "") -> Q:
    """As a filter: the pictures that no share link shows before they are approved."""
    found = waits_for_approval(Gate.LINKS).q(Viewer(), prefix)
    return found if isinstance(found, Q) else NOTHING


def lies_in_gallery(rule: Callable[[], Rule]) -> Condition:
    """The row is a picture in a gallery of which this rule holds; one that stands further down."""

    def q(viewer: Viewer, prefix: str) -> Q:
        galleries = rule().of(viewer, Gallery.objects.all()).values("pk")
        items = GalleryItem.objects.filter(removed_at=None, gallery__in=galleries)
        return Q(**{f"{prefix}pk__in": items.values("image")})

    return looked_for(q)


def _is_used_in_what_is_seen(viewer: Viewer, prefix: str) -> Q:
    batches = see_batch.of(viewer, Batch.objects.all()).values("pk")
    return Q(**{f"{prefix}pk__in": BatchReference.objects.filter(batch__in=batches).values("image")})


IS_USED = looked_for(_is_used_in_what_is_seen)
IN_A_GALLERY = lies_in_gallery(lambda: see_gallery)
IN_A_MANAGED_GALLERY = lies_in_gallery(lambda: manage_gallery)
_named = tuple(GalleryMember.Role.values)
_contributing = (GalleryMember.Role.CONTRIBUTE, GalleryMember.Role.MANAGE)
_gallery_around = mine() | named_in_gallery(*_named) | in_team()
see_gallery: Rule = Rule(KEPT & (STAFF | _gallery_around), Scope.SEE)
"""One's own, those one is named in, those of one's teams; for staff all."""
gallery_around = Rule(KEPT & _gallery_around, Scope.SEE)
"""As `see_gallery`, for staff too only what they are part of."""
fill_gallery = Rule(
    KEPT & empty("archived_at") & (STAFF | mine() | named_in_gallery(*_contributing) | by_team_role()), Scope.GENERATE
)
"""Put pictures in, take them out, order them, unless it is archived: a team's people, unless a name says otherwise."""
manage_gallery: Rule = Rule(
    KEPT & (STAFF | mine() | named_in_gallery(GalleryMember.Role.MANAGE) | by_team_role(Role.LEAD)), Scope.MANAGE
)
"""Change what it is called and who is in it, archive, delete and share it: its person, who leads its team, staff."""
read_feedback = Rule(see_gallery.condition & (NO_GUEST | mine() | named_in_gallery(*_contributing)), Scope.SEE)
"""Read what clients chose and wrote by its share links: who sees it, but for a guest who only looks. They may be one
client's, and learn nothing of another here."""
manage_link = Rule(through("gallery", manage_gallery.condition), Scope.MANAGE)
"""Copy a share link again, and end it."""
reopen_visitor = Rule(KEPT & through("link", manage_link.condition), Scope.MANAGE)
"""Let a visitor of a share link change again what they sent: who manages the link."""
delete_visitor = Rule((KEPT | IN_TRASH) & through("link", manage_link.condition), Scope.MANAGE)
"""Take a visitor out of sight with all they chose and wrote. A second click finds it done."""
restore_visitor = delete_visitor
"""Bring them back, as long as what was deleted is kept."""
see_client = Rule(KEPT & (STAFF | in_team()), Scope.SEE)
"""Know of a client, and share a gallery of one's own with it: the people of its team."""
manage_client = Rule(KEPT & (STAFF | mine() | in_team(Role.LEAD)), Scope.MANAGE)
"""Copy a client's address, change its look and contacts, put it away: who made it, who leads its team, staff."""
restore_client = Rule(IN_TRASH & (STAFF | mine() | in_team(Role.LEAD)), Scope.MANAGE)
restore_gallery = Rule(IN_TRASH & (STAFF | mine() | mine("deleted_by")), Scope.MANAGE)
_shown_to_team = having("visibility", Batch.Visibility.TEAM)
_own_or_led = mine() | (_shown_to_team & in_team(Role.LEAD))
_shown_in_gallery = having("visibility", Batch.Visibility.GALLERY) & through("gallery", see_gallery.condition)
see_batch = Rule(STAFF | mine() | (_shown_to_team & in_team()) | _shown_in_gallery, Scope.SEE)
"""One's own, those shown to a team of one's own or in a gallery that one sees, for staff all."""
batch_around = Rule(mine() | (_shown_to_team & in_team()), Scope.SEE)
"""As `see_batch`, for staff too only their own and their teams': what lists show until one asks for everybody's."""
cancel_batch = Rule(STAFF | _own_or_led, Scope.GENERATE)
"""Its person, who leads the team it is shown to, staff."""
private_batch = Rule(STAFF & of_others() & having("visibility", Batch.Visibility.PRIVATE), Scope.SEE)
"""What staff see although it is private to somebody: that they opened it is recorded."""
own_batch = Rule(mine(), Scope.SEE)
remove_batch = Rule(mine(), Scope.MANAGE)
"""Take what failed out of the feed, and put it back: its person."""
show_batch = Rule(cancel_batch.condition, Scope.MANAGE)
"""Change who sees it: its person, who leads the team it is shown to, staff."""
undo_audience = Rule(mine() & (STAFF | through("batch", mine()) | in_team(Role.LEAD)), Scope.MANAGE)
"""Undo one's own change of it, as long as one could make it once more."""
see_generation = Rule(through("batch", see_batch.condition), Scope.SEE)
generation_around = Rule(through("batch", batch_around.condition), Scope.SEE)
cancel_generation = Rule(through("batch", cancel_batch.condition), Scope.GENERATE)
retry_batch = Rule(STAFF | mine(), Scope.GENERATE)
retry_generation = Rule(through("batch", retry_batch.condition), Scope.GENERATE)
"""Send it again, read its kept answer again, save its request: its person and staff."""
_of_led_team = Condition(
    lambda viewer, prefix: Q(**{f"{prefix}pk__in": viewer.teams((Role.LEAD,))}) if viewer.person else False,
    lambda viewer, row: viewer.is_in(row.pk, (Role.LEAD,)),
)
manage_team = Rule(STAFF | _of_led_team, Scope.MANAGE)
"""Invite people to a team and name it: who leads it, and staff."""
manage_membership = Rule((STAFF & through("person", not_above())) | in_team(Role.LEAD), Scope.MANAGE)
"""Change somebody's role in a team, or take them out of it: who leads it, and staff, but for a superuser's."""
_into_team = empty("team", is_empty=False) & through("team", manage_team.condition)
invite_to_gallery = Rule(manage_gallery.condition & NO_GUEST, Scope.MANAGE)
"""Ask people from outside into a gallery: who manages it and is no guest, or guests would bring guests."""
_into_gallery = empty("gallery", is_empty=False) & through("gallery", invite_to_gallery.condition)
manage_invitation = Rule(_into_team | _into_gallery, Scope.MANAGE)
"""Copy the link of an invitation, send it again, revoke it: who manages the team or the gallery it is for."""
manage_group_role = Rule(STAFF, Scope.MANAGE)
"""Say which group of single sign-on gives which role in which team: staff."""
run_person = Rule(STAFF, Scope.MANAGE)
"""See an account as a whole, and put somebody into a team: staff."""
manage_person = Rule(STAFF & not_above(), Scope.MANAGE)
"""End an account's sessions: staff, and a superuser’s a superuser alone."""
end_person = Rule(manage_person.condition & ~itself(), Scope.MANAGE)
"""Deactivate it, hand its work over, activate it, change how it signs in: who manages it, nobody their own."""
promote_person = Rule(SUPERUSER & ~itself(), Scope.MANAGE)
"""Make an account an administrator, or no longer: superusers, nobody their own."""
manage_team_review = Rule(STAFF | _of_led_team, Scope.MANAGE)
"""Say how a team reviews: who leads it, and staff."""
_refused_by = STAFF | (_shown_to_team & in_team(Role.REVIEWER, Role.LEAD))
see_refused_generation = Rule(through("batch", _refused_by), Scope.REVIEW)
"""Among the prompts that were refused or failed, those of the teams one reviews."""
pause_membership = Rule(manage_membership.condition & of_others(), Scope.MANAGE)
"""Take no more prompts of somebody for a team: who manages their role in it; nobody of their own."""
write_to_membership = Rule((STAFF | in_team(Role.REVIEWER, Role.LEAD)) & of_others(), Scope.REVIEW)
"""Write somebody a note about their refused prompts: who reviews in a team of theirs, and staff."""
see_queued_generation = Rule(through("batch", STAFF | mine() | (_shown_to_team & in_team())), Scope.SEE)
"""Have it in the queue: whose it is, and the team it is shown to; staff all."""
erase_person = Rule(end_person.condition, Scope.MANAGE)
"""Erase somebody for good: who may end the account."""
export_person = Rule(manage_person.condition | itself(), Scope.MANAGE)
"""Have everything about somebody as a ZIP: the person, and who manages the account."""
manage_hold = Rule(STAFF, Scope.MANAGE)
"""Place and release legal holds, and know of them: staff."""
manage_retention = Rule(STAFF, Scope.MANAGE)
"""Say how long things are kept, and have what is due removed: staff."""
read_entry = Rule(STAFF | of_led_team(), Scope.MANAGE)
"""Read an entry of the record, or those about a gallery: who leads the team it is about; staff all of them."""
know_person = Rule(STAFF | itself() | shares_a_team(), Scope.SEE)
"""Be told how somebody is called: oneself, who shares a team, for staff everybody."""
_around = mine() | in_team()
image_around = Rule(KEPT & DRAWN & _around, Scope.SEE)
"""What a model drew for the viewer or what is shown to a team of theirs, also for staff. From one index, without a
join: the library pages through 100,000 of them."""
place_image = Rule(KEPT & DRAWN & _around, Scope.GENERATE)
"""Put it into a gallery, where others come to see it: one's own, or what a team of one's own sees already. What one
sees through a gallery alone is for those who put it there to show elsewhere."""
see_drawn = Rule(KEPT & DRAWN & (STAFF | _around | IN_A_GALLERY), Scope.SEE)
"""Also what lies in a gallery that one sees, whoever may see its batch."""
see_shared = Rule(KEPT & DRAWN & BY_LINK, Scope.SEE)
"""What a share link shows: the picture alone."""
_given_by_link = ~waits_for_approval(Gate.DOWNLOADS) & (
    ~link_has("gives_labelled") | ~waits_for_approval(Gate.LABELLED)
)
download_shared = Rule(see_shared.condition & _given_by_link, Scope.DOWNLOAD)
"""Have the file that a share link gives: where its team requires an approval for such files, clients wait for it."""
choose_shared = Rule(see_shared.condition, Scope.CHOOSE)
remark_shared = Rule(see_shared.condition, Scope.COMMENT)
"""Choose, and comment on, what a share link shows, where it allows that."""
see_image = Rule(KEPT & (STAFF | _around | IN_A_GALLERY | IS_USED | (DRAWN & BY_LINK)), Scope.SEE)
"""Also the references in batches that one may see, whoever brought or drew them: the picture alone."""
read_image = Rule(
    see_image.condition & (BROUGHT | see_drawn.condition | (BY_LINK & link_has("shows_prompts"))), Scope.SEE
)
"""Of those the ones whose words one may read too: what was drawn in private and then used as a reference is seen where
it is used, but what was asked for it stays its person's own."""
annotate_image = Rule(read_image.condition & BY_PERSON & (NO_GUEST | mine()), Scope.MANAGE)
"""Tag it and say what it shows, for everybody who sees it: who may read it, but for guests."""
_judge = STAFF | in_team(Role.REVIEWER, Role.LEAD)
_reviews = ~in_team_that(lambda team: team.review == ReviewPolicy.Review.OFF)
_has_four_eyes = in_team_that(lambda team: team.has_four_eyes)
review_image = Rule(KEPT & DRAWN & _judge & _reviews & (of_others() | ~_has_four_eyes), Scope.REVIEW)
"""Reviewers and leads of the team it is shown to, and staff; with four eyes, nobody their own."""
await_review = Rule(review_image.condition & empty("team", is_empty=False) & empty("verdict"), Scope.REVIEW)
"""Of those what a team sees and nobody has decided yet."""
own_notification = Rule(mine(), Scope.SEE)
"""What one was told, nobody else reads."""
prove_image = Rule(KEPT & DRAWN & (STAFF | in_team(Role.LEAD)), Scope.MANAGE)
"""Make an evidence pack of it: who leads the team it is shown to, and staff."""
delete_image = Rule(KEPT & mine(), Scope.MANAGE)
take_down_image = Rule(KEPT & of_others() & (STAFF | in_team(Role.LEAD)), Scope.MANAGE)
"""Put somebody else's picture into their trash: who leads the team it is shown to, and staff."""
restore_image = Rule(
    IN_TRASH & (STAFF | (TAKEN_DOWN & in_team(Role.LEAD)) | (mine() & (mine("deleted_by") | empty("deleted_by")))),
    Scope.MANAGE,
)
"""One's own that one deleted; what was taken down comes back by who leads its team; staff restore anything."""
see_trash = Rule(IN_TRASH & mine(), Scope.SEE)
"""One's own that were deleted, by whomever."""
open_deleted = Rule(restore_image.condition | see_trash.condition, Scope.SEE)
_passes_api = ~BY_TOKEN | ~waits_for_approval(Gate.API)
see_original = Rule(
    (
        (read_image.condition & (see_drawn.condition | mine() | STAFF))
        | (download_shared.condition & link_has("gives_originals"))
        | open_deleted.condition
    )
    & _passes_api,
    Scope.DOWNLOAD,
)
"""Have the bytes with all they say; of a reference that somebody else brought only the copy without metadata. Where its
team requires an approval for the API, a token waits for it, whoever's it is."""
_passes_downloads = mine() | _judge | ~waits_for_approval(Gate.DOWNLOADS)
prove_original = Rule(BY_PERSON & (STAFF | (see_original.condition & _passes_downloads)), Scope.DOWNLOAD)
"""Have the original of a reference in an evidence pack: whom it is for anyway; staff also where it is gone."""
carry_image = Rule(BY_PERSON & _passes_downloads & _passes_api, Scope.DOWNLOAD)
"""Have it in the body of a request that one may save: where its team requires an approval before a file is had, its
author and its reviewers do not wait for it; a token waits, whoever's it is, where the API is among what requires one.
"""
download_image = Rule(carry_image.condition & (see_image.condition | open_deleted.condition), Scope.DOWNLOAD)
"""Of what one may see, have the file."""
label_image = Rule(download_image.condition & ~waits_for_approval(Gate.LABELLED), Scope.DOWNLOAD)
"""Have a labelled copy, with which a picture goes out: where its team requires an approval before, everybody waits."""
discuss_image = Rule(see_drawn.condition, Scope.COMMENT)
"""Write about it, and read what others wrote: everybody who sees it by their teams or in a gallery."""
_on_seen = through("image", see_drawn.condition)
_of_client = empty("author")
_open_to_guests = ~_of_client | through("gallery", read_feedback.condition)
_in_thread = empty("parent", is_empty=False)
_heard = NO_GUEST | (_open_to_guests & (~_in_thread | through("parent", _open_to_guests)))
hear_comment = Rule(BY_PERSON & _heard, Scope.SEE)
"""Of what is said about a picture one sees: all; a guest hears clients, and what answers them, where their feedback is
theirs to read."""
see_comment = Rule(KEPT & _on_seen & _heard, Scope.SEE)
edit_comment = Rule(KEPT & mine("author") & _on_seen, Scope.COMMENT)
"""One's own."""
_for_manager = _of_client & through("gallery", manage_gallery.condition)
"""What a client wrote in a gallery that the viewer manages. Others may put the picture into galleries of their own."""
_moderated_by = STAFF | through("image", in_team(Role.LEAD)) | _for_manager
delete_comment = Rule(KEPT & _on_seen & (mine("author") | _moderated_by), Scope.COMMENT)
"""One's own; also who leads the team the picture is shown to, and staff. What a client wrote, who manages the gallery
it was written in: nobody else is there for it."""
_taken_back = same_person("deleted_by", "author")
restore_comment = Rule(IN_TRASH & _on_seen & (mine("deleted_by") | (_moderated_by & ~_taken_back)), Scope.COMMENT)
"""What one deleted oneself; who moderates, also what another moderator deleted, and nothing that its author took
back."""
_picture_settled_by = STAFF | mine() | in_team(Role.LEAD)
_settled_by = (
    through("image", _picture_settled_by) | _for_manager | (~_of_client & through("image", IN_A_MANAGED_GALLERY))
)
resolve_comment = Rule(KEPT & empty("parent") & _on_seen & (mine("author") | _settled_by), Scope.COMMENT)
"""Close a thread, and open it again: who began it, whose picture it is, who leads the team it is shown to, staff; who
manages a gallery it lies in, but a client's only who manages the gallery it was written in."""


def _usable(viewer: Viewer, prefix: str) -> Q | bool:
    roles, teams = viewer.roles, ProviderModel.teams.through.objects
    chosen = Q(**{f"{prefix}pk__in": teams.values("providermodel")})
    mine = Q(**{f"{prefix}pk__in": teams.filter(team__in=roles).values("providermodel")})
    found = Q(**{f"{prefix}roles": ""}) & (~chosen | mine)
    for role in set(roles.values()):
        led = teams.filter(team__in=[team for team, own in roles.items() if own == role])
        led_here = Q(**{f"{prefix}pk__in": led.values("providermodel")})
        found |= Q(**{f"{prefix}roles__contains": role}) & (~chosen | led_here)
    return found if viewer.person else False


def _is_usable(viewer: Viewer, row: models.Model) -> bool:
    assert isinstance(row, ProviderModel), "as named"
    teams, wanted = {team.pk for team in row.teams.all()}, set(row.roles.split())
    mine = [role for team, role in viewer.roles.items() if not teams or team in teams]
    if wanted:
        return bool(wanted & set(mine))
    return viewer.person is not None and (not teams or bool(mine))


use_model = Rule(STAFF | Condition(_usable, _is_usable), Scope.GENERATE)
"""Have pictures drawn by it: everyone, or the teams and roles it is for; staff."""
manage_provider = Rule(RUNS_PROVIDERS, Scope.MANAGE)
"""Add, change, test and switch a provider and what it offers: staff who may change providers."""
manage_model = Rule(RUNS_PROVIDERS, Scope.MANAGE)


def shown_of(viewer: Viewer, gallery: Gallery, prefix: str = "") -> Q:
    """As a filter of the pictures in this gallery: those that the viewer's share link shows. It is `see_shared` for
    queries that read the gallery's items themselves, in their order and only as far as they must: asked once more which
    pictures lie there, the database would gather them all."""
    is_its = viewer.link is not None and viewer.link.gallery == gallery.pk and gallery.deleted_at is None
    return Rule(KEPT & DRAWN & passes_link(), Scope.SEE).q(viewer, prefix) if is_its else NOTHING


def gives_shown(viewer: Viewer, image: Image) -> bool:
    """Whether the viewer's share link gives the file of a picture that it is known to show. It is `download_shared` for
    pages, which show many."""
    return download_shared.scope in viewer.scopes and _given_by_link.holds(viewer, image)


def people_who_see(image: Image) -> Q:
    """As a filter of people: who may see this picture, which somebody drew and nobody deleted. It is `see_drawn` asked
    the other way round."""
    galleries = Gallery.objects.kept().filter(items__image=image, items__removed_at=None)
    return (
        Q(is_staff=True) | Q(is_superuser=True) | Q(pk=image.person_id) | _in_team(image.team_id) | people_of(galleries)
    )


def _in_team(team: int | None) -> Q:
    return Q(pk__in=Membership.objects.filter(team=team).values("person")) if team else NOTHING


def people_of(galleries: models.QuerySet[Gallery]) -> Q:
    """As a filter of people: whose these galleries are, who is named in them, and their teams."""
    teams = galleries.exclude(team=None).order_by().values("team")
    return (
        Q(pk__in=galleries.order_by().values("person"))
        | Q(pk__in=GalleryMember.objects.filter(gallery__in=galleries.order_by().values("pk")).values("person"))
        | Q(pk__in=Membership.objects.filter(team__in=teams).values("person"))
    )
