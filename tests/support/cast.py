"""The people and things tests are about.

Ana is a member of Design, Ben is in her team, Lea leads it, Cy is a stranger in a team of his own, Sam is staff."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import pyvips
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from generations.models import (
    Attempt,
    Batch,
    BatchReference,
    Gallery,
    Generation,
    Image,
    Membership,
    Person,
    Price,
    Provider,
    ProviderModel,
    StoredFile,
    Team,
)
from generations.models.cost import cost_of
from generations.models.generation import QUEUE_HOURS
from generations.models.key import new_key, now
from generations.models.provider import SANDBOX_URL

PASSWORD = "a darkroom lamp"
# One colour a picture, so that no two share their bytes.
COLOURS = itertools.count(7, 37)


@dataclass(frozen=True)
class Cast:
    """Everybody, and a model to draw with."""

    ana: Person
    ben: Person
    cy: Person
    lea: Person
    sam: Person
    design: Team
    model: ProviderModel


def make_cast() -> Cast:
    """All of them, in their teams: written together, as nearly every test begins with them."""
    design, print_shop = Team.objects.bulk_create([Team(name="Design"), Team(name="Print")])
    people = [new_person(name) for name in ("ana", "ben", "cy", "lea")] + [new_person("sam", is_staff=True)]
    ana, ben, cy, lea, sam = Person.objects.bulk_create(people)
    role = Membership.Role
    Membership.objects.bulk_create(
        [
            Membership(person=ana, team=design, role=role.MEMBER),
            Membership(person=ben, team=design, role=role.MEMBER),
            Membership(person=cy, team=print_shop, role=role.MEMBER),
            Membership(person=lea, team=design, role=role.LEAD),
        ]
    )
    return Cast(ana=ana, ben=ben, cy=cy, lea=lea, sam=sam, design=design, model=make_model())


def make_team(name: str = "Design") -> Team:
    return Team.objects.create(name=name)


def make_person(name: str, *teams: Team, role: str = Membership.Role.MEMBER, is_staff: bool = False) -> Person:
    """Somebody who signs in with PASSWORD; staff are superusers."""
    person = new_person(name, is_staff=is_staff)
    person.save()
    Membership.objects.bulk_create(Membership(person=person, team=team, role=role) for team in teams)
    return person


def new_person(name: str, *, is_staff: bool = False) -> Person:
    """Somebody who is not written yet."""
    return Person(
        username=name,
        email=f"{name}@design.example",
        first_name=name.capitalize(),
        password=hashed(PASSWORD),
        is_staff=is_staff,
        is_superuser=is_staff,
    )


hashed = cache(make_password)


def make_provider(name: str = "Sandbox", base_url: str = SANDBOX_URL, **fields: object) -> Provider:
    provider = Provider(name=name, base_url=base_url, **fields)
    provider.set_secret("sk-of-the-tests-0123456789")
    provider.save()
    return provider


def make_model(
    name: str = "gpt-image-1", provider: Provider | None = None, *, price: str | None = "0.042", **fields: object
) -> ProviderModel:
    """A model with a price that holds since long ago; None: it has none."""
    provider = provider or Provider.objects.first() or make_provider()
    about = {"sizes": ["1024x1024", "1536x1024"], "max_references": 4, "options": ["seed"]}
    model = ProviderModel.objects.create(provider=provider, name=name, **about | fields)
    if price is not None:
        make_price(model, price, days_ago=9)
    return model


def make_price(model: ProviderModel, amount: str | None, *, days_ago: float = 0.001, **fields: object) -> Price:
    starts_at = timezone.now() - timedelta(days=days_ago)
    return Price.objects.create(model=model, amount=amount, starts_at=starts_at, **fields)


def make_batch(person: Person, *, prompt: str = "A red bicycle in rain", n: int = 1, **fields: object) -> Batch:
    """A batch of one queued generation for n pictures, shown to the person's first team."""
    team = fields.pop("team", person.default_team())
    model = fields.pop("model", None)
    batch = Batch.objects.create(
        person=person, team=team, prompt=prompt, count=n, submission_key=new_key(), fingerprint="", **fields
    )
    make_generation(batch, n=n, model=model)
    return batch


