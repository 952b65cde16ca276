"""`manage.py demo`: a small, pretty world to look at. Development only; run twice, it changes nothing."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Lock

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import connection, transaction
from django.db.models import QuerySet

from generations import pipeline, worker
from generations.management import demo_clients
from generations.models import (
    Batch,
    Comment,
    Gallery,
    Generation,
    Image,
    Membership,
    Person,
    Provider,
    ProviderModel,
    Team,
    Verdict,
    queue,
)
from generations.models.adoption import adopt_sandbox
from generations.models.key import ALPHABET
from generations.models.region import Region
from generations.queries.comments import people_to_mention
from generations.submit import Order, submit
from generations.viewer import Viewer

PASSWORD = "contact-sheet"  # noqa: S105
WIDTH = 30
PEOPLE = (
    ("mei", "Mei", "Lin", {"Design": "lead", "Brand": "reviewer"}),
    ("jonas", "Jonas", "Weber", {"Design": "reviewer"}),
    ("amara", "Amara", "Okafor", {"Design": "member", "Brand": "lead"}),
)
WORKS = (
    (
        "mei",
        "Design",
        "gpt-4o-image",
        "3:2",
        4,
        "A still alpine lake at first light, jagged peaks mirrored in the water",
    ),
    (
        "mei",
        "Design",
        "gpt-image-1",
        "1024x1536",
        4,
        "Poster for the summer programme: sun, sea, geometry, flat colour",
    ),
    ("amara", "Brand", "flux", "16:9", 3, "Wide banner of dunes at noon, warm amber and teal"),
    ("jonas", "Design", "nano-banana", "4:3", 4, "Glossy spheres on a seamless backdrop, soft studio light, peach"),
    ("mei", "Design", "sora_image", "1:1", 4, "Aurora over a dark lake, long exposure, green and violet"),
    ("amara", "Brand", "qwen-image", "1328*1328", 4, "夕阳下的城市天际线 a city skyline at sunset, lit windows"),
    ("jonas", "Design", "doubao-seedream-4-0-250828", "1536x1024", 4, "Marbled ink in teal and copper, macro"),
    ("amara", "Design", "dall-e-3", "1792x1024", 3, "Waves with a red sun, woodblock print, indigo"),
    ("mei", "Brand", "recraftv3", "1024x1024", 4, "Arches in terracotta and cream, quiet geometry"),
    ("jonas", "Design", "flux-kontext-pro", "3:2", 4, "Misty mountains in blue and grey, layered ridges"),
    ("mei", "Design", "gpt-4o-image", "2:3", 2, "A night sky over pines, gold stars, monochrome blue"),
    ("mei", "Design", "gpt-image-1", "1024x1024", 1, "A label for the new bottle, press photo style [[refusal]]"),
)
VERDICTS = (
    ("jonas", "gpt-4o-image", "3:2", 1, "approved", ""),
    ("jonas", "gpt-4o-image", "3:2", 2, "approved", "The one for the cover."),
    ("jonas", "gpt-image-1", "1024x1536", 1, "rejected", "The sun touches the edge. Give it room."),
    ("mei", "nano-banana", "4:3", 2, "approved", ""),
    ("mei", "dall-e-3", "1792x1024", 3, "rejected", "Too close to a well-known print."),
    ("mei", "flux", "16:9", 1, "approved", ""),
)
GALLERIES = (
    ("mei", "Design", "Spring campaign", "Moods, posters and packaging for the spring launch.", "gpt"),
    ("jonas", "Design", "Prints", "Woodblock prints for the shop.", "dall-e"),
    ("amara", "Brand", "Brand book", "Banners and patterns that all use.", ""),
)
"""Whose, of which team, its title, what it is for, and a part of the names of the models whose pictures lie in it."""
THREADS = (
    (
        ("gpt-4o-image", "3:2", 2),
        Region(455, 330),
        ("jonas", "@Mei The left peak is almost lost in the sky. Could it have a little more edge?"),
        ("mei", "Yes. I will vary this one and keep the water as it is."),
        ("jonas", "Good. The water is the best part."),
    ),
    (
        ("gpt-4o-image", "3:2", 2),
        Region(120, 640, 420, 220),
        ("mei", "The claim goes here, @Jonas. It needs a calm place for two lines."),
    ),
    (
        ("gpt-image-1", "1024x1536", 1),
        None,
        ("jonas", "The red is the one of last year’s programme. Is that meant?"),
        ("mei", "It is. The series has the same red for three summers."),
    ),
    (
        ("dall-e-3", "1792x1024", 1),
        None,
        ("mei", "This works as a print of 50 × 30 cm. @Amara, can the shop sell that size?"),
        ("amara", "It can. Frames of that size are in stock."),
    ),
)
"""The picture, the place on it, and who wrote what, each after the other."""


class Command(BaseCommand):
    help = (
        "Make three people, two teams, three galleries, forty pictures and a client who chose some of them. "
        f"Everybody's password is {PASSWORD}."
    )

    def handle(self, *args: object, **options: object) -> None:
        if settings.IS_HTTPS:
            raise CommandError(
                "This is an installation with https, so it is left alone: demo makes accounts with a known password."
            )
        settings.SANDBOX_PACE = 0  # a real provider's slowness is for people to see
        call_command("up", prepare_only=True)
        provider = adopt_sandbox()
        for person, team, model, size, count, prompt in WORKS:
            make_work(make_people()[person], Team.objects.get(name=team), provider, model, size, count, prompt)
        draw(Progress(self.stdout, Generation.objects.unfinished().count()))
        for person, model, size, number, state, note in VERDICTS:
            judge(Person.objects.get(username=person), model, size, number, state, note)
        for person, team, title, description, drawer in GALLERIES:
            fill_gallery(Person.objects.get(username=person), Team.objects.get(name=team), title, description, drawer)
        for (model, size, number), place, *said in THREADS:
            discuss(model, size, number, place, said)
        demo_clients.share(Gallery.objects.get(title=GALLERIES[0][2]), Person.objects.get(username=GALLERIES[0][0]))
        self.stdout.write(f"Sign in as {', '.join(name for name, *_ in PEOPLE)} with the password {PASSWORD}.")


class Progress:
    """How many of so many generations are done: a bar that fills on a terminal, a line for each quarter elsewhere."""

    def __init__(self, out: OutputWrapper, total: int) -> None:
        self.out, self.total, self.done = out, total, 0
        self.lock = Lock()

    def step(self) -> None:
        """One more is done."""
        with self.lock:
            self.done += 1
            text = f"{self.done} of {self.total} generations are drawn"
            if self.out.isatty():
                filled = WIDTH * self.done // self.total
                bar = "#" * filled + "." * (WIDTH - filled)
                self.out.write(f"\r[{bar}] {text}", ending="\n" if self.done == self.total else "")
                self.out.flush()
            elif 4 * self.done // self.total > 4 * (self.done - 1) // self.total:
                self.out.write(text)


def draw(progress: Progress) -> None:
    """Run what is queued, on a thread for each core, until there is nothing. Only what goes wrong is logged."""
    threads = os.cpu_count() or 1
    level = pipeline.log.level
    pipeline.log.setLevel(logging.WARNING)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for ended in [pool.submit(draw_until_empty, progress) for _ in range(threads)]:
                ended.result()
    finally:
        pipeline.log.setLevel(level)


def draw_until_empty(progress: Progress) -> None:
    try:
        while (generation := claim_next()) is not None:
            worker.run(generation)
            progress.step()
    finally:
        connection.close()


def claim_next() -> Generation | None:
    with worker.claiming:
        return queue.claim_next(worker.process)


@transaction.atomic
def make_people() -> dict[str, Person]:
    """The cast, by user name."""
    cast = {}
    for name, first, last, teams in PEOPLE:
        person, is_new = Person.objects.get_or_create(
            username=name,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{name}@harbour.example",
                "is_staff": name == "mei",
                "is_superuser": name == "mei",
            },
        )
        if is_new:
            person.set_password(PASSWORD)
            person.save()
        for team, role in teams.items():
            Membership.objects.get_or_create(
                person=person, team=Team.objects.get_or_create(name=team)[0], defaults={"role": role}
            )
        cast[name] = person
    return cast


def make_work(person: Person, team: Team, provider: Provider, model: str, size: str, count: int, prompt: str) -> Batch:
    """One batch, by the same door as everybody's; its submission key makes it the same one the second time."""
    return submit(
        Order(
            person=person,
            prompt=prompt,
            models=(ProviderModel.objects.get(provider=provider, name=model),),
            count=count,
            size=size,
            team=team,
            submission_key=submission_of(model, size),
        )
    )


