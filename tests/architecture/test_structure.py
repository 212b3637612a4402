"""The house rules that a machine can check: layers, file length, imports, docstrings, constants, words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tauplan"
FILES = sorted(SOURCE.rglob("*.py"))
MODEL_ROOMS = ("technology", "memory", "link", "workload", "chip", "cluster", "cost", "supply")
MAX_LINES = 400


def name(path):
    return path.relative_to(SOURCE).as_posix()


def room(path):
    return path.relative_to(SOURCE).parts[0]


def test_no_source_file_is_long():
    long = {name(path): count for path in FILES if (count := len(path.read_text().splitlines())) > MAX_LINES}
    assert not long


def test_rooms_import_only_rooms_below_them():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_package_and_its_command_start_light():
    script = (
        "import sys, tauplan, tauplan.cli.main\n"
        "heavy = {'numpy', 'scipy', 'pydantic', 'yaml', 'rich', 'vl_convert', 'altair'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_evaluating_needs_no_scientific_library_beyond_numpy():
    script = (
        "import sys, tauplan\nfrom pathlib import Path\n"
        f"tauplan.answer(tauplan.read_scenario(Path({str(ROOT / 'examples' / 'phone.yaml')!r})))\n"
        "print(sorted({'scipy', 'pandas', 'vl_convert', 'altair', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def public(tree):
    """Yield public definitions at module level and inside public classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (
                    child
                    for child in node.body
                    if isinstance(child, ast.FunctionDef) and not child.name.startswith("_")
                )


@pytest.mark.parametrize("path", FILES, ids=name)
def test_everything_public_is_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "module"
    bare = [node.name for node in public(tree) if not ast.get_docstring(node) and not is_overload(node)]
    assert not bare


def is_overload(node):
    return any(isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list)


UNIT = re.compile(
    r"\[[^\]]+\]|bytes|seconds|FLOP|accelerators|parameters|ranks|share|number|count|operators|ratio", re.I
)


@pytest.mark.parametrize("path", [p for p in FILES if room(p) in MODEL_ROOMS], ids=name)
def test_model_functions_state_their_units(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in public(tree)
        if isinstance(node, ast.FunctionDef)
        and "Number" in (ast.unparse(node.returns) if node.returns else "")
        and not UNIT.search(ast.get_docstring(node) or "")
    ]
    assert not silent


ALLOWED = {0, 1, 2, 3, 4, 0.5, 8}
CONSTANT_ROOMS = (*MODEL_ROOMS, "evaluate")
READERS = {  # their numbers bound what a file may say, or stand where a file leaves a key out
    "attention_families.py",
    "canonical.py",
    "config.py",
    "config_file.py",
    "families.py",
    "fields.py",
    "keys.py",
    "state_families.py",
    "tower.py",
}


def literals(path):
    """Yield line and value of numbers in code: not in docstrings, defaults of 0 or 1, or marked definitions."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
        ):
            here, above = lines[node.lineno - 1], lines[node.lineno - 2] if node.lineno > 1 else ""
            if "# definition:" not in here and "# definition:" not in above:
                yield node.lineno, node.value


@pytest.mark.parametrize(
    "path", [p for p in FILES if room(p) in CONSTANT_ROOMS and p.name not in READERS], ids=name
)
def test_numbers_about_the_world_live_in_the_catalogue(path):
    found = [f"line {line}: {value}" for line, value in literals(path) if value not in ALLOWED]
    assert not found


WORDS = (
    r"sub" + r"agents?",
    r"closing" + r" note",
    r"this" + r" session",
    r"(^|[^A-Za-z0-9_.])/(wo" + r"rk|ro" + r"ot|fa" + r"rm)/",
    r"py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.(org|com)|deb\.deb" + r"ian\.org",
    r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
)


def test_the_project_speaks_of_itself_alone():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    texts = [ROOT / file for file in listed if not file.endswith((".csv", ".svg", ".png"))]
    found = []
    for path in texts:
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.name}: {match.group(0)}" for word in WORDS for match in re.finditer(word, text)]
    assert not found
