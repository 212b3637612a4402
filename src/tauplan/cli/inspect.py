"""``tauplan inspect``: layers of a network, and which of them bind on a chip."""

from __future__ import annotations

from dataclasses import asdict

import click

from tauplan.catalog.lookup import Catalog
from tauplan.cli.common import print_json, show
from tauplan.evaluate.inspection import inspect_layers
from tauplan.evaluate.network_source import network_of
from tauplan.report.net import net_view


@click.command("inspect", short_help="Layers of a network (.onnx or by name), and which bind on a chip.")
@click.argument("model")
@click.option("--batch", type=click.IntRange(1, 1_000_000), help="Samples in one batch: 1, or the file's.")
@click.option(
    "--size", type=click.IntRange(1, 100_000), help="Side of the image, or tokens, of a named network."
)
@click.option(
    "--set", "dims", multiple=True, metavar="DIM=VALUE", help="A symbolic dimension of an ONNX file."
)
@click.option("--on", "part", help="A catalogued accelerator or SoC.")
@click.option("--format", "number_format", help="Number format, such as fp16; default: the file's, or fp16.")
@click.option("--training", is_flag=True, help="A training step with momentum instead of inference.")
@click.option("--unfused", is_flag=True, help="A kernel of its own for all work per element.")
@click.option("--full", is_flag=True, help="All layers.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, in SI units.")
def command(
    model: str,
    batch: int | None,
    size: int | None,
    dims: tuple[str, ...],
    part: str | None,
    number_format: str | None,
    training: bool,
    unfused: bool,
    full: bool,
    as_json: bool,
) -> None:
    """Layers, parameters, multiply-adds, bytes and arithmetic intensity of MODEL: a file or a known name."""
    catalog = Catalog.load()
    net = network_of(model, catalog, batch, size, dims, training=training)
    chosen = number_format or net.number_format
    found = inspect_layers(net.name, net.layers, net.batch, chosen, catalog, part, not unfused, net.notes)
    if as_json:
        print_json(asdict(found))
    else:
        show(net_view(found, full))
