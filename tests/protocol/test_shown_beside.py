"""What a text shows beside the picture takes nothing away from it: previews, samples and drawings of vectors."""

import pytest

from tests.protocol.test_mixtures import URI, A, said, told
from tests.protocol.test_reading import Case, check

FIELD = {"images": [{"image_url": {"url": A}}]}
GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
PREVIEWS: dict[str, Case] = {
    "a preview": (said(f"![preview]({URI})", **FIELD), [A], None),
    "a quotation": (said(f"> ![50%]({URI})\n\nDone", **FIELD), [A], "Done"),
    "an original": (said(f"Original: ![in]({URI})\n\nEdited:", **FIELD), [A], "Original: Edited:"),
    "a draft": (said(f"Draft: ![x]({URI})", **FIELD), [A], "Draft:"),
    "a spinner": (said(f"![.]({GIF})", **FIELD), [A], None),
    "a thumbnail": (said(f'<img src="{URI}" alt="thumbnail">', **FIELD), [A], None),
    "a preview in a stream": (told(f"![preview]({URI})", **FIELD), [A], None),
    "words that say nothing of it": (said(f"Hi ![x]({URI})", **FIELD), ["image/png", A], "Hi"),
}


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_among_words_does_not_stand_for_the_picture_of_a_field(name: str) -> None:
    check(*PREVIEWS[name])
