"""Every family in its own shape, whole and streamed, as the project reads it."""

import json

import httpx
import jsonschema
import pytest
import pyvips

from generations.sandbox.families import FAMILIES
from tests.support.asking import ask, pictures, reference, understood

pytestmark = pytest.mark.exhaustive

SMALL = (256, 256)


def _needed(model: str) -> list[str]:
    return [reference()] * FAMILIES[model].reference_min


def _small(model: str) -> dict[str, str]:
    """The option for a small picture, which is soon drawn, where the family has one."""
    return {} if FAMILIES[model].sizes and SMALL not in FAMILIES[model].sizes else {"size": "256x256"}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", FAMILIES)
def test_every_family_answers_with_one_picture(sandbox: httpx.Client, model: str, stream: bool) -> None:
    answer = understood(ask(sandbox, model, "A lake", *_needed(model), stream=stream, **_small(model)))
    assert (answer.outcome, len(answer.images), answer.complete) == ("images", 1, True)
    assert answer.usage.total_tokens > answer.usage.prompt_tokens > 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", [name for name, family in FAMILIES.items() if family.n_max > 1])
def test_families_that_take_n_answer_with_n_different_pictures(sandbox: httpx.Client, model: str, stream: bool) -> None:
    answer = understood(ask(sandbox, model, "A lake", *_needed(model), stream=stream, n=3, **_small(model)))
    assert len({image.url or image.data for image in answer.images}) == len(answer.images) == 3


def test_whole_answers_have_the_shape_their_family_really_uses(sandbox: httpx.Client) -> None:
    def body(model: str) -> dict:
        return ask(sandbox, model, "A lake", *_needed(model)).json()

    content = body("gpt-4o-image")["choices"][0]["message"]["content"]
    assert "Progress 7....13" in content and "[100](http://sandbox.local/pictures/" in content
    assert "![image](data:image/png;base64," in body("gpt-image-1")["choices"][0]["message"]["content"]
    assert [part["type"] for part in body("dall-e-3")["choices"][0]["message"]["content"]] == ["image_url", "text"]
    assert body("flux")["choices"][0]["message"]["content"].startswith('```\n{\n "prompt"')
    assert body("recraftv3")["choices"][0]["message"]["content"].endswith("1024x1024)")
    assert body("nano-banana")["choices"][0]["message"]["images"][0]["type"] == "image_url"
    assert "image" in body("qwen-image")["output"]["choices"][0]["message"]["content"][0]
    assert body("doubao-seedream-4-0-250828")["data"][0]["size"] == "2048x2048"


def test_progress_streams_in_order_and_in_small_pieces(sandbox: httpx.Client) -> None:
    response = ask(sandbox, "sora_image", "A lake 【2:3】", stream=True)
    assert understood(response).progress == (7, 13, 25, 37, 48, 62, 75, 91, 100)
    assert response.text.count("data: ") > 40
    assert response.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("model", "prompt", "options", "size"),
    [
        ("gpt-4o-image", "A cat [4:3]", {}, (1184, 880)),
        ("gpt-4o-image", "画只猫，比例9:16", {}, (768, 1360)),
        ("sora_image", "A cat 【2:3】", {}, (1024, 1536)),
        ("gpt-image-1", "A cat", {"size": "1536x1024"}, (1536, 1024)),
        ("gpt-image-1", "A cat", {"size": "auto"}, (1024, 1024)),
        ("dall-e-3", "A cat", {"size": "1792x1024"}, (1792, 1024)),
        ("dall-e-2", "A cat", {"size": "256x256"}, (256, 256)),
        ("qwen-image", "A cat", {"size": "1140*1472"}, (1140, 1472)),
        ("nano-banana", "A cat", {"image_config": {"aspect_ratio": "16:9"}, "size": "64x64"}, (1344, 768)),
        ("nano-banana", "A cat", {"extra_body": {"google": {"image_config": {"aspect_ratio": "9:16"}}}}, (768, 1344)),
        ("flux", "A cat", {"image_config": {"aspect_ratio": "1:1"}}, (1024, 1024)),
        ("flux", "A cat", {"size": "333x517"}, (333, 517)),
        ("doubao-seedream-4-0-250828", "A cat", {"size": "1K"}, (1024, 1024)),
        ("recraftv3", "A cat", {"size": "1024x1820"}, (1024, 1820)),
    ],
)
def test_the_picture_has_exactly_the_size_its_family_was_asked_for(
    sandbox: httpx.Client, model: str, prompt: str, options: dict, size: tuple[int, int]
) -> None:
    (data,) = pictures(sandbox, ask(sandbox, model, prompt, **options))
    image = pyvips.Image.new_from_buffer(data, "")
    assert (image.width, image.height, image.bands) == (*size, 3)


