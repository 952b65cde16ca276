"""Rows for a library of 100,000 pictures, made in bulk: people in three teams, batches of one to four pictures over a
year, hearts, tags, verdicts, failures, saved searches, a full trash, and as many entries of the record. The same rows
every time."""

from __future__ import annotations

import random
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from generations import models
from generations.acting import Actor, Kind, acting_as
from generations.models.audit_entry import NOTHING, Subject, record_all

TRASHED = 10_000
IN_GALLERY = 10_000
AT_ONCE = 2000


def fill(pictures: int) -> models.Person:
    """All of it; returns the one of the people who sees most, owns the trash and the hearts."""
    dice = random.Random(1)
    people, teams = make_people()
    drawers, files = make_models(), make_files()
    made = Made(dice, people, teams, drawers, files)
    now = timezone.now()
    while len(made.images) < pictures * TRASHED // 100_000:
        made.batch(now - timedelta(days=360), person=people[0], deleted_at=now)
    trashed = len(made.images)
    while len(made.images) < trashed + pictures:
        made.batch(now - timedelta(minutes=5 * (trashed + pictures - len(made.images))))
    made.save()
    remark(dice, people[0], made.images[trashed:])
    models.SavedSearch.objects.bulk_create(
        models.SavedSearch(person=people[0], name=f"Search {n}", query=f"q={word}") for n, word in enumerate(WORDS[:50])
    )
    make_galleries(people[0], teams[0])
    make_record(dice, people, teams, pictures)
    return people[0]


def make_galleries(person: models.Person, team: models.Team) -> None:
    """Forty galleries: two of 10,000 pictures, of which one is ordered by hand, the others of 100."""
    pictures = models.Image.objects.kept().filter(team=team).order_by("-pk")
    for n in range(40):
        gallery = models.Gallery.objects.create(
            key=f"gallery{n:05}", title=f"Gallery {n}", person=person, team=team, order="newest" if n else "hand"
        )
        gallery.add(models.Image.objects.filter(pk__in=pictures[: 100 if n > 1 else IN_GALLERY].values("pk")), person)


def make_record(dice: random.Random, people: list[models.Person], teams: list[models.Team], entries: int) -> None:
    """Entries of the record about pictures of these teams, a rare topic among them, by all of these people."""
    verbs = ("downloaded_original", "approved", "rejected", "deleted_picture", "opened_link", "signed_in")
    for n in range(0, entries, AT_ONCE):
        by = dice.choice(people)
        subjects = [Subject("image", f"i{n + k + 1}", dice.choice(teams).pk) for k in range(AT_ONCE)]
        address = f"192.0.2.{n // AT_ONCE % 250}"
        with acting_as(Actor(Kind.PERSON, person=lambda by=by: by.pk, address=lambda address=address: address)):
            record_all(dice.choice(verbs) if n else "exported_record", subjects if n else [NOTHING])


