"""Every text for people is marked for translation where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as project

from tests.support.bare_text import in_python, in_script, in_template

ROOT = Path(project.BASE_DIR)
NOT_FOR_PEOPLE = {
    "generations/management": "commands speak to who runs the installation, in English like all logs",
    "generations/backup": "so does what they call",
    "generations/move_files.py": "so does what they call",
    "generations/move_rows.py": "so does what they call",
    "generations/reconcile.py": "so does what they call",
    "generations/models/audit_entry.py": "why a chain is broken is said by verify_record",
    "generations/models/record_proof.py": "so is where it breaks",
    "generations/models/signing_key.py": "so is why nothing can be signed",
    "generations/record_head.py": "so is why a head is not ours",
    "generations/checks.py": "system checks speak to who runs the installation",
    "generations/migrations": "history of the database",
    "generations/sandbox": "stands in for a gateway, and gateways answer in English",
    "generations/protocol/patterns": "patterns of what gateways say",
    "generations/protocol/error_category.py": "patterns of what gateways say",
    "generations/protocol/error_envelopes.py": "keys of what gateways answer",
    "generations/protocol/structured.py": "kept with an answer; no page shows it",
    "generations/mail_errors.py": "sentences of the log",
    "generations/presenters/devices.py": "names of browsers and systems, the same in every language",
    "generations/views/health.py": "read by monitors",
    "generations/views/metrics.py": "read by monitors",
    "generations/queries/metrics.py": "read by monitors",
    "imageweb/bucket.py": "why a bucket failed, among what its libraries say of it",
    "imageweb/environment.py": "settings speak to who runs the installation",
    "imageweb/command_line.py": "writes to the terminal it was started in",
    "imageweb/supervisor.py": "writes to the terminal it was started in",
}
NO_TEXT_FOR_PEOPLE = {
    "Bearer {}": "a header",
    "bytes {}-{}/{}": "a header",
    'curl {} -H "Authorization: Bearer $KEY" {} --data-binary {}': "a command line",
    '{"style": "vivid"}': "an example of JSON",
    "Lax": "an attribute of cookies",
    "English": "the language's own name",
    "Sandbox": "the provider's name, which is data",
    "Team": "the first team's name, which is data",
    "Here is the picture.": "said to a model",
    "Radiance HDR": "a format's name",
    "Sun raster": "a format's name",
    "GIMP XCF": "a format's name",
    "Heif": "a loader's name",
    "Jpeg": "a loader's name",
    "Nsgif": "a loader's name",
    "Png": "a loader's name",
    "Webp": "a loader's name",
    "Redis": "a program's name",
    "Imageweb {}, Python {}, {}": "begins the report of the status page, which is in English like all logs",
    "{} × {} within a day": "ends it",
    "first administrator": "a salt",
    "Person {} was erased before, and stays for now: {}": "a line of the log, and of who starts it",
    "the bucket {}": "where pictures are expected, said by `up` and the checks",
    "in-process answer": "a thread's name",
    "look up {}": "a thread's name",
    "pictures of {}": "a semaphore's name",
    "imageweb checkpoint {} {}": "what a signature is of",
    "choice {}": "a field's path in an answer",
    "own {}": "a field of a choice in an answer",
    "Message": "a field of an answer",
}


def bare_in(paths: list[Path], find: object) -> dict[str, list[str]]:
    """The texts that are not marked, by file."""
    assert paths and callable(find)
    found = {}
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        texts = [text for text in find(path) if text not in NO_TEXT_FOR_PEOPLE]
        if texts and not any(name == place or name.startswith(f"{place}/") for place in NOT_FOR_PEOPLE):
            found[name] = texts
    return found


def test_templates_say_nothing_that_is_not_marked() -> None:
    paths = [path for path in sorted((ROOT / "templates").rglob("*")) if path.is_file()]
    assert bare_in(paths, lambda path: in_template(path.read_text("utf-8"), is_html=path.suffix == ".html")) == {}


def test_python_says_nothing_that_is_not_marked() -> None:
    paths = sorted([*(ROOT / "generations").rglob("*.py"), *(ROOT / "imageweb").rglob("*.py")])
    assert bare_in(paths, lambda path: in_python(path.read_text("utf-8"))) == {}


def test_scripts_say_nothing_that_is_not_marked() -> None:
    assert bare_in(sorted((ROOT / "static/js").glob("*.js")), lambda path: in_script(path.read_text("utf-8"))) == {}


def test_every_exemption_is_needed() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "generations").rglob("*.py"))
    code += (ROOT / "imageweb/settings.py").read_text("utf-8")
    assert [place for place in NOT_FOR_PEOPLE if not (ROOT / place).exists()] == []
    assert [text for text in NO_TEXT_FOR_PEOPLE if text.partition("{}")[0] not in code] == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Save</p>", ["Save"]),
        ("<p>{{ n }} pictures</p>", ["pictures"]),
        ('<p>{% translate "Save" %}</p>', []),
        ("<p>{% blocktranslate %}Hello <b>{{ name }}</b>{% endblocktranslate %}</p>", []),
        ('<i title="Close"></i>', ["Close"]),
        ('<i aria-label="{% translate "Close" %}"></i>', []),
        ('<i aria-label="{% blocktranslate %}Page {{ n }}{% endblocktranslate %}"></i>', []),
        ('<i data-copied="Copied"></i>', ["Copied"]),
        ('<div data-for="main [data-key=e]" class="two words"></div>', []),
        ('{% include "a.html" with label="Save it" only %}', ["Save it"]),
        ('{% include "a.html" with label=label look="r-80 is-approved" only %}', []),
        ('{{ name|default:"Nobody" }}', ["Nobody"]),
        ('{{ day|date:"DATE_FORMAT" }} · {{ width }} × {{ height }}', []),
        ("{# Not shown #}{% comment %}Nor this{% endcomment %}<code>manage.py up</code><kbd>Esc</kbd>", []),
        ("<svg><title>Light</title></svg>", []),
        ("{% if a > b %}More{% endif %}", ["More"]),
        ('<input type="submit" value="Send"><input value="low">', ["Send"]),
    ],
)
def test_bare_words_in_a_template_are_found(template: str, found: list[str]) -> None:
    assert in_template(template) == found


def test_bare_words_in_a_mail_are_found() -> None:
    assert in_template("{% load i18n %}Hello {{ name }} < you", is_html=False) == ["Hello < you"]
    assert in_template('{% translate "Hello" %}\n\n{{ link }}\n', is_html=False) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('say("Saved.")', []),
        ('say("The picture is gone.")', ["The picture is gone."]),
        ('say(_("The picture is gone."))', []),
        ('label = "Library"', ["Library"]),
        ('label = "two words"', ["two words"]),
        ('word = "library"; look = "btn btn--quiet"; path = "a/b c"', []),
        ('say(f"{n} pictures")', ["{} pictures"]),
        ('say(f"Image {n}")', ["Image {}"]),
        ('key = f"g-{n} {m}"', []),
        ('"""A docstring says this."""\nx = 1\n"""And so does this."""', []),
        ('def f() -> "Some Type":\n    """It says."""', []),
        ('log.warning("It broke: %s", "No More")', []),
        ('assert x, "It must be there"', []),
        ('raise ValueError("It is not a number")', []),
        ('raise NotNow("Try again soon.")', ["Try again soon."]),
        ('raise NotNow(Message("Try again in %(n)s s.", n="One More"))', []),
        ('response["Location"] = headers.get("Content-Type", "Two Words")', []),
        ('sql = "SELECT a FROM b WHERE c"', []),
        ('x = "Sent" if a == "Not This" else ""', ["Sent"]),
        ('f = IntegerField(help_text="How many there are.")', ["How many there are."]),
        ('f = IntegerField(editable=False, help_text="How many there are.")', []),
        ('f = ForeignKey("Image", related_name="x")', []),
        ('__all__ = ["Image"]', []),
        ('say(_(f"{n} pictures"))', ["f'{n} pictures'"]),
        ('say(_("Saved %(n)s.") % {"n": "two words"})', ["two words"]),
        ('names = {"Key": "A value shown", "Vary": "Accept"}', ["A value shown"]),
    ],
)
def test_bare_words_in_python_are_found(code: str, found: list[str]) -> None:
    assert in_python(code) == found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('toast("Sending failed.");', ["Sending failed."]),
        ('toast(gettext("Sending failed."));', []),
        ('toast(interpolate(gettext("%(name)s is gone."), { name }));', []),
        ('toast(interpolate("%(name)s is gone.", { name }));', ["%(name)s is gone."]),
        ("toast(`${n} selected`);", ["${} selected"]),
        ("x = `${a} ${b}:${c}`;", []),
        ("x = `${a} ${gettext('Two words')} ${say('no words')}`;", ["no words"]),
        ('$("main img"); el.closest(".a .b"); el.matches?.("main img"); on("click", "a b", f);', []),
        ('if (e.key === "Enter") label = "Open";', ["Open"]),
        ('const HX = { "HX-Request": "true" }; import { a } from "./a b.js";', []),
        ('// It\'s a comment\n/* Not a text */ x = y.replace(/"It is/g, "x");', []),
        ('x = ngettext("%(n)s picture", "%(n)s pictures", n); y = "after this";', ["after this"]),
        ("x = '.ref:not(.ref--add) b';", []),
        ("say(gettext(`${n} selected`)); say(gettext(name));", ["gettext(`${n} selected`)", "gettext(name)"]),
    ],
)
def test_bare_words_in_a_script_are_found(script: str, found: list[str]) -> None:
    assert in_script(script) == found
