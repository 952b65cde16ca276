"""The only way a view gets a row. What a person may not see is 404, and so is what they may not change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypedDict

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from generations.models import (
    Attempt,
    Batch,
    Draft,
    Generation,
    Image,
    Membership,
    Person,
    Provider,
    ProviderModel,
    SavedSearch,
    Search,
    StoredFile,
    Tag,
    Worker,
)
from generations.models.batch import BatchQuerySet
from generations.models.image import ImageQuerySet
from generations.models.search import SHAPES, STATES

MOST_IN_A_LINE = 200

ImageCounted = tuple[str, str, str, str | None, str | None, int]
"""Whose it is, its model's key, its shape, its review, "1" with the person's heart, its number."""


class Watched(TypedDict):
    """What a page must know of a generation to see whether it changed. `before` counts those ahead in its line."""

    key: str
    version: int
    state: str
    kind: str
    run_at: datetime
    claim_until: datetime | None
    cancel_asked_at: datetime | None
    batch_id: int
    before: int
    pictures: int
    has_worker: bool
    is_paused: bool


def feed_for(person: Person, whose: str) -> BatchQuerySet:
    """The batches of a feed, newest first: the person's own, or with "team" their teams' too."""
    batches = Batch.objects.around(person) if whose == "team" else Batch.objects.of(person)
    return for_strips(batches).newest_first()


def for_strips(batches: BatchQuerySet) -> BatchQuerySet:
    """These batches with everything a strip shows, in a fixed number of queries."""
    return batches.select_related("person", "team").prefetch_related(
        "generations__model__provider",
        Prefetch("references", Image.objects.as_sent()),
        Prefetch("generations__images", Image.objects.for_strips(), to_attr="every_image"),
    )


def batches_since(person: Person, whose: str, number: int, limit: int) -> list[int]:
    """Numbers of the feed's batches that are newer than this one, oldest first."""
    batches = Batch.objects.around(person) if whose == "team" else Batch.objects.of(person)
    return list(batches.filter(pk__gt=number).order_by("pk").values_list("pk", flat=True)[:limit])


def batches_to_show(person: Person, numbers: Iterable[int]) -> list[Batch]:
    """These batches with all a strip shows, oldest first."""
    return list(for_strips(Batch.objects.visible_to(person).filter(pk__in=set(numbers))).order_by("pk"))


def batch_to_read(person: Person, key: str) -> Batch:
    return get_object_or_404(for_strips(Batch.objects.visible_to(person)), key=key)


def batch_to_cancel(person: Person, key: str) -> Batch:
    """A batch of the person's own, of a team they lead, or any for staff."""
    return get_object_or_404(for_strips(Batch.objects.all()), _may_cancel(person, ""), key=key)


def generation_to_read(person: Person, key: str) -> Generation:
    generations = Generation.objects.visible_to(person).select_related("batch__person", "model__provider")
    return get_object_or_404(generations, key=key)


def generation_to_change(person: Person, key: str) -> Generation:
    """A generation of the person's own, or any for staff."""
    own = Q() if person.is_staff else Q(batch__person=person)
    generations = Generation.objects.select_related("batch__person", "batch__team", "model__provider")
    return get_object_or_404(generations, own, key=key)


def generation_to_cancel(person: Person, key: str) -> Generation:
    """As `generation_to_change`, and for whoever leads the team it is shown to."""
    generations = Generation.objects.select_related("batch", "model__provider")
    return get_object_or_404(generations, _may_cancel(person, "batch__"), key=key)


def attempts_of(generation: Generation) -> list[Attempt]:
    """The calls of a generation whose reading was allowed, oldest first."""
    return list(generation.attempts.select_related("answer_file"))


def attempt_to_save(generation: Generation, n: int) -> Attempt:
    """One of the calls of a generation that the person may change."""
    return get_object_or_404(generation.attempts.all(), n=n)


