"""Texts for people that are not marked for translation, in templates, Python and scripts."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser

NAMES = re.compile(r"\b(Imageweb|JSON|PNG|JPEG|WebP|GIF|AVIF|ZIP|SHA-256|MB|OpenAI|HTTP)\b|\bis-[a-z]+\b")
"""Names in every language, and classes of a state."""
WORD = re.compile(r"[^\W\d_]{2,}")
# ── templates ──
UNSEEN = re.compile(
    r"\{#.*?#\}"
    r"|\{% comment\b.*?\{% endcomment %\}"
    r"|\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}"
    r"|\{% trans(?:late)? .*?%\}",
    re.DOTALL,
)
LOGIC = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
LITERAL = re.compile(r'"([^"]*)"' + r"|'([^']*)'")
SILENT = {"svg", "code", "kbd", "samp", "script", "style"}
SAID = {
    "title",
    "aria-label",
    "aria-description",
    "aria-valuetext",
    "aria-roledescription",
    "placeholder",
    "alt",
    "label",
}
SAID |= {"hx-confirm", "hx-prompt"}


class _Page(HTMLParser):
    """Collects the words that somebody sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent.append(tag)
        for name, value in attrs:
            is_button = name == "value" and tag in ("input", "button") and bool(re.match("[A-Z][a-z]", value or ""))
            is_data = name.startswith("data-") and bool(re.match("[A-Z][a-z]", value or ""))
            if name in SAID or is_button or is_data:
                self.keep(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.keep(data)

    def keep(self, text: str) -> None:
        text = " ".join(text.split())
        if WORD.search(NAMES.sub("", text)):
            self.found.append(text)


def in_template(source: str, *, is_html: bool = True) -> list[str]:
    """Words between tags and in attributes that are said, and literals that read as words in what Django evaluates."""
    source = UNSEEN.sub("", source)
    literals = [a or b for logic in LOGIC.findall(source) for a, b in LITERAL.findall(logic)]
    found = [text for text in literals if re.match(r"[A-Z“][a-z]", text) and not NAMES.fullmatch(text)]
    page = _Page()
    if is_html:
        page.feed(LOGIC.sub("", source))
        page.close()
    else:
        page.keep(LOGIC.sub("", source))
    return found + page.found


# ── Python ──
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
MARKS |= {"npgettext", "npgettext_lazy", "Message", "PluralMessage", "plural_noop"}
LOGS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
OURS = {"AssertionError", "ImproperlyConfigured", "KeyError", "LookupError", "NotImplementedError", "RuntimeError"}
OURS |= {"TypeError", "ValueError", "Http404", "SuspiciousOperation", "OSError", "CommandError", "NotStored"}
OURS |= {"ParsingError", "RequestHeaderFieldsTooLarge"}
"""Exceptions that tell a programmer, a log or a broken client; whoever sees the page reads another sentence."""
TECHNICAL = {"compile", "match", "search", "sub", "fullmatch", "execute", "getLogger", "startswith"}
TECHNICAL |= {"endswith", "strptime"}
TECHNICAL |= {"get", "pop", "setdefault", "split", "partition", "rpartition", "patch_vary_headers", "RawSQL", "RunSQL"}
TECHNICAL |= {"ForeignKey", "ManyToManyField", "OneToOneField", "set_cookie"}
TECHNICAL |= {"removeprefix", "removesuffix", "date_format", "strftime", "TypeVar", "reverse", "annotate"}
SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:.’”]?\s+[^\W\d_“‘]+")


def in_python(source: str) -> list[str]:
    """Constants and f-strings that read as words for people, outside what marks or never shows them; and texts put
    together inside what marks them, which no catalogue can have."""
    tree = ast.parse(source)
    found: list[tuple[int, str]] = []
    _walk(tree, found)
    return [text for _, text in sorted(found)]


def reads_as_words(text: str) -> bool:
    """Whether it is a capitalised word, two words or more of which the first is capitalised or the last ends a
    sentence, or nothing but plain words."""
    text = NAMES.sub("", text).strip()
    if re.match(r"(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|WITH|PRAGMA|curl) ", text):
        return False
    if re.fullmatch(r"[A-Z][a-z]+|[a-z][a-z’'-]*( [a-z’',-]+)+", text) and "--" not in text:
        return True
    if not SENTENCE.search(text) or re.search(r"[<>{}=\\]|::|--", text):
        return False
    return bool(re.match(r"[“\"(]?[A-Z\x00]", text) or re.search(r"[a-z\x00][.?!…]$", text))