def fill_gallery(person: Person, team: Team, title: str, description: str, drawer: str) -> None:
    """A gallery of a team's pictures, unless it is there."""
    about = {"person": person, "description": description}
    gallery, _created = Gallery.objects.get_or_create(team=team, title=title, defaults=about)
    gallery.add(Image.objects.kept().filter(team=team, model__name__contains=drawer), person)


def judge(person: Person, model: str, size: str, number: int, state: str, note: str) -> None:
    """A verdict on one picture of a work, if it is there and awaits one."""
    for image in drawn(model, size, number):
        if image.verdict is None:
            Verdict.objects.give(person, image, state, note)


def discuss(model: str, size: str, number: int, place: Region | None, said: list[tuple[str, str]]) -> None:
    """A thread on one picture of a work, if it is there. The key of each comment comes from its words, so that it is
    written once."""
    for image in drawn(model, size, number):
        first = None
        for name, text in said:
            person = Person.objects.get(username=name)
            among = people_to_mention(Viewer(person), image)
            key = key_of(text)
            comment, _told = Comment.write(image, person, text, among=among, parent=first, region=place, key=key)
            first = first or comment


def key_of(text: str) -> str:
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in sha256(text.encode()).digest()[:12])


def drawn(model: str, size: str, number: int) -> QuerySet[Image]:
    """One picture of a work, if it is there."""
    images = Image.objects.filter(batch__submission_key=submission_of(model, size))
    return images.order_by("generation__position", "position")[number - 1 : number]


def submission_of(model: str, size: str) -> str:
    return f"demo-{model}-{size}"
