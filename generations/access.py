"""Get or 404, and nothing else: the only way a view gets a row. What a viewer may not see or not change is 404."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from generations import rights
from generations.models import (
    Attempt,
    AudienceChange,
    Batch,
    Client,
    Comment,
    Gallery,
    Generation,
    GroupRole,
    Hold,
    Image,
    Invitation,
    Membership,
    Notification,
    Person,
    Provider,
    ProviderModel,
    SavedSearch,
    ShareLink,
    SignIn,
    Team,
    Visitor,
)
from generations.models.audience import AudienceChangeQuerySet
from generations.viewer import Viewer


def batch_to_see(viewer: Viewer, key: str) -> Batch:
    batches = Batch.objects.select_related("person", "team", "gallery")
    return get_object_or_404(rights.see_batch.of(viewer, batches), key=key)


def batch_to_show(viewer: Viewer, key: str) -> Batch:
    """A batch of which the viewer may change who sees it."""
    batches = Batch.objects.select_related("person", "team", "gallery")
    return get_object_or_404(rights.show_batch.of(viewer, batches), key=key)


def batch_to_remove(viewer: Viewer, key: str) -> Batch:
    return get_object_or_404(rights.remove_batch.of(viewer, Batch.objects.select_related("person", "team")), key=key)


def audience_changes_to_undo(viewer: Viewer, key: str) -> AudienceChangeQuerySet:
    """What was changed under this key, as far as the viewer may undo it."""
    changes = rights.undo_audience.of(viewer, AudienceChange.objects.filter(key=key))
    if not changes.exists():
        raise Http404
    return changes


def batch_to_cancel(viewer: Viewer, key: str) -> Batch:
    batches = Batch.objects.select_related("person", "team")
    return get_object_or_404(rights.cancel_batch.of(viewer, batches), key=key)


def generation_to_see(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.select_related("batch__person", "model__provider")
    return get_object_or_404(rights.see_generation.of(viewer, generations), key=key)


def generation_to_retry(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.select_related("batch__person", "batch__team", "model__provider")
    return get_object_or_404(rights.retry_generation.of(viewer, generations), key=key)


def generations_to_take_back(viewer: Viewer, keys: Sequence[str]) -> list[Generation]:
    """Those of these generations that were asked for once more by who may send them again."""
    generations = Generation.objects.select_related("batch", "model__provider").filter(retry_of__isnull=False)
    return list(rights.retry_generation.of(viewer, generations).filter(key__in=list(keys)).order_by("pk"))


def generation_to_cancel(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.select_related("batch", "model__provider")
    return get_object_or_404(rights.cancel_generation.of(viewer, generations), key=key)


def attempt_to_save(viewer: Viewer, key: str, n: int) -> Attempt:
    """The n-th call of a generation that the viewer may send again: its request holds all that it sends."""
    return get_object_or_404(generation_to_retry(viewer, key).attempts, n=n)


def answer_to_save(viewer: Viewer, key: str, n: int) -> Attempt:
    """The n-th call of a generation that the viewer may send again, if its answer is kept."""
    attempt = attempt_to_save(viewer, key, n)
    if not attempt.has_answer:
        raise Http404
    return attempt


def team_to_manage(viewer: Viewer, key: str) -> Team:
    return get_object_or_404(rights.manage_team.of(viewer, Team.objects.all()), key=key)


def membership_to_manage(viewer: Viewer, team: str, person: str) -> Membership:
    return _membership(rights.manage_membership, viewer, team, person)


def invitation_to_manage(viewer: Viewer, key: str) -> Invitation:
    """An invitation that nobody has accepted or revoked."""
    invitations = Invitation.objects.waiting().select_related("team", "gallery__team", "by")
    return get_object_or_404(rights.manage_invitation.of(viewer, invitations), key=key)


def invitation_to_accept(token: str) -> Invitation:
    """The invitation with this token, while its link works."""
    return get_object_or_404(Invitation.objects.open().select_related("team", "gallery", "by").with_token(token))


def invitation_accepted(person: Person, token: str) -> Invitation:
    """The invitation with this token, which this person accepted."""
    accepted = Invitation.objects.filter(person=person, accepted_at__isnull=False).select_related("team", "gallery")
    return get_object_or_404(accepted.with_token(token))


def person_to_run(viewer: Viewer, username: str) -> Person:
    return _person(rights.run_person, viewer, username)


def person_to_manage(viewer: Viewer, username: str) -> Person:
    return _person(rights.manage_person, viewer, username)


def person_to_end(viewer: Viewer, username: str) -> Person:
    return _person(rights.end_person, viewer, username)


def person_to_promote(viewer: Viewer, username: str) -> Person:
    return _person(rights.promote_person, viewer, username)


def person_to_export(viewer: Viewer, username: str) -> Person:
    return _person(rights.export_person, viewer, username)


def _person(rule: rights.Rule, viewer: Viewer, username: str) -> Person:
    return get_object_or_404(rule.of(viewer, Person.objects.filter(erased_at=None)), username=username)


def group_role_to_manage(viewer: Viewer, key: str) -> GroupRole:
    roles = rights.manage_group_role.of(viewer, GroupRole.objects.select_related("team"))
    return get_object_or_404(roles, key=key)


def person_to_erase(viewer: Viewer, username: str) -> Person:
    """Also somebody who was erased, of whom a hold kept something then."""
    return get_object_or_404(rights.erase_person.of(viewer, Person.objects.all()), username=username)


def hold_to_release(viewer: Viewer, key: str) -> Hold:
    return get_object_or_404(rights.manage_hold.of(viewer, Hold.objects.all()), key=key)


def own_sign_in(viewer: Viewer, key: str) -> SignIn:
    """A device on which the viewer is signed in."""
    return get_object_or_404(SignIn, person=viewer.person, key=key)


def image_to_read(viewer: Viewer, key: str) -> Image:
    """With the words it was drawn from."""
    images = Image.objects.select_related(
        "file", "person", "batch", "verdict", "generation__batch", "generation__model__provider"
    )
    return get_object_or_404(rights.read_image.of(viewer, images), key=key)


def image_to_annotate(viewer: Viewer, key: str) -> Image:
    return get_object_or_404(rights.annotate_image.of(viewer, Image.objects.select_related("file", "person")), key=key)


def image_to_vary(viewer: Viewer, key: str) -> tuple[Image, Generation]:
    """A picture to read that a model drew, and the generation it came from."""
    image = image_to_read(viewer, key)
    if image.generation is None:
        raise Http404
    return image, image.generation


def share_link_to_open(token: str) -> ShareLink:
    """The share link with this token, while it is open."""
    links = ShareLink.objects.open().select_related("gallery", "person", "client")
    return get_object_or_404(links.with_token(token))


def share_link_that_ended(token: str) -> ShareLink:
    """The share link with this token, which is open no more though its gallery is there."""
    links = ShareLink.objects.select_related("client").filter(gallery__deleted_at=None)
    return get_object_or_404(links.with_token(token))


def link_to_manage(viewer: Viewer, key: str) -> ShareLink:
    links = ShareLink.objects.select_related("gallery", "client")
    return get_object_or_404(rights.manage_link.of(viewer, links), key=key)


def shared_image(viewer: Viewer, key: str) -> Image:
    images = Image.objects.select_related("file", "person", "batch", "verdict", "generation__model")
    return get_object_or_404(rights.see_shared.of(viewer, images), key=key)


def shared_download(viewer: Viewer, key: str) -> Image:
    """A picture whose file the viewer's share link gives."""
    images = Image.objects.select_related(*Image.FILES, "person", "generation__batch", "generation__model")
    return get_object_or_404(rights.download_shared.of(viewer, images), key=key)


