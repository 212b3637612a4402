"""Published examples of other cost and carbon models: ours agrees when it is given their inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.validate.layouts import predict_file

CASES = Path(__file__).parents[1] / "fixtures" / "peer_models.csv"


@pytest.fixture(scope="module")
def found():
    return predict_file(CASES, Catalog.load())


def errors(found, peer):
    return [abs(p.error) for p in found if p.device == peer]


def test_every_figure_is_answered(found):
    assert len(found) > 80
    assert all(p.answered for p in found)


@pytest.mark.parametrize(("peer", "count"), [("Chiplet Actuary", 64), ("CATCH", 29)])
def test_cost_within_one_percent(found, peer, count):
    assert len(errors(found, peer)) == count
    printed = 0.005  # figures are printed to a cent, and one of them is 16 cents
    near = [abs(p.error) < 0.01 or abs(p.predicted - p.measured) < printed for p in found if p.device == peer]
    assert all(near)
    assert sorted(errors(found, peer))[-2] < 0.007


@pytest.mark.parametrize(("peer", "count"), [("ECO-CHIP", 11), ("ACT", 6)])
def test_carbon_within_two_percent(found, peer, count):
    assert len(errors(found, peer)) == count
    assert max(errors(found, peer)) < 0.02


def test_drives_within_fifteen_percent(found):
    assert len(errors(found, "MQSim")) == 10
    assert max(errors(found, "MQSim")) < 0.10


def test_temperatures_within_one_kelvin(found):
    heat = [p for p in found if p.device == "HotSpot"]
    assert len(heat) == 6
    assert max(abs(p.predicted - p.measured) for p in heat) < 1.0


def test_gross_dies_equal_the_search(found):
    assert errors(found, "exact offset search") == [0.0] * 4


def test_rows_of_other_subjects_and_bad_rows_say_why(tmp_path):
    path = tmp_path / "peers.csv"
    head = "peer,case,inputs,output,value,unit\n"
    rows = (
        "MQSim @1,reads,stock,latency,165 / 291,us\n"
        "Nobody,x,y,z,1,USD\n"
        "Chiplet Actuary,9nm die 100 mm2,stock,cost,5,USD\n"
        "Chiplet Actuary,7nm die 74 mm2,same,gross dies,779.31,dies\n"
        "ECO-CHIP,GA102,nothing,GPU,1,kg\n"
        "CATCH,combined_5nm layer,none,cost,,USD\n"
        "Chiplet Actuary,5nm SoC 800 mm2,XX,total,1,USD\n"
    )
    path.write_text(head + rows, encoding="utf-8")
    predictions = predict_file(path, Catalog.load())
    assert [p.case for p in predictions] == ["1", "1", "2", "3", "4", "5", "6", "7"]
    assert not any(p.answered for p in predictions)
    words = ("accesses", "accesses", "no such peer", "no wafer", "figures", "areas", "area", "package")
    for prediction, word in zip(predictions, words, strict=True):
        assert word in prediction.reason
