"""The translation catalogues: collects the marked texts of the source, compiles, checks.

messages.py update    updates locale/…/*.po from the source; new texts are untranslated
messages.py compile   writes the .mo files that Django reads; they are in the repository, because
                      the compiler is installed only for development
messages.py check     exits with 1 and lists each missing or wrong translation
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parents[1]
LOCALE: Final = "pt_BR"
APPS: Final = ("certification", "config", "models_registry")
TEMPLATES: Final = (".html", ".svg", ".txt")
DOMAINS: Final = ("django", "djangojs")

# Positions, in a call's arguments, of the context (c), the singular and the plural.
_ONE: Final = None
_PLURAL: Final = (1, 2)
_CONTEXT: Final = ((1, "c"), 2)
_CONTEXT_AND_PLURAL: Final = ((1, "c"), 2, 3)
KEYWORDS: Final[dict[str, Any]] = {
    "_": _ONE,
    "gettext": _ONE,
    "gettext_lazy": _ONE,
    "gettext_noop": _ONE,
    "ngettext": _PLURAL,
    "ngettext_lazy": _PLURAL,
    "pgettext": _CONTEXT,
    "pgettext_lazy": _CONTEXT,
    "npgettext": _CONTEXT_AND_PLURAL,
    "npgettext_lazy": _CONTEXT_AND_PLURAL,
}
_PLACE: Final = re.compile(r"%(?:\((\w+)\))?[#0 +-]*[\d*]*(?:\.[\d*]+)?([a-zA-Z%])")


# (File and line), the text or its singular and plural, and the context.
Marked: TypeAlias = tuple[tuple[str, int], str | tuple[str, ...], str | None]


class Catalogue(Catalog):
    """Writes a header without dates and tool names, which would change files without a reason."""

    def __init__(self) -> None:
        super().__init__(locale=LOCALE, fuzzy=False, header_comment="")

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", LOCALE),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", f"text/plain; charset={self.charset}"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, read_from_file: Iterable[tuple[str, str]]) -> None:
        pass


def collect(domain: str, root: Path = ROOT) -> Catalogue:
    """Collects every marked text of the source, untranslated."""
    catalogue = Catalogue()
    extracted = _marked_in_scripts(root) if domain == "djangojs" else _marked_in_python(root)
    for location, texts, context in extracted:
        catalogue.add(texts, locations=[location], context=context)
    return catalogue


def update(root: Path = ROOT) -> None:
    """Removes texts that the source no longer marks, and adds new ones untranslated.

    Without fuzzy matching: with many short texts it proposes wrong translations.
    """
    for domain in DOMAINS:
        marked, path = collect(domain, root), _file(root, domain, "po")
        if not len(marked) and not path.exists():
            continue
        catalogue = _read(path)
        catalogue.update(marked, no_fuzzy_matching=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file,
                catalogue,
                sort_by_file=True,
                include_lineno=False,
                ignore_obsolete=True,
                width=100,
            )


def compile_all(root: Path = ROOT) -> None:
    for domain in DOMAINS:
        path = _file(root, domain, "po")
        if path.exists():
            _file(root, domain, "mo").write_bytes(_compiled(_read(path)))


def problems(root: Path = ROOT) -> Iterator[str]:
    """Yields one line per problem of a text or file."""
    for domain in DOMAINS:
        po, mo = _file(root, domain, "po"), _file(root, domain, "mo")
        marked, catalogue = collect(domain, root), _read(po)
        for message in _texts(marked):
            translated = catalogue.get(message.id, message.context)
            if translated is None:
                yield f"missing: {_name(message)}"
            elif translated.id != message.id:
                yield f"has another plural: {_name(message)}"
            else:
                yield from (f"{what}: {_name(message)}" for what in _faults(translated))
        for message in _texts(catalogue):
            if marked.get(message.id, message.context) is None:
                yield f"obsolete: {_name(message)}"
        yield from (f"obsolete: {_name(message)}" for message in catalogue.obsolete.values())
        if po.exists() and (not mo.exists() or mo.read_bytes() != _compiled(catalogue)):
            yield f"{mo.relative_to(root)} is not that of its .po"


def _marked_in_python(root: Path) -> Iterator[Marked]:
    for path in _files(root, APPS, (".py",)):
        yield from _marked_in_module(_relative(root, path), path.read_text())
    for path in _files(root, ("templates", *APPS), TEMPLATES):
        if "templates" not in path.relative_to(root).parts:
            continue
        source = templatize(path.read_text(), origin=str(path))
        # Removes the HTML's indentation, which Python does not accept. No marked text spans lines.
        source = "\n".join(line.strip() for line in source.splitlines())
        yield from _marked_by_tokens(_relative(root, path), source, "python")


def _marked_in_scripts(root: Path) -> Iterator[Marked]:
    for path in _files(root, ("static",), (".js",)):
        yield from _marked_by_tokens(_relative(root, path), path.read_text(), "javascript")


def _marked_in_module(name: str, source: str) -> Iterator[Marked]:
    """Reads the syntax tree: by tokens, the key in `gettext(row["title"])` would be a text."""
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        function = getattr(called, "id", None) or getattr(called, "attr", "")
        if function not in KEYWORDS:
            continue
        given = [getattr(argument, "value", None) for argument in node.args]
        context, texts = None, []
        for position in KEYWORDS[function] or (1,):
            if isinstance(position, tuple):
                context = given[position[0] - 1]
            elif isinstance(text := given[position - 1], str):
                texts.append(text)
        if texts:
            yield (name, node.lineno), texts[0] if len(texts) == 1 else tuple(texts), context


def _marked_by_tokens(name: str, source: str, method: str) -> Iterator[Marked]:
    for line, texts, _comments, context in extract(
        method, BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
    ):
        yield (name, line), texts, context


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _files(root: Path, folders: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in suffixes and path.is_file()
    ]


def _file(root: Path, domain: str, suffix: str) -> Path:
    return root / "locale" / LOCALE / "LC_MESSAGES" / f"{domain}.{suffix}"


def _read(path: Path) -> Catalogue:
    """Returns an empty catalogue if there is no such file."""
    catalogue = Catalogue()
    if path.exists():
        with path.open("rb") as file:
            PoFileParser(catalogue, abort_invalid=True).parse(file)
    return catalogue


def _compiled(catalogue: Catalogue) -> bytes:
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _texts(catalogue: Catalogue) -> list[Message]:
    return [message for message in catalogue if message.id]


def _faults(message: Message) -> Iterator[str]:
    forms = _forms(message.string)
    if not all(forms):
        yield "untranslated"
        return
    if message.fuzzy:
        yield "fuzzy"
    allowed = [_placeholders(source) for source in _forms(message.id)]
    if any(_placeholders(form) not in allowed for form in forms):
        yield "has other places"


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _placeholders(text: str) -> Counter[tuple[str, str]]:
    return Counter(_PLACE.findall(text))


def _name(message: Message) -> str:
    text = " / ".join(repr(form) for form in _forms(message.id))
    return f"{text} (context {message.context!r})" if message.context else text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Keeps the catalogues of translated texts.")
    parser.add_argument("what", choices=("update", "compile", "check"))
    what = parser.parse_args(arguments).what
    if what == "update":
        update()
    elif what == "compile":
        compile_all()
    else:
        said = list(problems())
        print("\n".join(said), end="\n" if said else "", file=sys.stderr)
        return 1 if said else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