def test_the_formats_are_what_they_say(sandbox: httpx.Client) -> None:
    signs = {"gpt-4o-image": b"\x89PNG", "flux": b"\xff\xd8\xff", "recraftv3": b"RIFF"}
    for model, sign in signs.items():
        answer = understood(ask(sandbox, model, "A small pond", size="128x128"))
        response = sandbox.get(answer.images[0].url)
        assert response.content.startswith(sign)
        assert int(response.headers["Content-Length"]) == len(response.content)


def test_an_edit_of_bytes_needs_no_memory_and_stays_recognisable(sandbox: httpx.Client) -> None:
    (data,) = pictures(sandbox, ask(sandbox, "doubao-seededit-3-0-i2i-250628", "make it warm", reference()))
    edited = pyvips.Image.new_from_buffer(data, "")
    assert edited.width / edited.height == pytest.approx(192 / 128, abs=0.02)


def test_an_edit_of_a_linked_picture_is_linked_too(sandbox: httpx.Client) -> None:
    first = understood(ask(sandbox, "flux-kontext-pro", "A lake", size="128x128")).images[0].url
    answer = understood(ask(sandbox, "flux-kontext-pro", "at night", first, size="96x64"))
    assert "~night-" in answer.images[0].url
    assert pyvips.Image.new_from_buffer(sandbox.get(answer.images[0].url).content, "").width == 96


def test_a_second_turn_edits_the_picture_of_the_first(sandbox: httpx.Client) -> None:
    said = ask(sandbox, "gpt-4o-image", "A lake").json()["choices"][0]["message"]
    messages = [{"role": "user", "content": "A lake"}, said, {"role": "user", "content": "in black and white"}]
    response = sandbox.post("/v1/chat/completions", json={"model": "gpt-4o-image", "messages": messages})
    assert "~mono-" in response.text


@pytest.mark.parametrize("stream", [False, True])
def test_a_schema_is_answered_with_a_valid_object(sandbox: httpx.Client, stream: bool) -> None:
    steps = {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 2}
    schema = {
        "type": "object",
        "properties": {"steps": steps, "final_answer": {"type": "string"}},
        "required": ["steps", "final_answer"],
        "additionalProperties": False,
        "$defs": {"step": {"type": "object", "properties": {"output": {"type": "string"}}, "required": ["output"]}},
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "reasoning", "schema": schema, "strict": True}}
    answer = understood(ask(sandbox, "gpt-4o", "solve 8x + 7 = -23", response_format=wanted, stream=stream))
    jsonschema.validate(json.loads(answer.text), schema)


@pytest.mark.parametrize("stream", [False, True])
def test_a_required_tool_is_called_with_valid_arguments(sandbox: httpx.Client, stream: bool) -> None:
    parameters = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Bern"]}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": "weather", "parameters": parameters}}]
    choice = {"type": "function", "function": {"name": "weather"}}
    answer = understood(ask(sandbox, "gpt-4o", "What now?", tools=tools, tool_choice=choice, stream=stream))
    assert answer.tool_calls[0]["function"]["name"] == "weather"
    assert json.loads(answer.tool_calls[0]["function"]["arguments"]) == {"city": "Bern"}
    assert answer.finish_reasons[-1] == "tool_calls"


def test_models_are_listed_in_openai_shape(sandbox: httpx.Client) -> None:
    listed = sandbox.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == list(FAMILIES)
    assert sandbox.get("/v1/models/flux").json()["owned_by"] == "black-forest-labs"
    assert sandbox.get("/v1/models/none").status_code == 404


def test_the_same_request_is_the_same_picture_unless_it_names_itself(sandbox: httpx.Client) -> None:
    body = {"model": "gpt-image-1", "messages": [{"role": "user", "content": "A lake"}], "size": "256x256"}

    def drawn(key: str = "") -> list[bytes]:
        headers = {"Idempotency-Key": key} if key else {}
        return pictures(sandbox, sandbox.post("/v1/chat/completions", json=body, headers=headers))

    assert drawn() == drawn()
    assert drawn("one") == drawn("one") != drawn("two")
