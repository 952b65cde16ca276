"""JSON in a text: the images it holds, those that are results and those that were given, and the text without it."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from generations.protocol.call_parameters import Block, blocks_in, is_under_way, object_in, prompt_in, results_in
from generations.protocol.image_ref import ImageRef
from generations.protocol.images import IsNew, images_in
from generations.protocol.last_finder import Inputs, anywhere, inputs_in
from generations.protocol.link import Link

# Stands for the JSON block of that number, from which pictures were taken.
MARK = re.compile("\x01(\\d{1,6})\x01")


@dataclass(frozen=True, slots=True)
class Found:
    """The images in a JSON block: data, which is as good as embedded, with the addresses beside it in `shown`,
    addresses alone, which are as good as links, in `listed`, and those among the parameters `of_call`."""

    shown: tuple[ImageRef, ...] = ()
    listed: tuple[ImageRef, ...] = ()
    of_call: tuple[ImageRef, ...] = ()


def without_blocks(text: str, is_new: IsNew) -> tuple[str, list[Found], Inputs]:
    """The text without its call parameters and the JSON that holds images, a mark in place of what shows some, the
    images in each block of these, and the addresses that blocks name as given."""
    pieces, position = [], 0
    found: list[Found] = []
    inputs = Inputs()
    if (document := object_in(text)) is not None:
        inputs.add(_given_in(document, results_in(document)))
    for block in blocks_in(text):
        results = results_in(block.document)
        given = _given_in(block.document, results)
        images = _images_of(block, results, given, text, is_new)
        inputs.add(given)
        is_call = (block.is_call or results != block.document) and not block.is_inline
        if is_call or images.shown or images.listed or images.of_call:
            mark = f"\x01{len(found)}\x01" if images.shown or images.listed else ""
            pieces += [text[position : block.start].replace("\x01", " "), mark]
            position = block.end
            found.append(images)
    return "".join([*pieces, text[position:].replace("\x01", " ")]), found, inputs


def without_inputs(links: list[Link], inputs: Inputs, *, is_alone: bool) -> list[Link]:
    """The links without those that JSON names as given, unless they stand somewhere else too. What is only the `source`
    of something is given where there is anything else; with `is_alone`, nothing but links is."""
    times = Counter(link.address for link in links)
    kept = [link for link in links if link.address not in inputs.given or times[link.address] > 1]
    others = [link for link in kept if link.address not in inputs.sources or times[link.address] > 1]
    return others if others or not is_alone else kept


def _given_in(document: Any, results: Any) -> Inputs:
    """The addresses that a document names as given, and those beside a prompt which its `results` lack."""
    inputs = inputs_in(document)
    if results != document:
        inputs.given |= _addresses_in(document) - _addresses_in(results)
    return inputs


def _addresses_in(document: Any) -> set[str]:
    """Every address in the texts of a document. Iterative, since its depth is not limited."""
    found: set[str] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found |= set(_ADDRESS.findall(value))
        elif isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return found


_ADDRESS = re.compile(r"""https?://[^\s"\\]{1,8192}""", re.IGNORECASE)


def _images_of(block: Block, results: Any, given: Inputs, text: str, is_new: IsNew) -> Found:
    """The images of a block. Of call parameters only data is surely none of the references; an address may be their
    result, unless it stands beside their prompt or in it, or what follows says that the picture is still to come."""
    if block.document is None:
        return Found()
    is_alone = not (text[: block.start].strip() or text[block.end :].strip())
    refs = tuple(anywhere(block.document, is_new) or (_measured(block.document, is_new) if is_alone else ()))
    data = tuple(ref for ref in refs if ref.kind == "data")
    is_told = results != block.document
    if not block.is_call and not is_told:
        listed = tuple(ref for ref in refs if ref.url not in given.sources)
        return Found(shown=refs) if data else Found(listed=listed)
    if is_under_way(text[block.end : block.end + _MAX_BEHIND], is_promised=is_told):
        return Found(shown=data)
    prompt = prompt_in(block.document)
    addresses = anywhere(results, is_new) if is_told else refs
    return Found(shown=data, of_call=tuple(ref for ref in addresses if ref.kind == "url" and ref.url not in prompt))


def _measured(document: Any, is_new: IsNew) -> list[ImageRef]:
    """The picture of an object that gives an address and its measures: `{url, width, height}`."""
    is_result = isinstance(document, dict) and results_in(document) == document and "video" not in document
    return images_in(document, is_new) if is_result and document.keys() & {"width", "height"} else []


_MAX_BEHIND = 20_000
