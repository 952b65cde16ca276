"""Where the images of an answer are: in each choice, the best place that holds any."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from generations.protocol.accumulator import AnswerAccumulator
from generations.protocol.call_parameters import prompt_in, results_in
from generations.protocol.choice import Choice
from generations.protocol.flawed_json import read_flawed
from generations.protocol.image_ref import ImageRef, distinct, is_relative
from generations.protocol.images import IsNew, images_in, refs_in
from generations.protocol.last_finder import anywhere
from generations.protocol.markup import Markup
from generations.protocol.text_classification import classify_text


def images_of(
    accumulator: AnswerAccumulator, markups: dict[int, Markup], *, takes_open: bool = False
) -> tuple[ImageRef, ...]:
    """The images of all choices. In each, structured fields win over text, embedded images over places that nobody
    listed, and these over links; images of the request are dropped, and those that lack their end unless nothing else
    comes any more."""
    found: list[ImageRef] = []

    def is_new(ref: ImageRef) -> bool:
        return accumulator.choices.is_new(ref) and (takes_open or not ref.is_open)

    for choice in accumulator.choices.ordered():
        groups = _groups(choice, markups[choice.index], is_new)
        kept = (new for group in groups if (new := [ref for ref in group if is_new(ref)]))
        found += [replace(ref, choice=choice.index) for ref in next(kept, [])]
    return tuple(distinct(found))


def _groups(choice: Choice, text: Markup, is_new: IsNew) -> Iterator[Iterable[ImageRef]]:
    """Where the images of a choice may be, best first; a place is only looked at when those before it hold none."""
    embedded = _embedded(text, is_new)
    if (data := _stored(choice, embedded)) and not _is_preview(choice.text):
        # Bytes that are all of a message: the address in the field is that of their copy, which expires. What came in
        # pieces, or beside words, may be a draft.
        is_all = len(data) == len(choice.pieces) == 1 and not text.text(has_images=True)
        yield data if is_all else [*data, *(ref for ref in choice.images if not is_relative(ref))]
    # A relative address may be no more than a file's name, which says less than an address in the text.
    if not (
        all(map(is_relative, choice.images))
        and any(not is_relative(ref) and not _is_vector(ref) for ref in text.embedded)
    ):
        yield choice.images
    yield in_json(choice.text, is_new, is_complete=text.is_complete)
    yield [ref for ref in embedded if not _is_vector(ref)]
    yield choice.others
    yield anywhere([choice.tool_results, choice.tools], is_new, only_data=True)
    # Links in the text of a failure lead to documentation.
    links = (text.linked, text.of_calls)
    yield from links if any(links) and not classify_text(text.body).error else ()
    yield [ref for ref in anywhere(choice.drawn, is_new) if is_new(_without_query(ref))]
    yield embedded  # a drawing of vectors may be an icon


def _stored(choice: Choice, embedded: list[ImageRef]) -> list[ImageRef]:
    """The bytes in the text of a choice of which its fields give as many addresses. An animation is a sign that
    something is loading."""
    data = [ref for ref in embedded if ref.kind == "data"]
    is_stored = len(data) == len(choice.images) and all(ref.kind == "url" for ref in choice.images)
    return data if is_stored and not any(_is_vector(ref) or ref.media_type == "image/gif" for ref in data) else []


def _is_preview(text: str) -> bool:
    """Whether words or a quotation say that what a text shows is not the picture in the end."""
    return bool(_PREVIEW.search(_BYTES.sub("", text)))


_BYTES = re.compile(r"[A-Za-z0-9+/=_-]{60,}+")
_PREVIEW = re.compile(
    r"^\s{0,20}+>|\d\s?%|draft|sketch|preview|loading|spinner|thumb|original|before|input|reference|source|given|sent"
    r"|upload|prompt|progress|generating|草|初稿|预览|預覽|加载|加載|缩略|縮略|原图|原圖|参考|參考|底图|底圖|输入|輸入|上传|上傳|进度|進度|生成中"
    r"|下書き|参照|元画像|초안|원본|미리",
    re.IGNORECASE | re.MULTILINE,
)


def in_json(text: str, is_new: IsNew = bool, *, is_complete: bool = True) -> list[ImageRef]:
    """The images of a text that is itself a JSON document, but for addresses among the parameters of a call. Where more
    may follow, a document with a prompt is a call whose result is missing."""
    if text.lstrip()[:1] not in ("{", "[", '"') or len(text) > 50_000_000:
        return []
    try:
        document = read_flawed(text)
        document = read_flawed(document) if isinstance(document, str) else document
    except ValueError:
        return []
    results = results_in(document)
    # A list of texts is one of addresses, where it is one of pictures.
    found = images_in(results, is_new) if isinstance(results, Mapping) else []
    if isinstance(document, list) and all(isinstance(entry, str) for entry in document):
        found = refs_in(document, is_new)
    prompt = prompt_in(document)
    found = found or anywhere(results, is_new) or anywhere(document, is_new, only_data=True)
    return [ref for ref in found if ref.kind == "data" or (ref.url not in prompt and (is_complete or not prompt))]


def _embedded(text: Markup, is_new: IsNew) -> list[ImageRef]:
    """The embedded images without stored copies: over the whole text where its words do not tell them apart, else only
    of those right beside each other."""
    runs = [[ref for ref in run if is_new(ref)] for run in text.runs]
    found = distinct(ref for run in runs for ref in run)
    kept = found if text.is_told_apart else _without_stored_copies(found)
    return kept if kept != found else [ref for run in runs for ref in _without_stored_copies(run)]


def _without_stored_copies(refs: list[ImageRef]) -> list[ImageRef]:
    """Of images only the data, where there are as many URLs: those are their stored copies."""
    data = [ref for ref in refs if ref.kind == "data" and not _is_vector(ref)]
    return data if data and len(refs) == 2 * len(data) else refs


def _without_query(ref: ImageRef) -> ImageRef:
    """The picture of which an address may show a smaller one, by its query."""
    return replace(ref, url=ref.url.partition("?")[0])


def _is_vector(ref: ImageRef) -> bool:
    return ref.media_type == "image/svg+xml"