def files_there(hashes: Iterable[str]) -> set[str]:
    """Those of these hashes whose file is kept. Who may read what refers to them may know."""
    return set(StoredFile.objects.filter(pk__in=list(hashes)).values_list("pk", flat=True))


def image_to_read(person: Person, key: str) -> Image:
    """A picture the person may see, with the words it was drawn from."""
    images = Image.objects.told_to(person).select_related(
        "file", "person", "batch", "generation__batch", "generation__model__provider"
    )
    return get_object_or_404(images, key=key)


def generation_that_drew(image: Image) -> Generation:
    """The generation a picture came from; a picture that was brought is 404 here."""
    if image.generation is None:
        raise Http404
    return image.generation


def image_if_seen(person: Person, key: str) -> Image | None:
    """The picture of this key if a model drew it and the person may see it with its words."""
    if not key:
        return None
    drawn = Image.objects.told_to(person).filter(key=key, batch__isnull=False)
    return drawn.select_related("batch").first()


def images_to_compare(person: Person, keys: Sequence[str]) -> list[Image]:
    """Those of the named pictures the person may see, with all that may tell them apart, in the order of the names."""
    images = Image.objects.told_to(person).filter(key__in=keys)
    related = images.select_related("file", "person", "batch", "generation", "model__provider", "review")
    references = Prefetch("batch__references", Image.objects.as_sent())
    found = {image.key: image for image in related.prefetch_related(references)}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def draft_of(person: Person) -> Draft | None:
    return Draft.objects.filter(person=person).first()


def prompts_of(person: Person, limit: int) -> list[str]:
    """What the person asked for lately, each prompt once, the last first."""
    said = Batch.objects.of(person).newest_first().values_list("prompt", flat=True)[: 4 * limit]
    return list(dict.fromkeys(said))[:limit]


def line_of(person: Person, batch: Batch) -> list[Batch]:
    """The batches of one line that the person may see, with their pictures, oldest first; three queries."""
    images = Prefetch(
        "images", Image.objects.kept().select_related("review").order_by("generation__position", "position")
    )
    line = Batch.objects.visible_to(person).in_line_with(batch).select_related("parent__review")
    return list(line.prefetch_related(images)[:MOST_IN_A_LINE])


def favourites_among(person: Person, images: Iterable[Image]) -> set[int]:
    """Those of these pictures that carry the person's heart; no query without pictures."""
    numbers = [image.pk for image in images]
    return set(person.favourites.filter(image__in=numbers).values_list("image", flat=True)) if numbers else set()


def references_to_use(person: Person, keys: Sequence[str]) -> list[Image]:
    """Those of the named pictures the person may use, in the order of the names; foreign keys are left out."""
    found = {image.key: image for image in Image.objects.visible_to(person).filter(key__in=keys).select_related("file")}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def reference_to_use(person: Person, key: str) -> Image:
    """A picture the person may use as a reference, also one that others drew in private and used in what is shown."""
    return get_object_or_404(Image.objects.visible_to(person).select_related("file", "person"), key=key)


def reference_brought_before(person: Person, sha256: str) -> Image | None:
    """The person's own reference with these bytes, so that the same file sent twice is one picture."""
    return person.images.kept().filter(generation=None, file=sha256).select_related("file").first()


def models_to_offer() -> list[ProviderModel]:
    """What the composer offers, in its order."""
    return list(ProviderModel.objects.offered())


def models_to_try() -> list[ProviderModel]:
    """What is offered and may be called now, the one that drew last first; one query."""
    drew = Generation.objects.filter(model=OuterRef("pk"), state="succeeded").order_by("-pk").values("finished_at")
    callable_now = ProviderModel.objects.offered().filter(provider__in=Provider.objects.open())
    by_success = callable_now.annotate(drew_at=Subquery(drew[:1])).order_by(
        F("drew_at").desc(nulls_last=True), *callable_now.query.order_by
    )
    return list(by_success)


