"""Which pictures the markers of a kept body may name, and how long the body was.

Answers that were never folded were kept as they came until now; what looks like a marker in them is escaped."""

from django.db import migrations, models

from generations.protocol.externalize import escape, markers

LEAD, ESCAPED = "⟦picture ".encode(), "⟦picture ⟧".encode()


def look(apps, schema_editor):
    Attempt = apps.get_model("generations", "Attempt")
    StoredFile = apps.get_model("generations", "StoredFile")
    changed = []
    rows = Attempt.objects.select_related("answer_file").only("request", "answer", "answer_file", "generation_id")
    for attempt in rows.iterator(chunk_size=200):
        request, answer = bytes(attempt.request), bytes(attempt.answer or b"")
        own = own_pictures(apps, attempt) if LEAD in request or LEAD in answer else set()
        named = {name for body in (request, answer) for name, _, _ in markers(body)}
        there = set(StoredFile.objects.filter(sha256__in=named).values_list("sha256", flat=True)) if named else set()
        own = {name for name in named if name in own or name not in there}
        if not is_folded(answer, own):
            attempt.answer = answer = escape(answer)
        attempt.pictures = sorted(own)
        attempt.request_size = size_of(request, own)
        attempt.answer_size = attempt.answer_file.size if attempt.answer_file else size_of(answer, own)
        changed.append(attempt)
        if len(changed) == 200:
            save(Attempt, changed)
    save(Attempt, changed)


def own_pictures(apps, attempt):
    """The files of the generation's own pictures, and of those it was given to start from."""
    Image = apps.get_model("generations", "Image")
    drawn = Image.objects.filter(generation=attempt.generation_id)
    given = Image.objects.filter(batchreference__batch__generations=attempt.generation_id)
    pairs = [*drawn.values_list("file", "clean_file"), *given.values_list("file", "clean_file")]
    return {sha256 for pair in pairs for sha256 in pair if sha256}


def is_folded(answer, own):
    """Whether every lead in an answer is one that folding wrote: escaped, or of a picture of its own."""
    ours = answer.count(ESCAPED) + sum(name in own for name, _, _ in markers(answer))
    return ours == answer.count(LEAD)


def size_of(body, own):
    """The length of a body when its own markers and escapes are undone."""
    grown = sum(stands_for - takes for name, stands_for, takes in markers(body) if name in own)
    return max(0, len(body) + grown - body.count(ESCAPED) * (len(ESCAPED) - len(LEAD)))


def save(Attempt, changed):
    Attempt.objects.bulk_update(changed, ["answer", "pictures", "request_size", "answer_size"])
    changed.clear()


class Migration(migrations.Migration):
    dependencies = [("generations", "0016_batch_changes")]

    operations = [
        migrations.AddField(
            "attempt",
            "answer_size",
            models.PositiveBigIntegerField(default=0, help_text="Bytes of the answer as it came."),
        ),
        migrations.AddField(
            "attempt",
            "request_size",
            models.PositiveBigIntegerField(default=0, help_text="Bytes of the request as it was sent."),
        ),
        migrations.AddField(
            "attempt",
            "pictures",
            models.JSONField(
                default=list, help_text="sha256 of each picture whose base64 stands in request or answer as a marker."
            ),
        ),
        migrations.RunPython(look, migrations.RunPython.noop),
    ]
