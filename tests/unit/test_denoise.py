"""Diffusion transformers: tokens of a canvas, catalogued sizes against stated parameters, the host's waits."""

from __future__ import annotations

import pytest

from tauplan.catalog.lookup import Catalog
from tauplan.catalog.policy import Policy
from tauplan.cluster.issue import HostIssue
from tauplan.errors import InputError
from tauplan.evaluate.book import Book
from tauplan.evaluate.denoise import Canvas, Pipeline, denoise, resolve_denoiser
from tauplan.validate.devices import Devices

PICTURE = Canvas(1024, 1024, 1, 20, 1.0)


@pytest.fixture(scope="module")
def devices():
    return Devices(Catalog.load())


def made(devices, name, canvas, count=1, issue_s=0.0, passes=0.0):
    chip = devices.facts("H100", "bf16")
    tiers = tuple(tier.tier for tier in devices.network("H100"))
    model = resolve_denoiser(Book(devices.catalog, Policy()), name)
    return denoise(model, canvas, count, chip, tiers, Pipeline(HostIssue(issue_s), passes, 0.0))


def test_tokens_of_pictures_and_clips(devices):
    book = Book(devices.catalog, Policy())
    assert resolve_denoiser(book, "FLUX.1-dev").tokens(1024, 1024) == 64 * 64 + 512
    assert resolve_denoiser(book, "Wan-AI/Wan2.1-T2V-14B-Diffusers").tokens(832, 480, 81) == 52 * 30 * 21
    assert resolve_denoiser(book, "SANA 1.5 1.6B").tokens(1024, 1024) == 32 * 32


@pytest.mark.parametrize(
    "name", ["SANA 1.5 4.8B", "PixArt-Sigma XL", "Wan 2.1 T2V 1.3B", "Wan 2.1 T2V 14B", "CogVideoX 2B"]
)
def test_layers_hold_most_of_the_stated_parameters(devices, name):
    """Time embeddings, modulation and the projections of the prompt are not among the layers' products."""
    book = Book(devices.catalog, Policy())
    shape = resolve_denoiser(book, name).shape
    group = shape.groups[0]
    own = group.ffn.matrices * group.ffn.width * shape.hidden + 4 * shape.hidden**2
    share = group.count * own / float(book.number(name, "params_total"))
    assert 0.6 < share < 1.05


def test_every_token_sees_all_others_and_splitting_pays(devices):
    one = made(devices, "Wan 2.1 T2V 14B", Canvas(832, 480, 81, 1, 1.0))
    longer = made(devices, "Wan 2.1 T2V 14B", Canvas(832, 480, 161, 1, 1.0))
    split = made(devices, "Wan 2.1 T2V 14B", Canvas(832, 480, 81, 1, 1.0), count=8)
    assert longer.time > 2.4 * one.time  # attention grows with the square of the tokens
    assert one.time / 8 < split.time < one.time / 4


def test_what_waits_for_the_host_draws_less(devices):
    busy, waiting = (made(devices, "PixArt-Sigma XL", PICTURE, 8, issue_s) for issue_s in (0.0, 3e-4))
    assert waiting.time > 2 * busy.time
    assert waiting.energy_J / waiting.time < 0.7 * busy.energy_J / busy.time


def test_an_unknown_model_is_told(devices):
    with pytest.raises(InputError, match="unknown diffusion model"):
        resolve_denoiser(Book(devices.catalog, Policy()), "Llama-3.1-8B")
