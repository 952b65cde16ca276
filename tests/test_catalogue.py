"""The Chinese catalogues are what the source needs: complete, and compiled from what stands in them."""

from __future__ import annotations

import gettext
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as project

from tests.support.catalogue import DOMAINS, LOCALE, Catalogue, collect, lengthened, path_of, read_mo, read_po, write_mo
from tests.support.services import require

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")
TAG = re.compile(r"</?[a-z][^>]*>")
EXAMPLE = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"

msgid "Save"
msgstr "保存"

#, python-format
msgctxt "verb"
msgid ""
"%(number)s picture\n"
"or so"
msgid_plural "%(number)s pictures"
msgstr[0] "%(number)s 张"
"图片"

#, fuzzy
#| msgid "Open"
msgid "Opened"
msgstr "打开"

#~ msgid "Gone"
#~ msgstr "没了"
"""


def test_a_catalogue_is_read_as_gettext_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text(EXAMPLE, encoding="utf-8")
    catalogue, doubtful = read_po(path)
    plural = "verb\4%(number)s picture\nor so\0%(number)s pictures"
    assert catalogue == {"Save": ["保存"], plural: ["%(number)s 张图片"]}
    assert doubtful == ["Opened", "Gone"]
    write_mo(catalogue, "django", tmp_path)
    assert read_mo(path_of("django", tmp_path, "mo")) == catalogue
    theirs = gettext.translation("django", tmp_path, [LOCALE])
    assert theirs.gettext("Save") == "保存"
    assert theirs.npgettext("verb", "%(number)s picture\nor so", "%(number)s pictures", 3) == "%(number)s 张图片"


def test_longer_words_keep_values_and_tags() -> None:
    longer = lengthened({"verb\4Open it": [""], "<b>%(n)s</b> picture\0<b>%(n)s</b> pictures": [""]})
    assert [*longer.values()] == [["OpenOp iti"], ["<b>%(n)s</b> picturespict"]]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalogue]:
    require("gettext")
    return collect(tmp_path_factory.mktemp("source"))


def test_the_languages_are_those_that_have_a_catalogue() -> None:
    locales = {path.name for path in Path(project.LOCALE_PATHS[0]).iterdir()}
    assert locales == {LOCALE}
    assert [code for code, _ in project.LANGUAGES] == [project.LANGUAGE_CODE, "zh-hans"]


@pytest.mark.service
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_catalogue_has_every_marked_text_and_no_other(collected: dict[str, Catalogue], domain: str) -> None:
    """If not, `make messages` was not run."""
    kept, marked = read_po(path_of(domain))[0], collected[domain]
    assert {"missing": sorted(marked.keys() - kept), "stale": sorted(kept.keys() - marked)} == {
        "missing": [],
        "stale": [],
    }


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_translated_and_none_by_guess(domain: str) -> None:
    catalogue, doubtful = read_po(path_of(domain))
    assert catalogue and [key for key, forms in catalogue.items() if not all(forms)] == []
    assert doubtful == []


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("pattern", [PLACEHOLDER, TAG], ids=["values", "tags"])
def test_a_translation_has_the_values_and_tags_of_its_text(domain: str, pattern: re.Pattern[str]) -> None:
    catalogue, _ = read_po(path_of(domain))
    broken = {
        key: forms
        for key, forms in catalogue.items()
        if any(set(pattern.findall(form)) != set(pattern.findall(key)) for form in forms)
    }
    assert broken == {}


@pytest.mark.service
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_compiled_catalogue_is_that_of_its_source(tmp_path: Path, domain: str) -> None:
    require("gettext")
    compiled = tmp_path / "compiled.mo"
    command = ["msgfmt", "--check-format", "--output-file", str(compiled), str(path_of(domain))]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert read_mo(path_of(domain, suffix="mo")) == read_mo(compiled)