def model_to_try(key: str) -> ProviderModel:
    """A model by its key; whether it is still on offer is for the order to say."""
    return get_object_or_404(ProviderModel.objects.select_related("provider"), key=key)


def versions_of(person: Person, keys: Sequence[str]) -> dict[str, int]:
    """The versions of those of these generations whose worker is heard: the cheapest look at whether anything
    changed."""
    heard = Generation.objects.visible_to(person).filter(key__in=keys).heard()
    return dict(heard.order_by().values_list("key", "version"))


def generations_to_watch(person: Person, keys: Sequence[str]) -> list[Watched]:
    """What a page must know to see whether any of these generations changed, in one query."""
    pictures = (
        Image.objects.kept().filter(generation=OuterRef("pk")).order_by().values("generation").annotate(n=Count("pk"))
    )
    return list(
        Generation.objects.visible_to(person)
        .filter(key__in=keys)
        .annotate(
            before=_places_ahead(),
            pictures=Coalesce(Subquery(pictures.values("n"), output_field=IntegerField()), 0),
            has_worker=Exists(Worker.objects.beating()),
            is_paused=Exists(ProviderModel.objects.paused().filter(pk=OuterRef("model"))),
        )
        .values(
            "key",
            "version",
            "state",
            "kind",
            "run_at",
            "claim_until",
            "cancel_asked_at",
            "batch_id",
            "before",
            "pictures",
            "has_worker",
            "is_paused",
        )
        .order_by()
    )


def unfinished_counts(person: Person) -> dict[str, int]:
    """How many generations of the person are "queued" and how many "running"; a state without any is left out."""
    return dict(_unfinished_of(person).values_list("state").annotate(Count("pk")))


def unfinished_keys(person: Person, limit: int) -> list[str]:
    """The generations of the person that are not over."""
    return list(_unfinished_of(person).values_list("key", flat=True)[:limit])


def _unfinished_of(person: Person) -> QuerySet[Generation]:
    # Asked so that it begins with the few that are unfinished; SQLite would begin with all the person's batches.
    theirs = Batch.objects.filter(pk=OuterRef("batch"), person=person)
    return Generation.objects.unfinished().filter(Exists(theirs)).order_by()


def calls_before(generations: Iterable[Generation]) -> dict[int, int]:
    """How often each of these was called, by its number; no query without any."""
    numbers = [generation.pk for generation in generations]
    called = Generation.objects.filter(pk__in=numbers).annotate(calls=Count("attempts")).order_by()
    return dict(called.values_list("pk", "calls")) if numbers else {}


def is_any_worker_beating() -> bool:
    return Worker.objects.beating().exists()


def usual_seconds(generations: Iterable[Generation]) -> dict[int, float]:
    """How long the models of those that are not over usually take, by the model's number."""
    models = {generation.model_id for generation in generations if not generation.is_final}
    return Generation.objects.usual_seconds(models) if models else {}


def usual_of(models: Iterable[ProviderModel]) -> dict[int, float]:
    """How many seconds each of these models usually takes, by its number; none for one that never drew."""
    return Generation.objects.usual_seconds(model.pk for model in models)


def failed_today(person: Person) -> list[Generation]:
    """The person's own failures of today that may be tried again, with what an order needs."""
    failed = _failed_today(person).select_related("batch__person", "batch__team", "model__provider")
    return list(failed.prefetch_related("batch__generations"))


def batches_failed_today(person: Person) -> int:
    """How many of the person's batches hold what `failed_today` gives; one query."""
    return _failed_today(person).order_by().aggregate(count=Count("batch", distinct=True))["count"]


def _failed_today(person: Person) -> QuerySet[Generation]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Generation.objects.failed_since(person, midnight)


def places_in_line(generations: Iterable[Generation]) -> dict[str, int]:
    """For each queued generation how many wait before it at the same provider, by key; one query for all."""
    queued = [generation.pk for generation in generations if generation.state == "queued"]
    if not queued:
        return {}
    rows = Generation.objects.filter(pk__in=queued).annotate(before=_places_ahead()).order_by()
    return dict(rows.values_list("key", "before"))


