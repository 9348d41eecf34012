from __future__ import annotations

import gettext
from pathlib import Path

import pytest
from django.utils import translation

from certification.engine import POLICIES
from certification.engine.checks import CHECKS
from scripts import messages


def test_every_text_has_its_portuguese_with_the_same_places_and_is_compiled() -> None:
    assert list(messages.problems()) == []


def test_what_the_engine_says_is_said_in_portuguese_too() -> None:
    said = {policy.title for policy in POLICIES.values()}
    said |= {policy.advice for policy in POLICIES.values()}
    said |= {check.title for check in CHECKS}

    with translation.override("pt-br"):
        same = {text for text in said if translation.gettext(text) == text}

    assert same == set()


# --- On a small source of its own -------------------------------------------------------------

MODULE = """
from django.utils.translation import gettext as _, pgettext_lazy, ngettext

HELLO = _(
    "Hello "
    "%(name)s"
)
PASSED = pgettext_lazy("verdict", "passed")
def pairs(n): return ngettext("%(n)s pair", "%(n)s pairs", n) % {"n": n}
def title(row): return _(row["title"]) + _(f"{row}")
"""
PAGE = """<ul>
    <li>{% translate "Overview" %}</li>
      <li>{% translate "open" context "door" %}</li>
  <li>{% blocktranslate count n=total trimmed %}
        {{ n }} model
      {% plural %}
        {{ n }} models
      {% endblocktranslate %}</li>
</ul>
"""
FOUND = {
    "Hello %(name)s",
    ("verdict", "passed"),
    ("%(n)s pair", "%(n)s pairs"),
    "Overview",
    ("door", "open"),
    ("%(n)s model", "%(n)s models"),
}
PO = Path("locale/pt_BR/LC_MESSAGES/django.po")
HEADER = (
    'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "certification").mkdir()
    (tmp_path / "certification/greeting.py").write_text(MODULE)
    (tmp_path / "templates/admin").mkdir(parents=True)
    (tmp_path / "templates/admin/page.html").write_text(PAGE)
    return tmp_path


def one_text(root: Path, *, source: str, translated: str) -> list[str]:
    """Returns the problems of `check` for one text in the source and one catalogue entry."""
    (root / "certification/greeting.py").write_text(source)
    (root / "templates/admin/page.html").unlink()
    (root / PO).parent.mkdir(parents=True)
    (root / PO).write_text(HEADER + translated)
    messages.compile_all(root)
    return list(messages.problems(root))


def test_texts_contexts_and_plurals_are_found_in_modules_and_templates(root: Path) -> None:
    found = messages.collect("django", root)

    assert {
        (message.context, message.id) if message.context else message.id
        for message in found
        if message.id
    } == FOUND


def test_texts_of_scripts_have_a_catalogue_of_their_own(root: Path) -> None:
    (root / "static").mkdir()
    (root / "static/main.js").write_text('say(gettext("Reconnecting"), gettext(name));')

    messages.update(root)

    assert 'msgid "Reconnecting"' in (root / PO).with_name("djangojs.po").read_text()
    assert "Reconnecting" not in (root / PO).read_text()


def test_without_scripts_that_speak_there_is_no_catalogue_of_them(root: Path) -> None:
    messages.update(root)

    assert not (root / PO).with_name("djangojs.po").exists()


def test_a_text_that_moved_leaves_the_catalogue_as_it_is(root: Path) -> None:
    messages.update(root)
    before = (root / PO).read_text()
    (root / "certification/greeting.py").write_text("\n\n\n" + MODULE)

    messages.update(root)

    assert (root / PO).read_text() == before
    assert "greeting.py\n" in before


def test_the_header_has_neither_dates_nor_a_tool(root: Path) -> None:
    messages.update(root)

    header = (root / PO).read_text().split("#:")[0]
    assert "Date" not in header
    assert "Babel" not in header


def test_a_changed_text_waits_for_a_translation_of_its_own(root: Path) -> None:
    messages.update(root)
    filled = (root / PO).read_text().replace('Overview"\nmsgstr ""', 'Overview"\nmsgstr "Visão"')
    (root / PO).write_text(filled)
    page = root / "templates/admin/page.html"
    page.write_text(page.read_text().replace("Overview", "Overviews"))

    messages.update(root)

    assert "untranslated: 'Overviews'" in list(messages.problems(root))
    assert "Visão" not in (root / PO).read_text()


def test_what_stays_keeps_its_translation(root: Path) -> None:
    messages.update(root)
    filled = (root / PO).read_text().replace('Overview"\nmsgstr ""', 'Overview"\nmsgstr "Visão"')
    (root / PO).write_text(filled)
    (root / "certification/greeting.py").write_text("_('Another')")

    messages.update(root)

    assert 'msgid "Overview"\nmsgstr "Visão"' in (root / PO).read_text()


def test_what_is_translated_is_read_by_gettext(root: Path) -> None:
    said = one_text(
        root,
        source='pgettext("verdict", "passed"); ngettext("a pair", "%(n)s pairs", n)',
        translated='msgctxt "verdict"\nmsgid "passed"\nmsgstr "aprovado"\n\n'
        'msgid "a pair"\nmsgid_plural "%(n)s pairs"\n'
        'msgstr[0] "um par"\nmsgstr[1] "%(n)s pares"\n',
    )

    assert said == []
    with (root / PO).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.pgettext("verdict", "passed") == "aprovado"
    assert compiled.ngettext("a pair", "%(n)s pairs", 3) == "%(n)s pares"


@pytest.mark.parametrize(
    ("source", "translated", "said"),
    [
        ("_('Hello')", "", ["missing: 'Hello'"]),
        ("_('Hello')", 'msgid "Hello"\nmsgstr ""\n', ["untranslated: 'Hello'"]),
        ("_('Hello')", '#, fuzzy\nmsgid "Hello"\nmsgstr "Olá"\n', ["fuzzy: 'Hello'"]),
        ("", 'msgid "Hello"\nmsgstr "Olá"\n', ["obsolete: 'Hello'"]),
        ("", '#~ msgid "Hello"\n#~ msgstr "Olá"\n', ["obsolete: 'Hello'"]),
        (
            "_('Hello %(name)s')",
            'msgid "Hello %(name)s"\nmsgstr "Olá %(nome)s"\n',
            ["has other places: 'Hello %(name)s'"],
        ),
        (
            "_('100%% of %(n)s')",
            'msgid "100%% of %(n)s"\nmsgstr "100% de %(n)s"\n',
            ["has other places: '100%% of %(n)s'"],
        ),
        (
            "ngettext('a pair', '%(n)s pairs', n)",
            'msgid "a pair"\nmsgid_plural "%(n)s pairs"\nmsgstr[0] "um par"\nmsgstr[1] ""\n',
            ["untranslated: 'a pair' / '%(n)s pairs'"],
        ),
        (
            "ngettext('a pair', '%(n)s pairs', n)",
            'msgid "a pair"\nmsgid_plural "couples"\nmsgstr[0] "um par"\nmsgstr[1] "casais"\n',
            ["has another plural: 'a pair' / '%(n)s pairs'"],
        ),
        (
            "pgettext('verdict', 'passed')",
            'msgid "passed"\nmsgstr "aprovado"\n',
            ["missing: 'passed' (context 'verdict')", "obsolete: 'passed'"],
        ),
    ],
)
def test_each_fault_is_named(root: Path, source: str, translated: str, said: list[str]) -> None:
    assert one_text(root, source=source, translated=translated) == said


def test_a_compiled_file_that_is_behind_or_not_there_is_a_fault(root: Path) -> None:
    assert one_text(root, source="_('a')", translated='msgid "a"\nmsgstr "b"\n') == []
    behind = [f"{PO.with_suffix('.mo')} is not that of its .po"]

    (root / PO).write_text(HEADER + 'msgid "a"\nmsgstr "c"\n')
    assert list(messages.problems(root)) == behind

    (root / PO).with_suffix(".mo").unlink()
    assert list(messages.problems(root)) == behind


def test_the_same_catalogue_always_compiles_to_the_same_bytes(root: Path) -> None:
    one_text(root, source="_('a')", translated='msgid "a"\nmsgstr "b"\n')
    once = (root / PO).with_suffix(".mo").read_bytes()
    (root / PO).with_suffix(".mo").unlink()

    messages.compile_all(root)

    assert (root / PO).with_suffix(".mo").read_bytes() == once


def test_the_command_names_the_faults_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(messages, "problems", lambda: iter(["missing: 'Hello'"]))

    assert messages.main(["check"]) == 1

    assert capsys.readouterr().err == "missing: 'Hello'\n"
