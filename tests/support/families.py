"""Families of hostile answers: each is a piece that is repeated, or a lead with a long run behind it, to any length."""

import json
from collections.abc import Callable

Family = Callable[[int], bytes]


def chat(content: str) -> bytes:
    """An answer whose one choice says this."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice]}).encode()


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def repeated(piece: str, lead: str = "", end: str = "") -> Family:
    return lambda n: chat(lead + (piece * (n // len(piece) + 1))[:n] + end)


def raw(piece: bytes, lead: bytes = b"", end: bytes = b"") -> Family:
    return lambda n: lead + piece * (n // len(piece)) + end


PIECES = [
    *(
        "`",
        "~",
        " ",
        "\t",
        "\n",
        " \n",
        "[",
        "]",
        "![",
        "(",
        ")",
        "<",
        ">",
        "!",
        "\\",
        "-",
        "_",
        "#",
        "|",
        "*",
        '"',
        "'",
    ),
    *("```{", "~~~ {", "```\n", '```\n{"prompt":1}\n```\n', "``` a\n", "```" + " " * 200 + "\n", "~~~" + "\t" * 200),
    *("[a](", "![a](", "[![a](b)](", "[![", "[![a](b)", "](", "![a](x ", '![a](x "', "![a](x =1x", "[a](<b", "![a]("),
    *(
        "![a](data:image/png;base64,AA",
        "[a](data:,A ",
        "data:image/png;base64,",
        "data:image/png;base64,iVBO ",
        "data:",
    ),
    *(
        "<img ",
        "<img src=",
        "<img/src=data:",
        '<img src="data:',
        "<img src='",
        "<a href=",
        "<a/href=data:",
        "<a href=x>",
    ),
    *("<a href=x><img src=y>", "<a href=x><img ", "<video ", "<video src=x>", "<iframe>", "<!--", "<!-- -", "--><!--"),
    *("https://", "https://))))", "https://a.b/c.png) ", "https://x_|", "http://(", "https://a.b/(((", "https://a)."),
    *(
        "progress",
        "progress ",
        "进度",
        "进度 10 ",
        "1.",
        "10 → ",
        "->",
        "% done ",
        "1/1 10s 20% ",
        "9.9%",
        "进度:🟩",
        "](x)",
    ),
    *(
        "<think>",
        "</think>",
        "\n---\n",
        "\n    ---",
        "\n----\nPowered by ",
        "> a\n",
        ">",
        "> ![a](x)\n",
        "\n" + "-" * 299,
    ),
    *(
        "_" * 299 + "\n",
        "生成中 ",
        "queued",
        "进度_",
        "下载 ",
        "{",
        "}",
        '{"a":',
        '{"prompt":',
        "{}",
        "A",
        "A=",
        "AA\n",
        "é",
        "a b",
    ),
    *(
        "\u0301",
        "\ufeff",
        "\u202e",
        "\x00",
        "\ud800",
        "😀",
        "&#65;",
        "\\u0041",
        "\\\\u0041",
        "error: ",
        "sorry ",
        "I cannot ",
    ),
]
LEADS = [
    *(
        "```",
        "~~~",
        "![a](x",
        "[a](x",
        "![a](",
        "[a](",
        "![",
        "<img ",
        "<img src=",
        '<img src="',
        "<a href=",
        "<!--",
        "> ",
    ),
    *(
        "data:image/png;base64,",
        "https://",
        "进度 10 ",
        "progress ",
        "<think>",
        '{"a":"',
        "![a](data:image/png;base64,",
    ),
]
RUNS = [" ", "\t", "a", "A", "-", "->", ".", "(", ")", "\\", '"', "\n", "1", "= ", "🟩", "x=1 ", "[", "<", "&", "%20"]

FAMILIES: dict[str, Family] = (
    {f"{piece!r:.40}": repeated(piece) for piece in PIECES}
    | {f"{lead!r} then {run!r}": repeated(run, lead) for lead in LEADS for run in RUNS}
    | {
        "documents": raw(b"{}"),
        "empty choices": raw(b'{"choices":[]}'),
        "lists": raw(b"[]"),
        "data: data:": raw(b"data:", end=b"\n\n"),
        "events": raw(event({"choices": [{"delta": {"content": "a"}}]})),
        "empty events": raw(b"data: {}\n\n"),
        "lines of one event": raw(b"data: {\n"),
        "whole messages": raw(event({"choices": [{"message": {"content": "a" * 40}}]})),
        "tool calls": raw(event({"choices": [{"delta": {"tool_calls": [{"function": {"arguments": "aaaa"}}]}}]})),
        "thoughts and words": raw(event({"choices": [{"delta": {"reasoning": "a", "content": "b"}}]})),
        "names of pictures": raw(b'"x.png",', b'{"images":[', b'"y.png"]}'),
        "choices": raw(b'{"message":{"content":"a"}},', b'{"choices":[', b"{}]}"),
        "errors": raw(event({"error": {"message": "a"}})),
        "digits": raw(b"1", b'{"a":', b"}"),
        "open lists": raw(b"["),
        "strings in strings": lambda n: json.dumps(json.dumps("{" * n)).encode(),
        "page of titles": raw(b"<title>", b"<html>"),
        "page of scripts": raw(b"<script>", b"<html>"),
        "page of headings": raw(b"<h1>", b"<html>"),
        "page of brackets": raw(b"<", b"<html><title>"),
        "comments": raw(b"<!-- ", b"<?xml>"),
        "base64 of pictures": repeated("iVBORw0KGgo "),
        "base64 in lines": repeated("iVBORw0KGgo" * 5 + "\n"),
        "base64 behind base64": repeated("/9j/" + "A" * 40 + " "),
        "data URIs behind each other": repeated("data:;base64,"),
        "data URIs in lines": repeated("A" * 76 + "\n", "data:image/png;base64,"),
        "short lines of base64": repeated("AAAA\n", "data:image/png;base64," + "A" * 76 + "\n"),
        "gzip in base64": repeated("H4sI" + "A" * 44 + " "),
        "results in fences": repeated('```json\n{"image_url":"https://a.example/b"}\n```\n'),
        "lists in fences": repeated('```\n["https://a.example/b.png"]\n```\n'),
        "open lists in fences": repeated('```\n[["a",{'),
        "results before words": lambda n: chat('[{"url":"https://a.example/b.png"}' + ',"a"' * (n // 4) + "]\nDone"),
        "pictures beside each other": repeated("![a](https://a.example/b) - "),
        "words between pictures": repeated("![a](https://a.example/b) " + "url at " * 8),
        "texts of choices": raw(b'"a",', b'{"choices":[', b'""]}'),
        "choices without messages": raw(b'{"url":"https://a.example/b"},', b'{"choices":[', b"{}]}"),
        "messages of a choice": raw(b'{"content":"a"},', b'{"choices":[{"messages":[', b"{}]}]}"),
        "results on lines": repeated('{"image_url":"https://a.example/b"}\n', "Here:\n"),
        "open objects on lines": repeated('\n{"a":{"b":', "Here:"),
        "open lists in tags": repeated('<a>["', "Here:"),
        "open objects in code": repeated('`{"', "Here:"),
        "commas in a fence": repeated(", ", '```json\n{"a":1', "]\n```"),
        "codes of boards": repeated("[img]"),
        "addresses in codes of boards": repeated("[img]https://a.example/b"),
        "bytes in a list": raw(b"137,80,78,71,13,10,26,10,", b'{"a":[', b"0]}"),
        "lists of bytes": raw(b"[137,80,78,71,13,10,26,10],", b'{"a":[', b"0]}"),
        "JSON in wrappers": lambda n: json.dumps({"data": json.dumps({"output": "{" * n})}).encode(),
        "codes of OneBot": repeated("[CQ:image,file="),
        "fields of OneBot": repeated(",a=b", "[CQ:image"),
        "schemes of base64": repeated("base64://"),
        "base64 of OneBot": repeated("base64://" + "A" * 60 + " "),
        "addresses in a field": raw(b"https://a.example/b.png, ", b'{"data":[{"url":"', b'"}]}'),
        "commas in a field": raw(b"," * 30, b'{"data":[{"url":"http', b'"}]}'),
        "addresses alone": repeated("https://a.example/b\n"),
        "addresses behind words": repeated("image: https://a.example/b\n"),
        "words before an address": repeated("image ", end=" https://a.example/b"),
        "skeletons": repeated('{"a": "iVBORw0KGgo' + "A" * 40 + '"}\n'),
        "parts nobody listed": raw(b'{"a":{"type":"image","x":"y"}},', b'{"b":[', b"{}]}"),
        "depths nobody listed": lambda n: b'{"a":' * (n // 5) + b'"' + b"A" * 60 + b'"' + b"}" * (n // 5),
        "strings nobody listed": raw(b'"iVBORw0KGgo data:image/png;base64,",', b'{"b":[', b'""]}'),
        "JSON nobody listed": raw(
            b'"{\\"a\\":\\"iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2\\"}",', b'{"b":[', b'""]}'
        ),
        "heartbeats": raw(event({"status": "processing", "message": "Image is being generated", "progress": 1})),
        "tasks": raw(b'{"task_id":"a","status":"queued"},', b'{"data":[', b"{}]}"),
        "flags": raw(b'{"nsfw":false,"status":"moderate"},', b'{"data":[', b"{}]}"),
        "flags in each other": lambda n: b'{"data":' * (n // 8) + b"1" + b"}" * (n // 8),
        "failed tasks": raw(b'{"status":"failed","message":"a"},', b'{"data":[', b"{}]}"),
        "delays": raw(b'{"retry_after":"a","reset":"b"},', b'{"error":{"details":[', b"{}]}}"),
        "title of hosts": lambda n: b"<html><title>" + (b"a.b | " * n)[:n] + b"</title>",
        "heading of numbers": lambda n: b"<html><h1>" + (b"error 5" * n)[:n] + b"</h1>",
        "chunks of an upload": raw(b"1;\r\na\r\n"),
        "entities": raw(b"&#65;&lt;", b"<html>"),
    }
)