def make_gallery(
    person: Person, title: str = "Spring campaign", *, images: Iterable[Image] = (), **fields: object
) -> Gallery:
    """A gallery of the person's first team with these pictures; `team=None` is for named people alone."""
    fields.setdefault("team", person.default_team())
    gallery = Gallery.objects.create(person=person, title=title, **fields)
    gallery.add(Image.objects.filter(pk__in=[image.pk for image in images]), person)
    return gallery


def make_generation(batch: Batch, model: ProviderModel | None = None, **fields: object) -> Generation:
    model = model or ProviderModel.objects.first() or make_model()
    fields.setdefault("position", batch.generations.count() + 1)
    fields.setdefault("deadline_at", now(hours=QUEUE_HOURS))
    fields.setdefault("price", model.price)
    return Generation.objects.create(batch=batch, model=model, **fields)


def make_done(person: Person, *, pictures: int = 1, **fields: object) -> Batch:
    """A batch that succeeded, with its pictures and its call."""
    batch = make_batch(person, n=pictures, **fields)
    generation = batch.generations.get()
    for position in range(1, pictures + 1):
        make_image(generation, position=position)
    make_attempt(generation)
    cost = cost_of(generation.price, "yes", pictures=pictures, billed_calls=1)
    change(generation, state="succeeded", charged="yes", cost=cost, started_at=now(seconds=-9), finished_at=now())
    return batch


def make_failed(person: Person, kind: str = "cut", charged: str = "maybe", **fields: object) -> Batch:
    batch = make_batch(person, **fields)
    generation = batch.generations.get()
    make_attempt(generation, kind=kind, charged=charged)
    cost = generation.cost_so_far(charged)
    change(generation, state="failed", kind=kind, charged=charged, cost=cost, finished_at=now())
    return batch


def change(generation: Generation, **fields: object) -> None:
    """Write these columns as the pipeline would: the version grows."""
    version = Generation.objects.get(pk=generation.pk).version
    Generation.objects.filter(pk=generation.pk).update(**fields, version=version + 1)
    generation.refresh_from_db()


def make_attempt(generation: Generation, **fields: object) -> Attempt:
    n = generation.attempts.count() + 1
    about = {
        "url": "https://gateway.example/v1/chat/completions",
        "request": b'{"model": "gpt-image-1", "messages": [{"role": "user", "content": "A red bicycle"}]}',
        "request_headers": {"Authorization": "Bearer •••", "Content-Type": "application/json"},
        "answer": b'{"choices": [{"message": {"role": "assistant", "content": "Here it is."}}]}',
        "status": 200,
        "answered_at": now(),
        "ended": True,
    }
    about |= fields
    sizes = {"request_size": len(about["request"]), "answer_size": len(about["answer"] or b"")}
    return Attempt.objects.create(generation=generation, n=n, **sizes | about)


def make_image(generation: Generation | None = None, *, person: Person | None = None, **fields: object) -> Image:
    """A picture with a real file and thumbnails; without a generation it is the person's reference."""
    width, height = fields.pop("width", 96), fields.pop("height", 64)
    data, webp = make_png(width, height), thumbnail_of(width, height)
    return Image.objects.create(
        generation=generation,
        person=person or generation.batch.person,
        file=StoredFile.put(data, "image/png", {320: webp}),
        version=generation.version if generation else 0,
        width=width,
        height=height,
        placeholder=webp,
        **fields,
    )


def make_reference(batch: Batch, image: Image | None = None) -> Image:
    """A picture its person brought, used in the batch."""
    image = image or make_image(person=batch.person, alt="bottle.png")
    BatchReference.objects.create(batch=batch, image=image, position=batch.references.count() + 1)
    return image


def make_png(width: int = 96, height: int = 64) -> bytes:
    """A picture no other call gives, written by hand: thousands of tests make one, and most look at none. Packed two
    rows at a time, it is about as large as an encoder makes it: a text as short as it could be stays in an answer."""
    colour = next(COLOURS)
    row = b"\0" + bytes((colour % 256, colour // 256 % 256, colour * 5 % 256)) * width
    packer = zlib.compressobj()
    packed = [packer.compress(row * 2) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(height // 2)]
    pixels = b"".join(packed) + packer.compress(row * (height % 2)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


@cache
def thumbnail_of(width: int, height: int) -> bytes:
    """A WebP of this size; that it shows another colour is seen by nobody."""
    return pyvips.Image.new_from_buffer(make_png(width, height), "").webpsave_buffer()
