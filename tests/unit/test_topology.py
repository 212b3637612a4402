"""Topologies: counts of the textbook, and collectives against a max-min fair flow simulator."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauplan.link import fabric_collectives as fc
from tauplan.link import flows, topology
from tauplan.tau import Time

BETA = 1 / 100e9
SIZE = 1e8


def test_a_fat_tree_of_three_levels_has_five_switches_per_radix_of_endpoints():
    tree = topology.fat_tree(65536.0, 64.0)
    assert tree.switches == 5 * 65536 / 64
    assert (tree.hops, tree.cables, tree.bisection) == (5.0, 3 * 65536, 1.0)


@pytest.mark.parametrize(("count", "levels"), [(64, 1), (65, 2), (2048, 2), (2049, 3)])
def test_levels_follow_the_radix(count, levels):
    assert topology.fat_tree(float(count), 64.0).hops == 2 * levels - 1


def test_oversubscription_saves_spines_and_halves_the_bisection():
    full, thin = topology.fat_tree(2048.0, 64.0), topology.fat_tree(2048.0, 64.0, 2.0)
    assert thin.switches < full.switches
    assert thin.bisection == 0.5


def test_trees_of_arrays_are_trees_side_by_side():
    counts = np.array([8.0, 500.0, 5000.0])
    batch = topology.fat_tree(counts, 64.0)
    alone = [topology.fat_tree(n, 64.0) for n in counts]
    assert batch.switches.tolist() == [float(t.switches) for t in alone]
    assert batch.trunks.tolist() == [float(t.trunks) for t in alone]


def test_the_torus_of_the_fourth_tpu():
    fabric = topology.circuit_torus((16.0, 16.0, 16.0), 4.0, 128.0)
    assert fabric.endpoints == 4096
    assert fabric.circuit_switches == 48
    assert fabric.cables - fabric.trunks / 2 == pytest.approx(3 * 4096)


def test_a_full_mesh_reaches_everyone_in_a_hop_and_a_dragonfly_in_four():
    mesh = topology.full_mesh((8.0, 8.0))
    assert (mesh.cables, mesh.hops) == (64 * 14 / 2, 2.0)
    fly = topology.dragonfly(16512.0, 31.0)
    assert fly.switches == 2064
    assert fly.hops == 4.0


@given(st.sampled_from([(8.0,), (4.0, 4.0), (4.0, 4.0, 4.0), (16.0, 8.0)]))
def test_a_mesh_has_more_bisection_than_a_torus(sides):
    assert topology.full_mesh(sides).bisection > topology.torus(sides).bisection


def test_availability_falls_with_size_and_rises_with_a_spare():
    small, large = (topology.fat_tree(n, 64.0) for n in (128.0, 4096.0))
    assert topology.availability(small, 1e-9, 1e-9, 3600.0) > topology.availability(large, 1e-9, 1e-9, 3600.0)
    bare, backed = (topology.with_backup(64.0, s, 1e-7, 3600.0) for s in (0.0, 1.0))
    assert bare < backed < 1.0


# --- against the flow simulator -----------------------------------------------------------------------


@pytest.mark.parametrize("sides", [(4,), (8,), (4, 4), (6, 4), (4, 4, 2)])
def test_all_to_all_on_a_torus_is_bound_by_its_longest_ring(sides):
    per_link = 1 / BETA / (2 * len(sides))
    ends = flows.finish(flows.torus_all_to_all(sides, SIZE), flows.torus_links(sides, per_link))
    fabric = topology.torus(tuple(float(s) for s in sides))
    formula = float(fc.congested_all_to_all(SIZE, fabric, BETA, 0.0))
    assert ends.max() == pytest.approx(formula, rel=0.02)


@pytest.mark.parametrize("over", [1.0, 2.0, 4.0])
def test_all_to_all_through_an_oversubscribed_tree(over):
    leaves, down = 4, 4
    ends_at = list(itertools.product(range(leaves), range(down)))
    moves = [
        flows.Flow(flows.tree_route(a, b), SIZE / len(ends_at)) for a, b in itertools.permutations(ends_at, 2)
    ]
    ends = flows.finish(moves, flows.tree_links(leaves, down, 1 / BETA, over))
    fabric = topology.fat_tree(16.0, down * (1 + 1 / over), over)  # four ports down
    assert fabric.leaf == pytest.approx(down)
    formula = float(fc.congested_all_to_all(SIZE, fabric, BETA, 0.0))
    assert ends.max() == pytest.approx(formula, rel=1e-6)


def test_all_to_all_on_a_full_mesh_uses_every_link_alike():
    nodes = [(i,) for i in range(6)]
    links = dict.fromkeys(itertools.permutations(nodes, 2), 1 / BETA / 5)
    ends = flows.finish([flows.Flow(((a, b),), SIZE / 6) for a, b in links], links)
    formula = fc.congested_all_to_all(SIZE, topology.full_mesh((6.0,)), BETA, 0.0)
    assert ends.max() == pytest.approx(float(formula), rel=1e-6)


def test_ring_steps_on_a_torus_do_not_meet():
    sides, per_link = (4, 4), 1 / BETA / 4
    links = flows.torus_links(sides, per_link)
    step = []  # both ways around both dimensions, a quarter of the buffer each
    for node in itertools.product(range(4), range(4)):
        for axis, sign in itertools.product((0, 1), (1, -1)):
            there = tuple((c + sign) % 4 if i == axis else c for i, c in enumerate(node))
            step.append(flows.Flow((((node), there),), SIZE / 4 / 4))
    one_step = flows.finish(step, links).max()
    ring = 2 * 3 * one_step  # scatter and gather along one dimension
    whole = float(fc.torus_all_reduce(SIZE, (4.0, 4.0), BETA, 0.0))
    nested = ring * (1 + 1 / 4)  # the second dimension works on a quarter
    assert nested == pytest.approx(whole, rel=1e-6)


@settings(max_examples=25)
@given(st.integers(2, 5), st.integers(1, 6), st.data())
def test_fair_rates_fill_a_link_of_every_flow_and_exceed_none(links, count, data):
    uses = np.array([[data.draw(st.booleans()) for _ in range(count)] for _ in range(links)], dtype=float)
    uses[0] = 1.0  # every flow crosses the first link
    capacity = np.array([data.draw(st.floats(1.0, 10.0)) for _ in range(links)])
    rates = flows.fair_rates(uses, capacity)
    load = uses @ rates
    assert (load <= capacity * (1 + 1e-9)).all()
    full = load >= capacity * (1 - 1e-9)
    assert all(uses[full, flow].any() for flow in range(count))


def test_collectives_of_fabrics_in_their_limits():
    tree = topology.fat_tree(512.0, 64.0)
    tall = float(fc.switched_all_reduce(1e9, tree, BETA, 1e-6))
    assert tall == pytest.approx(2 * 511 / 512 * 1e9 * BETA + 18e-6, rel=1e-6)
    assert float(fc.in_network_all_reduce(1e9, tree, BETA, 1e-6)) < 0.51 * tall
    small = float(fc.mesh_all_reduce(8.0, (8.0, 8.0), BETA, 1e-6))
    assert small == pytest.approx(4e-6, rel=1e-3)
    assert small < float(fc.torus_all_reduce(8.0, (8.0, 8.0), BETA, 1e-6))
    assert float(fc.message_time(tree, 100e-9, 200e-9)) == pytest.approx(3 * 200e-9 + 4 * 100e-9)


def test_collectives_of_fabrics_keep_the_owners_of_their_seconds():
    tree = topology.fat_tree(512.0, 64.0)
    byte_s, message_s = Time.of("link", BETA), Time.of("switch", 1e-6)
    for collective in (fc.switched_all_reduce, fc.in_network_all_reduce, fc.congested_all_to_all):
        owned = collective(SIZE, tree, byte_s, message_s)
        assert float(owned.seconds) == pytest.approx(float(collective(SIZE, tree, BETA, 1e-6)), rel=1e-12)
        assert 0 < float(owned.by_level()["switch"]) < float(owned.by_level()["link"])