def image_to_choose(viewer: Viewer, key: str) -> Image:
    return get_object_or_404(rights.choose_shared.of(viewer, Image.objects.all()), key=key)


def image_to_remark(viewer: Viewer, key: str) -> Image:
    return get_object_or_404(rights.remark_shared.of(viewer, Image.objects.all()), key=key)


def client_to_open(token: str) -> Client:
    """The client whose page has this token."""
    return get_object_or_404(Client.objects.with_token(token).select_related("logo"))


def client_to_see(viewer: Viewer, key: str) -> Client:
    return get_object_or_404(rights.see_client.of(viewer, Client.objects.select_related("team", "logo")), key=key)


def client_to_manage(viewer: Viewer, key: str) -> Client:
    return get_object_or_404(rights.manage_client.of(viewer, Client.objects.select_related("team", "logo")), key=key)


def client_to_delete(viewer: Viewer, key: str) -> Client:
    """A client to put away or to bring back, whichever was done: a second click finds it done."""
    return get_object_or_404(Client, rights.manage_client.q(viewer) | rights.restore_client.q(viewer), key=key)


def visitor_to_reopen(viewer: Viewer, key: str) -> Visitor:
    return get_object_or_404(rights.reopen_visitor.of(viewer, Visitor.objects.select_related("link__gallery")), key=key)


