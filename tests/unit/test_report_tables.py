"""What the terminal shows: complete, within its width, good without colour."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console
from tests.fixtures.answers import infeasible, serving, training

from tauplan.catalog.lookup import Catalog
from tauplan.evaluate.answer import Part
from tauplan.report.comparison import verdicts
from tauplan.report.hints import hints
from tauplan.report.parts import band_text, value_text
from tauplan.report.tables import answer_view, comparison_view, part_view, parts_view
from tauplan.tau import LEVELS

ANSWERS = {"training": training, "serving": serving, "infeasible": infeasible}


def shown(view, width=100, **settings):
    """Return what a console of a width prints."""
    out = io.StringIO()
    Console(width=width, file=out, highlight=False, **settings).print(view)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("full", [False, True])
def test_every_view_keeps_to_its_width(name, width, full):
    lines = shown(answer_view(ANSWERS[name](), full), width).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_the_compact_view_fits_a_tall_terminal():
    assert len(shown(answer_view(training())).splitlines()) <= 80
    assert len(shown(answer_view(serving())).splitlines()) <= 68
    assert len(shown(answer_view(infeasible())).splitlines()) <= 20


def test_the_headline_is_one_sentence():
    words = " ".join(shown(answer_view(training())).split())
    assert (
        "Ready in 16.7 weeks = 10 weeks supply + 6.66 weeks run for $12.4M, 2.71 TJ, 671 kW; bound by supply"
        in words
    )
    assert "Ready in 2.3 days for $2,140, 4.1 GJ, 20.6 kW; bound by memory" in shown(answer_view(serving()))


def test_the_ladder_rises():
    lines = [line for line in shown(answer_view(training())).splitlines() if "●" in line]
    assert len(lines) == len(training().ladder)
    places = [line.index("●") for line in lines]
    assert places == sorted(places)
    assert places[-1] - places[0] > 25


def test_the_compact_view_names_what_it_leaves_out():
    answer = training()
    compact, full = shown(answer_view(answer)), shown(answer_view(answer, full=True))
    assert "below 1.0 %: fold, switch" in compact
    assert "the longest of 12" in compact
    assert "5 smaller parts" in compact
    for level in LEVELS:
        assert level in compact
        assert level in full
    for row in answer.operators:
        assert row.name in full
    for part in answer.time_parts:
        assert part.label in full
    for claim in answer.claims:
        assert claim.source in full


def test_a_rival_says_what_it_would_change():
    words = " ".join(shown(answer_view(training())).split())
    assert "256 TOP/s used (press); rival 384 TOP/s (estimate): time to result × 0.62" in words
    assert "rival $9,000 (estimate): no change" in words
    full = " ".join(shown(answer_view(training(), full=True)).split())
    assert "256 TOP/s used (press, mydrivers.com); rival 384 TOP/s (estimate, eet-china.com)" in full


def test_the_answer_can_be_had_again():
    for answer in (training(), serving(), infeasible()):
        words = shown(answer_view(answer))
        assert answer.identity.command in words
        assert answer.identity.scenario_hash in words
        assert answer.identity.catalogue_hash in words
    assert "tauplan.answer(" in shown(answer_view(training(), full=True))


def test_an_infeasible_answer_says_why_and_what_could_help():
    words = shown(answer_view(infeasible()))
    assert "Infeasible: not enough memory on a device: 214 GB needed, 59.5 GB usable" in words
    assert "154 GB" in words
    assert "weights: more tensor or pipeline ways" in words
    assert "nan" not in words
    assert "Ready" not in words


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("the time per output token is over its limit", "workload.batch=max"),
        ("failures come faster than the job restarts", "reliability.mtbf"),
        ("the plan does not divide what it splits", "divides"),
        ("export-restricted", ""),
    ],
)
def test_hints_follow_the_reason(reason, word):
    ways = hints(replace(infeasible(), reason=reason))
    assert word in " ".join(ways)
    assert bool(ways) == bool(word)
    assert hints(training()) == []


def test_without_colour_there_are_no_escapes(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    words = shown(answer_view(training()), force_terminal=True)
    assert "\x1b[3" not in words
    assert "38;2" not in words


def test_with_colour_every_level_has_its_own():
    words = shown(answer_view(training()), force_terminal=True, color_system="truecolor")
    assert "38;2;90;114;224m" in words  # memory
    assert "38;2;146;149;154m" in words  # supply


def test_names_with_brackets_are_shown_as_they_are():
    answer = replace(training(), name="[bold]x[/bold]", cost_parts=(Part("[/red]", 1.0),))
    words = shown(answer_view(answer))
    assert "[bold]x[/bold]" in words
    assert "[/red]" in words
    assert "[bold]x[/bold]" in shown(comparison_view([answer, serving()]))


def test_an_empty_answer_is_no_trouble():
    bare = replace(
        training(),
        metrics=(),
        ladder=(),
        time_parts=(),
        energy_parts=(),
        cost_parts=(),
        memory_parts=(),
        memory_capacity_B=0.0,
        operators=(),
        headroom=(),
        supply_chain=(),
        claims=(),
        interval=None,
        warnings=(),
    )
    assert "Ready in 16.7 weeks" in shown(answer_view(bare))
    assert "Ready in 16.7 weeks" in shown(answer_view(bare, full=True))


def test_comparison_names_the_level_that_made_the_difference():
    base = training()
    faster = replace(
        base,
        name="From stock",
        supply_s=0.0,
        time_to_result_s=base.run_s,
        owned_s=base.owned_s | {"supply": 0.0},
    )
    words = " ".join(shown(comparison_view([base, faster, infeasible()])).split())
    assert (
        "From stock is ready 10 weeks sooner than Train a 70B model on 1,024 Kunlun 3 (× 0.4); the level that "
        "makes most of the difference is supply, −10 weeks"
    ) in words
    assert "no comparison, since it is infeasible" in words
    assert verdicts([base, replace(base, name="Twin")]) == [f"Twin is ready at the same time as {base.name}"]


@pytest.mark.parametrize("width", [80, 100])
def test_comparison_keeps_to_its_width(width):
    words = shown(comparison_view([training(), serving(), infeasible()]), width)
    assert max(map(cell_len, words.splitlines())) <= width
    assert "0.0197" in words


def test_comparison_with_an_infeasible_first():
    words = " ".join(shown(comparison_view([infeasible(), training()])).split())
    assert "no comparison, since Train a 405B model on 64 Kunlun 3 is infeasible" in words
    assert "nan" not in words


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_kind_of_part_lists(width):
    catalog = Catalog.load()
    for kind in catalog.kinds():
        words = shown(parts_view(catalog, kind), width)
        assert max(map(cell_len, words.splitlines())) <= width
        assert f"{len(catalog.parts(kind))} of kind {kind}" in words


def test_a_part_shows_every_claim_and_the_one_used():
    catalog = Catalog.load()
    part = catalog.resolve("kunlun 3")
    words = shown(part_view(catalog, part), 80)
    lines = words.splitlines()
    assert max(map(cell_len, lines)) <= 80
    rows = [line for line in lines if line.startswith(("→ ", "  ")) and not line.startswith("    ")]
    assert len(rows) == len(catalog.claims(part.name))
    rates = [line for line in rows if "peak_int8" in line]
    assert rates[0].startswith("→ peak_int8")
    assert "256 TOP/s" in rates[0]
    assert rates[1].startswith("  peak_int8")
    assert "256 … 512 TOP/s" in rates[1]


def test_every_part_of_the_catalogue_shows():
    catalog = Catalog.load()
    for part in catalog.parts():
        assert part.name in shown(part_view(catalog, part), 200)


def test_bands_say_their_unit_once():
    catalog = Catalog.load()
    claims = [c for c in catalog.all_claims() if c.low is not None and c.high is not None]
    assert claims
    for claim in claims:
        assert " … " in band_text(claim)
    years = [claim for claim in catalog.all_claims() if claim.field == "year"]
    assert all(len(value_text(claim)) == 4 for claim in years)
