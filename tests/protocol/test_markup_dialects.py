"""Pictures in rarer dialects of markup, and what only looks like one."""

import pytest

from tests.protocol.test_mixtures import A, said
from tests.protocol.test_reading import HERE, THERE, Case, check

IMAGES: dict[str, str] = {
    "a title with a quote": f'![a]({HERE} "it is \\" so")',
    "a title in parentheses": f"![a]({HERE} (a cat))",
    "AsciiDoc": f"image:{HERE}[]",
    "a block of AsciiDoc": f"image::{HERE}[a cat]",
    "reStructuredText": f".. image:: {HERE}",
    "a bracket in an attribute": f'<img alt="cat > dog" src={HERE}>',
    "an apostrophe in an attribute": f'<img alt="it\'s" src="{HERE}">',
    "a quote that nothing closes": f'<img alt=\'x" src="{HERE}">',
    "a list of widths, the largest first": f'<img srcset="{HERE} 800w, {THERE} 100w">',
    "a list of sizes without spaces": f'<img srcset="{THERE} 1x,{HERE} 2x">',
    "a list of one": f'<img srcset="{HERE}">',
    "a list of sizes": f'<img srcset="{THERE} 1x, {HERE} 2x">',
    "a picture that is loaded later": f'<img class="lazy" data-src="{HERE}">',
    "an escaped element": f"&lt;img alt=&quot;x&quot; src=&quot;{HERE}&quot; /&gt;",
    "an element of its own": f"<image>{HERE}</image>",
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_in_another_dialect_is_found(name: str) -> None:
    check(said(f"Hi\n{IMAGES[name]}\nbye"), [HERE], "Hi bye")
    check(said(IMAGES[name]), [HERE], None)


OTHERS: dict[str, Case] = {
    "a link whose label is its address": (said(f"[{HERE}]({HERE})"), [], f"[{HERE}]({HERE})"),
    "reStructuredText in prose": (said(f"Use .. image:: {HERE} in RST"), [], f"Use .. image:: {HERE} in RST"),
    "reStructuredText in a fence": (
        said(f"```rst\n.. image:: {HERE}\n```\nSo it is."),
        [],
        f"```rst .. image:: {HERE} ``` So it is.",
    ),
    "an escaped element in prose": (
        said(f"In HTML write &lt;img src=&quot;{HERE}&quot;&gt;"),
        [],
        f"In HTML write &lt;img src=&quot;{HERE}&quot;&gt;",
    ),
    "an element of its own in prose": (
        said(f"docs at <image>{HERE}</image>"),
        [],
        f"docs at <image>{HERE}</image>",
    ),
    "a picture in a dialect in prose": (said(f"Use .. image:: {A} in RST"), [A], "Use in RST"),
    "a dialect in another field": (said("Hi", notes=f"Or:\n.. image:: {HERE}\n![ "), [], "Hi"),
    "a dialect behind Markdown": (
        said(f"![a]({THERE})\nOr:\n.. image:: {HERE}\n"),
        [THERE],
        f"Or: .. image:: {HERE}",
    ),
    "a quote within a quote": (
        said(f"<img src=\"{HERE}\" alt='don't'> It's done > yes"),
        [HERE],
        "It's done > yes",
    ),
    "a link to a page": (said(f"[docs]({HERE})"), [], f"[docs]({HERE})"),
    "an address behind a word": (said(f"The image:{HERE} is"), [], f"The image:{HERE} is"),
    "an address and a note": (said(f"See {HERE} (a note)."), [], f"See {HERE} (a note)."),
    "an escaped link": (said(f"&lt;a href=&quot;{HERE}&quot;&gt;"), [], f"&lt;a href=&quot;{HERE}&quot;&gt;"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_link_is_an_image_only_where_it_stands_alone(name: str) -> None:
    check(*OTHERS[name])