def _places_ahead() -> Coalesce:
    ahead = Generation.objects.filter(
        state="queued", model__provider=OuterRef("model__provider"), pk__lt=OuterRef("pk")
    ).order_by()
    counted = ahead.values("state").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _may_cancel(person: Person, prefix: str) -> Q:
    if person.is_staff:
        return Q()
    led = person.membership_set.filter(role=Membership.Role.LEAD).values("team")
    return Q(**{f"{prefix}person": person}) | Q(
        **{f"{prefix}visibility": Batch.Visibility.TEAM, f"{prefix}team__in": led}
    )


# ── the library ──


def images_found(person: Person, search: Search) -> ImageQuerySet:
    """What a search finds for this person, newest first."""
    return search.images(person).newest_first()


def generations_found(person: Person, search: Search) -> QuerySet[Generation]:
    """The generations without a picture that a search finds, newest first."""
    return search.generations(person)


def images_to_count(person: Person, search: Search, most: int) -> list[ImageCounted] | None:
    """What a search finds for this person, in no order; None when there is more."""
    shape = Case(*(When(condition, then=Value(name)) for name, condition in SHAPES.items()))
    review = Case(When(review__isnull=False, then=F("review__state")), When(team__isnull=False, then=Value("awaiting")))
    heart = Case(When(Exists(person.favourites.filter(image=OuterRef("pk"))), then=Value("1")))
    found = search.images(person).order_by()
    rows = list(found.values_list("person__username", "model__key", shape, review, heart, "pk")[: most + 1])
    return rows if len(rows) <= most else None


def generations_to_count(person: Person, search: Search, most: int) -> list[tuple[str, str, str, int]] | None:
    """The same of generations without a picture: whose, of which model, in which state, its number."""
    state = Case(*(When(condition, then=Value(name)) for name, condition in STATES.items()))
    found = search.generations(person).order_by().values_list("batch__person__username", "model__key", state, "pk")
    rows = list(found[: most + 1])
    return rows if len(rows) <= most else None


def tags_to_count(names: Sequence[str], images: Collection[int], most: int) -> Counter[str] | None:
    """How many of these pictures, whose reading was allowed, carry each name; None when it is too much to look."""
    near = Tag.objects.filter(name__in=names, image__gte=min(images, default=0), image__lte=max(images, default=0))
    rows = list(near.order_by().values_list("name", "image")[: most + 1])
    return Counter(name for name, image in rows if image in images) if len(rows) <= most else None


def images_to_show(person: Person, numbers: Sequence[int]) -> list[Image]:
    """These pictures with all a tile shows, newest first; their reading was allowed."""
    return list(Image.objects.filter(pk__in=numbers).for_tiles(person).newest_first())


def generations_to_show(numbers: Sequence[int]) -> list[Generation]:
    """These generations with all a tile shows, newest first; their reading was allowed."""
    return list(Generation.objects.filter(pk__in=numbers).select_related("batch__person").order_by("-pk"))


def images_chosen(person: Person, keys: Sequence[str]) -> ImageQuerySet:
    """Those of the named pictures that are shown to the person."""
    return Image.objects.shown_to(person).filter(key__in=list(keys))


def image_to_review(person: Person, key: str) -> Image:
    """A picture shown to a team the person reviews for or leads."""
    return get_object_or_404(Image.objects.to_review_by(person).select_related("batch", "review__reviewer"), key=key)


def may_review(person: Person, image: Image) -> bool:
    """Whether `image_to_review` gives the person this picture."""
    return Image.objects.to_review_by(person).filter(pk=image.pk).exists()