def some_names() -> dict[str, str]:
    """Names that stand in addresses: a batch and a picture of it, share links, who came by them, a picture that awaits
    review, two days long ago and one lately."""
    picture = models.Image.objects.kept().filter(position=4).order_by("-pk")[500]
    day = timezone.localdate() - timedelta(days=200)
    names = {"batch": picture.batch.key, "picture": picture.key}
    lately = timezone.localdate() - timedelta(days=30)
    places = models.GalleryItem.objects.filter(gallery__key="gallery00000").order_by("rank")
    names["moved"] = places[places.count() // 2].image.key
    gallery = models.Gallery.objects.get(key="gallery00000")
    link = models.ShareLink.make(gallery, gallery.person, choosing=True, commenting=True, download="web")
    link.give_to(models.Client.make(gallery.team, gallery.person, "Aldea"))
    chooser, cookie = make_visitor(link, "Marisol", hearts=300, rejects=2000, remarks=100)
    for n in range(20):
        make_visitor(link, f"Visitor {n}", hearts=20, rejects=100, remarks=5)
    strict = models.ShareLink.make(gallery, gallery.person, approved_only=True)
    passed = places.filter(image__verdict__state="approved")
    sent = models.ShareLink.make(gallery, gallery.person, choosing=True, commenting=True)
    sender, names["sender"] = make_visitor(sent, "Tomas", hearts=300, rejects=2000, remarks=100)
    sender.finish()
    names |= {"link": link.get_absolute_url(), "visitor": cookie, "client": link.client.page, "its": link.client.key}
    names |= {"chooser": chooser.key, "approved": strict.get_absolute_url(), "sent": sent.get_absolute_url()}
    names["passed"] = passed[passed.count() // 2].image.key
    waiting = models.Image.objects.kept().filter(team=models.Team.objects.get(key="team1"), verdict=None).order_by("pk")
    names["awaiting"] = waiting.exclude(person__username="person1")[waiting.count() // 2].key
    return names | {"long_ago": str(day), "day_after": str(day + timedelta(days=1)), "lately": str(lately)}


def make_visitor(
    link: models.ShareLink, name: str, *, hearts: int, rejects: int, remarks: int
) -> tuple[models.Visitor, str]:
    """Somebody who chose and rejected so many pictures of the link's gallery and wrote about some; with their
    cookie."""
    visitor, token = models.Visitor.come(link, name)
    images = list(models.Image.objects.filter(gallery_items__gallery=link.gallery).order_by("?")[: hearts + rejects])
    models.Choice.objects.bulk_create(
        (models.Choice(visitor=visitor, image=image, kind="heart" if n < hearts else "reject"))
        for n, image in enumerate(images)
    )
    models.Comment.objects.bulk_create(
        models.Comment(image=image, link=link, gallery=link.gallery, visitor=visitor, visitor_name=name, text="Hm")
        for image in images[:remarks]
    )
    return visitor, token


def make_people() -> tuple[list[models.Person], list[models.Team]]:
    """Twenty in two teams and a small third one, the first in all, the second reviews one and the third leads another;
    and one of the staff, in none. The third team asks for approvals."""
    person = get_user_model()
    people = person.objects.bulk_create(
        person(username=f"person{n}", email=f"{n}@bench.example", first_name=f"P{n}") for n in range(20)
    )
    teams = models.Team.objects.bulk_create(
        models.Team(name=f"Team {n}", key=f"team{n}", review="required" if n == 2 else "advisory") for n in range(3)
    )
    roles = {1: models.Membership.Role.REVIEWER, 2: models.Membership.Role.LEAD}
    models.Membership.objects.bulk_create(
        models.Membership(person=person, team=team, role=roles.get(n, models.Membership.Role.MEMBER))
        for n, person in enumerate(people)
        for team in ([teams[n % 2]] if n else teams)
    )
    person.objects.create(username="staff", email="staff@bench.example", is_staff=True)
    return people, teams


def make_models() -> list[models.ProviderModel]:
    provider = models.Provider.objects.create(name="bench", base_url="http://bench.example/v1")
    return models.ProviderModel.objects.bulk_create(
        models.ProviderModel(provider=provider, name=f"model{n}", key=f"model{n}") for n in range(10)
    )


def make_files() -> list[models.StoredFile]:
    return models.StoredFile.objects.bulk_create(
        models.StoredFile(sha256=f"{n:064x}", size=1_000_000, media_type="image/png", thumbnails=[320, 640])
        for n in range(1000)
    )


class Made:
    """Batches with their generations and pictures, not yet in the database; numbers are given here."""

    def __init__(self, dice: random.Random, people: list, teams: list, drawers: list, files: list) -> None:
        self.dice, self.people, self.teams, self.drawers, self.files = dice, people, teams, drawers, files
        self.batches: list[models.Batch] = []
        self.generations: list[models.Generation] = []
        self.images: list[models.Image] = []

    def batch(self, at: object, person: models.Person | None = None, deleted_at: object = None) -> None:
        """One batch of somebody: failed now and then, else with one to four pictures, one of fifty of them deleted."""
        dice, n = self.dice, len(self.batches) + 1
        # The last of the people and of the models hardly ever draw.
        person = person or self.people[-1 if dice.random() < 0.0005 else dice.randrange(len(self.people) - 1)]
        model = self.drawers[-1 if dice.random() < 0.0005 else dice.randrange(len(self.drawers) - 1)]
        team = dice.choice(self.teams[: 2 if n % 9 else 3])
        visibility = "team" if dice.random() < 0.9 else "private"
        about = {"pk": n, "key": f"b{n}", "person": person, "team": team, "submission_key": str(n), "created_at": at}
        self.batches.append(models.Batch(**about, visibility=visibility, prompt=prompt(dice)))
        state = "succeeded" if deleted_at or dice.random() < 0.95 else "failed"
        about = {"pk": n, "key": f"g{n}", "batch_id": n, "model": model, "position": 1, "created_at": at}
        self.generations.append(models.Generation(**about, state=state, deadline_at=at))
        for position in range(1, dice.choice((2, 2, 3, 5)) if state == "succeeded" else 1):
            width, height = dice.choice(((1024, 1024), (1536, 1024), (1024, 1536)))
            k = len(self.images) + 1
            about = {"pk": k, "key": f"i{k}", "person": person, "generation_id": n, "batch_id": n, "model": model}
            about |= {"width": width, "height": height, "placeholder": dice.randbytes(150), "created_at": at}
            self.images.append(
                models.Image(
                    **about,
                    team=team if visibility == "team" else None,
                    position=position,
                    file=self.files[k % len(self.files)],
                    deleted_at=deleted_at or (at if dice.random() < 0.02 else None),
                )
            )

    def save(self) -> None:
        for rows in (self.batches, self.generations, self.images):
            type(rows[0]).objects.bulk_create(rows, AT_ONCE)


def remark(dice: random.Random, person: models.Person, images: list[models.Image]) -> None:
    """Two of a hundred pictures carry the person's heart, one of ten a tag, some of them the same one, one of three a
    verdict."""
    liked, tagged = dice.sample(images, len(images) // 50), dice.sample(images, len(images) // 10)
    models.Favourite.objects.bulk_create((models.Favourite(person=person, image=image) for image in liked), AT_ONCE)
    names = ("spring", "spring", "spring", "poster", "client", "mood", *(f"tag{n}" for n in range(60)))
    models.Tag.objects.bulk_create(
        (models.Tag(image=image, name=dice.choice(names), person=image.person) for image in tagged), AT_ONCE
    )
    judged, verdicts = dice.sample(images, len(images) // 3), ("approved", "approved", "rejected")
    models.Verdict.objects.bulk_create(
        (
            models.Verdict(image=image, reviewer=person, team_id=image.team_id, state=dice.choice(verdicts))
            for image in judged
        ),
        AT_ONCE,
    )
    given = models.Verdict.objects.filter(image=OuterRef("pk")).values("pk")
    models.Image.objects.filter(Exists(given)).update(verdict=Subquery(given))


def prompt(dice: random.Random) -> str:
    """Words as people write them: some thirty, now and then a page, some Chinese, some with a sign."""
    words = dice.choices(WORDS, k=dice.randint(150, 400) if dice.random() < 0.03 else dice.randint(8, 50))
    if dice.random() < 0.02:
        words.insert(3, "harbour")
    if dice.random() < 0.0005:
        words.insert(3, "zeppelin")
    if dice.random() < 0.03:
        words = [*dice.choices(CHINESE, k=8), *words[:4]]
    if dice.random() < 0.02:
        words.append(dice.choice("🦊🌊🎨"))
    return " ".join(words)


CHINESE = ["夕阳", "城市", "海浪", "山水", "猫", "雪", "灯笼", "竹林", "下的", "水彩"]
# Each stands in some third of the prompts, harbour in one of fifty, zeppelin hardly anywhere.
# fmt: off
WORDS = [
    "red", "blue", "amber", "quiet", "bicycle", "rain", "lake", "mountain", "dawn", "storm", "poster", "still",
    "life", "ceramic", "vase", "pear", "linen", "light", "soft", "hard", "shadow", "macro", "marble", "teal",
    "copper", "woodblock", "wave", "sun", "moon", "pine", "forest", "street", "market", "night", "neon", "portrait",
    "of", "a", "sailor", "in", "wool", "coat", "film", "grain", "35mm", "wide", "angle", "isometric", "town", "paper",
    "cut", "gouache", "ink", "aurora", "dunes", "misty", "ridges", "layered", "geometry", "arches", "terracotta",
    "cream", "glossy", "spheres", "studio", "backdrop", "peach",
]
# fmt: on