def visitor_to_delete(viewer: Viewer, key: str) -> Visitor:
    return get_object_or_404(rights.delete_visitor.of(viewer, Visitor.objects.select_related("link__gallery")), key=key)


def visitor_to_restore(viewer: Viewer, key: str) -> Visitor:
    return get_object_or_404(
        rights.restore_visitor.of(viewer, Visitor.objects.select_related("link__gallery")), key=key
    )


def image_to_open(viewer: Viewer, key: str) -> Image:
    """A picture to read, or one in the trash that is the viewer's or theirs to restore."""
    images = Image.objects.select_related(
        "file",
        "person",
        "deleted_by",
        "generation__model__provider",
        "verdict__reviewer",
        "batch__person",
        "batch__team",
        "batch__gallery",
    )
    image = get_object_or_404(images, key=key)
    if not rights.read_image.allows(viewer, image) and not rights.open_deleted.allows(viewer, image):
        raise Http404
    if image.generation and image.batch:
        image.generation.batch = image.batch
    return image


def picture_to_open(viewer: Viewer, key: str) -> Image:
    """As `image_to_open`; a picture that is only seen where it is used as a reference comes without its origin."""
    try:
        return image_to_open(viewer, key)
    except Http404:
        image = image_to_see(viewer, key)
        image.generation = image.batch = image.model = None
        return image


def image_to_see(viewer: Viewer, key: str) -> Image:
    """A picture the viewer may look at and use as a reference, also one that others drew in private and used in what is
    shown."""
    images = Image.objects.select_related("file", "person")
    return get_object_or_404(rights.see_image.of(viewer, images), key=key)


def image_to_review(viewer: Viewer, key: str) -> Image:
    images = Image.objects.select_related("batch", "team", "verdict__reviewer")
    return get_object_or_404(rights.review_image.of(viewer, images), key=key)


def team_to_rule(viewer: Viewer, key: str) -> Team:
    """A team of which the viewer may say how it reviews."""
    return get_object_or_404(rights.manage_team_review.of(viewer, Team.objects.all()), key=key)


