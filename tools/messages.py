"""Messages in other languages: says which are missing, and compiles the catalogues that the program reads.

Messages are the texts of ``_("…")`` in Python and ``t("…")`` in the front end. What models say is put into other
languages by catalogue entries with ``{fields}``; those are found by the tests that render every page.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tauplan"
LOCALES = SOURCE / "locale"
SCRIPT = re.compile(r'\bt\("((?:[^"\\]|\\.)*)"')


def messages() -> dict[str, str]:
    """Return every message with the file that it is in."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("_", "marked")
            )
            if called and isinstance(node.args[0], ast.Constant):
                found.setdefault(node.args[0].value, path.relative_to(ROOT).as_posix())
    for path in sorted(SOURCE.rglob("*.js")):
        for message in SCRIPT.findall(path.read_text(encoding="utf-8")):
            found.setdefault(message.replace('\\"', '"'), path.relative_to(ROOT).as_posix())
    return found


def read(path: Path) -> Catalog:
    """Return a catalogue."""
    with path.open("rb") as file:
        return read_po(file)


def main() -> int:
    """Add missing messages without a translation, compile, and return how many there are."""
    missing = 0
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/tauplan.po")):
        catalog = read(path)
        for message, place in messages().items():
            if message not in catalog or not catalog[message].string:
                catalog.add(message, "", locations=[(place, None)])
                print(f"{path.parents[1].name}: no translation of {message!r} ({place})")
                missing += 1
        with path.open("wb") as file:
            write_po(file, catalog, width=110, omit_header=False, sort_output=True)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
    return missing


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