def image_to_open(person: Person, key: str) -> Image:
    """A picture the person may see with its words, or one of their own in their trash."""
    images = Image.objects.filter(key=key).select_related(
        "file", "generation__batch", "generation__model__provider", "review__reviewer"
    )
    found = images.told_to(person).first() or images.in_trash_of(person).first()
    if found is None:
        raise Http404
    found.shows_original = not found.is_reference or found.person_id == person.pk or person.is_staff
    return found


def picture_to_open(person: Person, key: str) -> Image:
    """As `image_to_open`; a picture seen only where it is used as a reference comes without its origin."""
    try:
        return image_to_open(person, key)
    except Http404:
        found = reference_to_use(person, key)
        found.generation = found.batch = found.model = None
        found.shows_original = False
        return found


def trash_of(person: Person) -> ImageQuerySet:
    """What the person deleted and can have back, the last deleted first."""
    return Image.objects.in_trash_of(person)


def saved_search_to_change(person: Person, key: str) -> SavedSearch:
    return get_object_or_404(person.saved_searches, key=key)


def models_that_drew() -> list[ProviderModel]:
    """Models of which there is a picture, by name."""
    drew = Exists(Image.objects.filter(model=OuterRef("pk")))
    return list(ProviderModel.objects.filter(drew).order_by("name", "pk"))


def people_to_offer(person: Person, search: Search) -> list[Person]:
    """The person, then everybody who shares a team with them, or for staff who ask for everybody's all who drew."""
    around = Person.objects.filter(teams__in=person.teams.values("pk")).distinct()
    others = (
        Person.objects.filter(Exists(Batch.objects.filter(person=OuterRef("pk"))))
        if person.is_staff and search.is_everybodys
        else around
    )
    return [person, *others.exclude(pk=person.pk).order_by("first_name", "last_name", "username")]


def tags_to_offer(person: Person, search: Search) -> list[str]:
    """The names used most of late on the pictures the search looks among."""
    tags = Tag.objects.shown_to(person) if search.is_everybodys else Tag.objects.around(person)
    return tags.of_late()


def names_of_people(person: Person, names: Sequence[str]) -> list[tuple[str, str]]:
    """User names with how people are called, of those the person knows: themselves, their teams, and for staff all."""
    known = Q() if person.is_staff else Q(pk=person.pk) | Q(teams__in=person.teams.values("pk"))
    named = Person.objects.filter(known, username__in=names).distinct()
    return [(other.username, str(other)) for other in named] if names else []


def names_of_models(keys: Sequence[str]) -> list[tuple[str, str]]:
    """Keys with the names of their models."""
    return list(ProviderModel.objects.filter(key__in=keys).values_list("key", "name")) if keys else []


def trash_to_show(person: Person, images: Sequence[Image]) -> list[Image]:
    """These pictures of the person's trash with all a tile shows, the last deleted first."""
    trash = Image.objects.in_trash_of(person)
    return list(trash.filter(pk__in=[image.pk for image in images]).for_tiles(person))


def image_to_delete(person: Person, key: str) -> Image:
    """A picture of the person's own that is not deleted."""
    return get_object_or_404(Image.objects.kept().select_related("batch"), person=person, key=key)


def is_favourite(person: Person, image: Image) -> bool:
    return person.favourites.filter(image=image).exists()


def tags_of(image: Image) -> list[str]:
    """The tags of a picture whose reading was allowed."""
    return list(image.tags.values_list("name", flat=True))


def use_count(image: Image) -> int:
    """How many batches were made from this picture."""
    return image.batchreference_set.values("batch").distinct().count()


def sizes_to_pack(images: QuerySet[Image]) -> QuerySet[Image, tuple[int, int]]:
    """Row and bytes of each of these pictures, whose reading was allowed; the oldest first."""
    return images.order_by("pk").values_list("pk", "file__size")


def images_to_pack(images: QuerySet[Image]) -> list[Image]:
    """These pictures, whose reading was allowed, with all an archive says of them; the oldest first."""
    return list(images.select_related("file", "batch", "person", "model", "generation__batch").order_by("pk"))