def _walk(node: ast.AST, found: list[tuple[int, str]]) -> None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Assert):
        return
    if isinstance(node, ast.Assign) and [_name(target) for target in node.targets] in (["__all__"], ["reason"]):
        return
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _name(node.exc.func) in OURS:
        return
    if isinstance(node, ast.Call):
        name = _name(node.func)
        is_log = name in LOGS and isinstance(node.func, ast.Attribute) and _name(node.func.value) in ("log", "logger")
        if name in MARKS:
            found += [(node.lineno, ast.unparse(it)) for it in node.args if isinstance(it, ast.JoinedStr | ast.BinOp)]
            return
        if is_log or name in OURS:
            return
        if any(keyword.arg == "editable" for keyword in node.keywords):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "help_text"]
        if name in TECHNICAL:
            for keyword in node.keywords:
                _walk(keyword, found)
            _walk(node.func, found)
            for argument in node.args:
                if not isinstance(argument, ast.Constant | ast.JoinedStr):
                    _walk(argument, found)
            return
    if isinstance(node, ast.Subscript):
        return _walk(node.value, found)
    if isinstance(node, ast.Compare):
        return None
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and str(key.value) in HEADERS):
                _walk(value, found)
        return None
    if isinstance(node, ast.keyword) and node.arg in UNSHOWN:
        return None
    if isinstance(node, ast.AnnAssign):
        return _walk(node.value, found) if node.value else None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for part in [*node.body, *node.decorator_list, *node.args.defaults, *node.args.kw_defaults]:
            if part is not None:
                _walk(part, found)
        return None
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
        has_words = any(isinstance(part, ast.Constant) and WORD.search(part.value) for part in node.values)
        spaced = text.replace("\0", "\0\0")
        if has_words and (reads_as_words(text) or re.search(r"\0\0 [a-z]{2,}|[a-z]{2,} \0\0", spaced)):
            found.append((node.lineno, text.replace("\0", "{}")))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                _walk(part.value, found)
        return None
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and reads_as_words(node.value):
            found.append((node.lineno, node.value))
        return None
    for child in ast.iter_child_nodes(node):
        _walk(child, found)
    return None


# Keys of what is sent, and arguments that are not shown.
HEADERS = {"Content-Type", "Content-Disposition", "Cache-Control", "Vary", "Location", "Retry-After"}
UNSHOWN = {"content_type", "headers", "through", "to", "samesite", "reason"}


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# ── scripts ──
SCRIPT = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<regex>(?<=[(,=:!&|?;{}\[])\s*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*)
    |(?P<template>`)
    |(?P<call>[\w$]+)\s*(?:\?\.)?\(
    |(?P<open>[({\[])
    |(?P<close>[)}\]])
    |(?P<other>[\w$]+|.)""",
    re.DOTALL | re.VERBOSE,
)
SCRIPT_MARKS = {"gettext", "ngettext", "pgettext", "npgettext"}
SELECTORS = {"$", "$$", "on", "firstThere", "closest", "matches", "querySelector", "querySelectorAll", "has"}
SELECTORS |= {"startsWith"}
KEYS = {"Enter", "Escape", "Delete", "Shift", "Control", "Alt", "Meta", "Tab", "Home", "End"}
TYPES = {"Files", "Content-Type"}


def in_script(source: str) -> list[str]:
    """String and template literals that begin with a capital or have a space between words, outside what marks them;
    and what is marked though it is no literal, which no catalogue can have."""
    found = re.findall(r"(?<![.\w])(?:n|p|np)?gettext\(\s*[^\"'\s][^)]*\)", source)
    _scan(source, 0, [], found)
    return found


def _scan(source: str, at: int, calls: list[str], found: list[str]) -> int:
    """From `at` to the brace that closes what began before it; where that is."""
    depth = len(calls)
    while at < len(source):
        token = SCRIPT.match(source, at)
        assert token is not None
        at = token.end()
        if token["template"]:
            at = _template(source, at, calls, found)
        elif token["text"]:
            _judge(token["text"][1:-1], calls, found)
        elif token["call"]:
            calls.append(token["call"])
        elif token["open"]:
            calls.append("")
        elif token["close"]:
            if len(calls) == depth:
                return at
            calls.pop()
    return at


def _template(source: str, at: int, calls: list[str], found: list[str]) -> int:
    """A template literal whose first character is at `at`; where it ends."""
    text = ""
    while source[at] != "`":
        if source.startswith("${", at):
            at = _scan(source, at + 2, [*calls], found)
            text += "\0"
        else:
            step = 2 if source[at] == "\\" else 1
            text += source[at : at + step]
            at += step
    _judge(text, calls, found)
    return at + 1


def _judge(text: str, calls: list[str], found: list[str]) -> None:
    if SCRIPT_MARKS & set(calls) or (calls and calls[-1] in SELECTORS):
        return
    is_words = re.search(r"[^\W\d_]{2,}[,;:.’”]? +[^\W\d_\0“]+|\0 +[a-z]{2,}", text)
    is_capital = re.match(r"[A-Z][a-z]+(?![\w-])", text) and text not in KEYS | TYPES
    if (is_words or is_capital) and not re.search(r"[#\[\]<>=]|^\W*\.\w|:is\(|:not\(|::", text):
        found.append(text.replace("\0", "${}"))