def refused_to_see(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.filter(state="failed").select_related("batch__person", "batch__team", "model")
    return get_object_or_404(rights.see_refused_generation.of(viewer, generations), key=key)


def membership_to_pause(viewer: Viewer, team: str, person: str) -> Membership:
    """Somebody in a team, whose prompts the viewer may pause there."""
    return _membership(rights.pause_membership, viewer, team, person)


def membership_to_write(viewer: Viewer, team: str, person: str) -> Membership:
    return _membership(rights.write_to_membership, viewer, team, person)


def _membership(rule: rights.Rule, viewer: Viewer, team: str, person: str) -> Membership:
    rows = rule.of(viewer, Membership.objects.select_related("team", "person"))
    return get_object_or_404(rows, team__key=team, person__username=person)


def image_to_delete(viewer: Viewer, key: str) -> Image:
    return get_object_or_404(rights.delete_image.of(viewer, Image.objects.select_related("batch", "person")), key=key)


def image_to_take_down(viewer: Viewer, key: str) -> Image:
    images = Image.objects.select_related("batch", "person")
    return get_object_or_404(rights.take_down_image.of(viewer, images), key=key)


def model_to_try(key: str) -> ProviderModel:
    """A model by its key; whether it is still on offer is for the order to say."""
    return get_object_or_404(ProviderModel.objects.select_related("provider"), key=key)


def saved_search_to_change(person: Person, key: str) -> SavedSearch:
    return get_object_or_404(person.saved_searches, key=key)


def notification_to_read(viewer: Viewer, key: str) -> Notification:
    notifications = Notification.objects.in_inbox().select_related("person", "actor", "comment")
    return get_object_or_404(rights.own_notification.of(viewer, notifications), key=key)


def gallery_to_see(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.see_gallery.of(viewer, _galleries()), key=key)


def gallery_with_feedback(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.read_feedback.of(viewer, _galleries()), key=key)


def gallery_to_aim_at(viewer: Viewer, key: str) -> Gallery:
    """A gallery to put pictures into, or one that is archived: it is for the page to say so."""
    allowed = rights.fill_gallery.q(viewer) | (rights.see_gallery.q(viewer) & Q(archived_at__isnull=False))
    return get_object_or_404(_galleries(), allowed, key=key)


def gallery_to_fill(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.fill_gallery.of(viewer, _galleries()), key=key)


def gallery_to_manage(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.manage_gallery.of(viewer, _galleries()), key=key)


def gallery_to_invite_to(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.invite_to_gallery.of(viewer, _galleries()), key=key)


def _galleries() -> QuerySet[Gallery]:
    return Gallery.objects.select_related("person", "team")


def gallery_to_delete(viewer: Viewer, key: str) -> Gallery:
    """A gallery to delete or to restore, whichever was done: a second click finds it done."""
    return get_object_or_404(Gallery, rights.manage_gallery.q(viewer) | rights.restore_gallery.q(viewer), key=key)


def image_to_discuss(viewer: Viewer, key: str) -> Image:
    """A picture the viewer may write about and whose comments they may read."""
    images = Image.objects.select_related("person", "batch")
    return get_object_or_404(rights.discuss_image.of(viewer, images), key=key)


def comment_to_see(viewer: Viewer, key: str) -> Comment:
    return get_object_or_404(rights.see_comment.of(viewer, _comments()), key=key)


def comment_to_edit(viewer: Viewer, key: str) -> Comment:
    return get_object_or_404(rights.edit_comment.of(viewer, _comments()), key=key)


def comment_to_delete(viewer: Viewer, key: str) -> Comment:
    """A comment to delete or to restore, whichever was done: a second click finds it done."""
    return get_object_or_404(_comments(), rights.delete_comment.q(viewer) | rights.restore_comment.q(viewer), key=key)


def comment_to_resolve(viewer: Viewer, key: str) -> Comment:
    return get_object_or_404(rights.resolve_comment.of(viewer, _comments()), key=key)


def _comments() -> QuerySet[Comment]:
    return Comment.objects.select_related("image__person", "image__batch", "author", "parent", "resolved_by")


def provider_to_manage(viewer: Viewer, key: str) -> Provider:
    return get_object_or_404(rights.manage_provider.of(viewer, Provider.objects.all()), key=key)


def model_to_manage(viewer: Viewer, key: str) -> ProviderModel:
    """With its provider, and who may use it."""
    models = ProviderModel.objects.select_related("provider").prefetch_related("teams")
    return get_object_or_404(rights.manage_model.of(viewer, models), key=key)
