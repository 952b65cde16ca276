"""Get or 404, and nothing else: the only way a view gets a row. What a viewer may not see or not change is 404."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from generations import rights
from generations.models import (
    Attempt,
    Batch,
    Gallery,
    Generation,
    Image,
    Notification,
    Person,
    ProviderModel,
    SavedSearch,
    ShareLink,
)
from generations.rights import Viewer


def batch_to_see(viewer: Viewer, key: str) -> Batch:
    batches = Batch.objects.select_related("person", "team")
    return get_object_or_404(rights.see_batch.of(viewer, batches), key=key)


def batch_to_cancel(viewer: Viewer, key: str) -> Batch:
    batches = Batch.objects.select_related("person", "team")
    return get_object_or_404(rights.cancel_batch.of(viewer, batches), key=key)


def generation_to_see(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.select_related("batch__person", "model__provider")
    return get_object_or_404(rights.see_generation.of(viewer, generations), key=key)


def generation_to_retry(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.select_related("batch__person", "batch__team", "model__provider")
    return get_object_or_404(rights.retry_generation.of(viewer, generations), key=key)


def generation_to_cancel(viewer: Viewer, key: str) -> Generation:
    generations = Generation.objects.select_related("batch", "model__provider")
    return get_object_or_404(rights.cancel_generation.of(viewer, generations), key=key)


def attempt_to_save(viewer: Viewer, key: str, n: int) -> Attempt:
    """The n-th call of a generation that the viewer may send again: its request holds all that it sends."""
    return get_object_or_404(generation_to_retry(viewer, key).attempts, n=n)


def image_to_read(viewer: Viewer, key: str) -> Image:
    """With the words it was drawn from."""
    images = Image.objects.select_related("file", "person", "batch", "generation__batch", "generation__model__provider")
    return get_object_or_404(rights.read_image.of(viewer, images), key=key)


def image_to_vary(viewer: Viewer, key: str) -> tuple[Image, Generation]:
    """A picture to read that a model drew, and the generation it came from."""
    image = image_to_read(viewer, key)
    if image.generation is None:
        raise Http404
    return image, image.generation


def share_link_to_open(token: str) -> ShareLink:
    """The share link with this token, while it is open."""
    links = ShareLink.objects.open().select_related("gallery", "person")
    return get_object_or_404(links.with_token(token))


def link_to_manage(viewer: Viewer, key: str) -> ShareLink:
    return get_object_or_404(rights.manage_link.of(viewer, ShareLink.objects.select_related("gallery")), key=key)


def shared_image(viewer: Viewer, key: str) -> Image:
    """A picture that the viewer's share link shows."""
    images = Image.objects.select_related("file", "labelled_file", "person", "batch", "generation__model")
    return get_object_or_404(rights.see_shared.of(viewer, images), key=key)


def shared_download(viewer: Viewer, key: str) -> Image:
    """A picture whose file the viewer's share link gives."""
    images = Image.objects.select_related("file", "labelled_file", "person", "generation__batch", "generation__model")
    return get_object_or_404(rights.download_shared.of(viewer, images), key=key)


def image_to_open(viewer: Viewer, key: str) -> Image:
    """A picture to read, or one in the trash that is the viewer's or theirs to restore."""
    images = Image.objects.select_related(
        "file",
        "person",
        "deleted_by",
        "generation__batch__person",
        "generation__batch__team",
        "generation__model__provider",
        "verdict__reviewer",
    )
    allowed = rights.read_image.q(viewer) | rights.open_deleted.q(viewer)
    return get_object_or_404(images, allowed, key=key)


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
    images = Image.objects.select_related("batch", "verdict__reviewer")
    return get_object_or_404(rights.review_image.of(viewer, images), key=key)


def image_to_delete(viewer: Viewer, key: str) -> Image:
    return get_object_or_404(rights.delete_image.of(viewer, Image.objects.select_related("batch", "person")), key=key)


def image_to_take_down(viewer: Viewer, key: str) -> Image:
    return get_object_or_404(
        rights.take_down_image.of(viewer, Image.objects.select_related("batch", "person")), key=key
    )


def model_to_try(key: str) -> ProviderModel:
    """A model by its key; whether it is still on offer is for the order to say."""
    return get_object_or_404(ProviderModel.objects.select_related("provider"), key=key)


def saved_search_to_change(person: Person, key: str) -> SavedSearch:
    return get_object_or_404(person.saved_searches, key=key)


def notification_to_read(viewer: Viewer, key: str) -> Notification:
    notifications = Notification.objects.in_inbox().select_related("person", "actor")
    return get_object_or_404(rights.own_notification.of(viewer, notifications), key=key)


def gallery_to_see(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.see_gallery.of(viewer, Gallery.objects.select_related("person", "team")), key=key)


def gallery_to_fill(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.fill_gallery.of(viewer, Gallery.objects.select_related("person", "team")), key=key)


def gallery_to_manage(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(
        rights.manage_gallery.of(viewer, Gallery.objects.select_related("person", "team")), key=key
    )


def gallery_to_restore(viewer: Viewer, key: str) -> Gallery:
    return get_object_or_404(rights.restore_gallery.of(viewer, Gallery.objects.all()), key=key)
