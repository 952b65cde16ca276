"""Addresses without a host, and without a scheme."""

import pytest

from generations.protocol.echoes import request_fingerprints
from generations.protocol.response import read
from tests.protocol.test_mixtures import as_body, said
from tests.protocol.test_reading import Case, check

V1 = "https://gw.example/v1"
CDN = "https://cdn.example.com/x.png"
RELATIVE: dict[str, Case] = {
    "a path below the gateway": (said("![a](images/abc.png)"), [f"{V1}/images/abc.png"], None),
    "a path without an extension": (said("![a](generated/abc1)"), [f"{V1}/generated/abc1"], None),
    "a path with a query": (said("<img src='files/9?size=full'>"), [f"{V1}/files/9?size=full"], None),
    "a folder with a version": (said("![a](images.v2/abc.png)"), [f"{V1}/images.v2/abc.png"], None),
    "a host": (said("![a](www.example.com/a.png)"), ["https://www.example.com/a.png"], None),
    "a host, no extension": (said("![a](www.example.com/x/abc)"), ["https://www.example.com/x/abc"], None),
    "a host in a field": ({"data": [{"url": "cdn.example.com/x.png"}]}, [CDN], None),
    "a host in a list": (said("Done", images=["cdn.example.com/x.png"]), [CDN], "Done"),
    "a host with a port": (
        {"data": [{"url": "cdn.example.com:8443/x.png"}]},
        ["https://cdn.example.com:8443/x.png"],
        None,
    ),
    "a path alone": (said("/generated/abc.png"), ["https://gw.example/generated/abc.png"], None),
    "a path alone with a query": (said("./f/abc.webp?v=1\n"), [f"{V1}/f/abc.webp?v=1"], None),
    "a file's name with dots": (said("", images=["my.cat.co.png"]), [f"{V1}/my.cat.co.png"], None),
}


@pytest.mark.parametrize("name", RELATIVE)
def test_an_address_without_a_host_is_one_of_the_gateway(name: str) -> None:
    check(*RELATIVE[name])


@pytest.mark.parametrize(
    "body",
    [
        said("![image](image_url)"),
        said("![a](a picture/of a cat)"),
        said("See docs/abc and www.example.com/x/abc."),
        said("![film](cdn.example.com/a.mp4)"),
        said("/imagine a cat.png"),
        said("/generated/abc"),
        said("Saved to /generated/abc.png"),
        {"data": [{"source": "docs.example.com/pictures"}]},
        said("![正在生成](50/100)"),
        said("![x](N/A)"),
        said("![x](and/or)"),
        said("You wrote ![cat](images/cat), I can't."),
        said("Write `![alt](path/to/image1)` there."),
        said('```html\n<img src="assets/cat1">\n```'),
    ],
)
def test_words_and_pages_without_a_scheme_are_no_pictures(body: object) -> None:
    assert read(as_body(body), base_url=V1).images == ()


def test_a_path_without_an_extension_is_none_beside_an_address() -> None:
    example = "To embed it write `![alt text](path/to/image1)`."
    check(said(f"![b]({CDN})\n\n{example}"), [CDN], "To embed it write ``.")
    check(said(f"![b]({CDN})\n![c](assets/cat1)"), [CDN], None)
    check(said(f"![b]({CDN})\n> ![c](assets/cat1)"), [CDN], None)


def test_a_reference_without_its_scheme_is_known_again() -> None:
    request = {"messages": [{"content": [{"type": "image_url", "image_url": {"url": CDN}}]}]}
    check(said("![given](cdn.example.com/x.png)"), [], None, request=request)
    assert request_fingerprints(as_body({"image": "cdn.example.com/x.png"})) == {CDN}
