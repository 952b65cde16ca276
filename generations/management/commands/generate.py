"""`manage.py generate "Draw a cat"`: the same door as the page, from a shell."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from generations import tasks
from generations.errors import GenerationError
from generations.management.operator import OperatorCommand
from generations.models import Batch, Image, Person, ProviderModel, Worker
from generations.models.email_address import person_called
from generations.models.semaphore import NotNow
from generations.submit import Order, submit
from generations.uploads import store_reference

BAR = 30


class Command(OperatorCommand):
    help = "Draw pictures for a prompt, wait for them, write the files and print the page's address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prompt")
        parser.add_argument("--model", action="append", help="A model's name; may be given several times.")
        parser.add_argument("--size", default="", help="Such as 1024x1024 or 3:2.")
        parser.add_argument("--n", type=int, default=1, help="Pictures of each model.")
        parser.add_argument("--reference", action="append", default=[], type=Path, metavar="FILE")
        parser.add_argument(
            "--out", type=Path, metavar="DIR", help="Where the files are written; else here, or in DATA_DIR/drawn."
        )
        parser.add_argument(
            "--as", dest="person", metavar="NAME", help="Whose work it is; else the first staff member."
        )

    def handle(self, *args: object, **options: Any) -> None:
        folder = find_folder(options["out"])
        person = find_person(options["person"])
        try:
            batch = submit(
                Order(
                    person=person,
                    prompt=str(options["prompt"]),
                    models=find_models(options["model"]),
                    count=int(str(options["n"])),
                    size=str(options["size"]),
                    references=tuple(read_reference(person, path) for path in options["reference"]),
                    team=person.default_team(),
                )
            )
        except GenerationError as error:
            raise CommandError(error.detail or error.sentence) from None
        for job in batch.generations.select_related("model").exclude(size=batch.size):
            taken = f"draws {job.size}, the nearest it takes to" if job.size else "takes no size, so not"
            self.stderr.write(f"{job.model} {taken} {batch.size}.")
        if not Worker.objects.taking_work().exists():
            self.stderr.write("No worker is running, so it is done here.")
            for pk in batch.generations.values_list("pk", flat=True):
                tasks.generate(pk)
        self.wait(batch)
        self.report(batch, folder)

    def wait(self, batch: Batch) -> None:
        """Show a bar until every generation is final."""
        is_terminal = self.stderr.isatty()
        while True:
            jobs = list(batch.generations.all())
            percent = sum(100 if job.is_final else job.percent or 0 for job in jobs) / len(jobs)
            if is_terminal:
                bar = "█" * round(percent / 100 * BAR)
                self.stderr.write(f"\r{bar:·<{BAR}} {percent:3.0f} % {jobs[0].progress_text[:60]:60}", ending="")
            if all(job.is_final for job in jobs):
                break
            time.sleep(0.5)
        if is_terminal:
            self.stderr.write("")

    def report(self, batch: Batch, folder: Path) -> None:
        """Write the files, say where they are and what failed."""
        images = Image.objects.filter(generation__batch=batch).order_by("generation__position", "position")
        for place, image in enumerate(images.select_related("file"), 1):
            path = folder / f"{batch.key}-{place}.{image.extension}"
            path.write_bytes(image.file.bytes())
            self.stdout.write(f"{path}  {image.width}×{image.height}  sha256 {image.file_id}")
        for job in batch.generations.exclude(state="succeeded"):
            why = job.error.sentence if job.error else job.state
            self.stderr.write(f"{job.model}: {why} {job.detail}".strip())
        self.stdout.write(f"{settings.SITE_URL}{batch.get_absolute_url()}")
        if not images:
            raise CommandError("No picture came.")


def find_folder(wanted: Path | None) -> Path:
    """A folder that takes files, found before anything is paid for: the wanted one, else the current one, else, where
    that is read-only as in a container, one in the data folder."""
    last: OSError | None = None
    for folder in [wanted] if wanted else [Path(), settings.DATA_DIR / "drawn"]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                return folder
        except OSError as error:
            last = error
    raise CommandError(f"Nothing can be written to {folder}: {last.strerror if last else ''}. Choose --out.")


def find_person(name: object) -> Person:
    """The person of this name or e-mail address, else the first staff member."""
    people = Person.objects.filter(is_active=True)
    first = people.filter(is_staff=True).order_by("pk")
    person = person_called(str(name), people) if name else first.first()
    if person is None:
        raise CommandError(
            f"Nobody is called {name}." if name else "Nobody has an account yet. Run `make run` and open its link."
        )
    return person


def find_models(names: list[str]) -> tuple[ProviderModel, ...]:
    """The models of these names, else the first that is offered."""
    offered = list(ProviderModel.objects.offered())
    if not offered:
        raise CommandError("No model is offered yet. Run `make run` once, or add a provider.")
    if not names:
        return (offered[0],)
    by_name = {model.name: model for model in reversed(offered)}
    if unknown := [name for name in names if name not in by_name]:
        raise CommandError(f"{unknown[0]} is not offered. There are: {', '.join(sorted(by_name))}.")
    return tuple(by_name[name] for name in names)


def read_reference(person: Person, path: Path) -> Image:
    """The file as a reference picture."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return store_reference(person, data, path.name)
    except NotNow as error:
        raise CommandError(error.sentence) from None
