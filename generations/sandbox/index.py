"""The page at `/`: models and marks, generated from their tables."""

import html
from collections.abc import Iterable

from generations.sandbox.families import Family
from generations.sandbox.faults import Fault

_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:44rem;margin:4rem auto;padding:0 1rem;color:#262c3a;background:#f7eddf}"
)


def index(families: Iterable[Family], faults: Iterable[Fault]) -> bytes:
    """A plain HTML page, UTF-8."""
    models = "".join(f"<li><code>{html.escape(family.name)}</code></li>" for family in families)
    marks = "".join(f"<dt><code>[[{fault.name}]]</code></dt><dd>{html.escape(fault.says)}</dd>" for fault in faults)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox</title><style>{_STYLE}</style>"
        "<h1>Sandbox</h1><p>A provider that needs no key. <code>POST /v1/chat/completions</code> draws; "
        "<code>GET /v1/models</code> lists.</p>"
        f"<h2>Models</h2><ul>{models}</ul>"
        "<h2>Faults</h2><p>Write a mark into the prompt, or use it as a model: "
        f"<code>[[429:2]]</code> or <code>sandbox-429:2</code>.</p><dl>{marks}</dl></html>"
    ).encode()
