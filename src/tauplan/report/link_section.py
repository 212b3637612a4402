"""The links of an answer for a page: latency and energy by block, and where the light goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tauplan.evaluate.answer import LightBudget, LinkBlocks
from tauplan.language import _
from tauplan.report.elements import Charts, Html, element, paragraph, raw, table, text
from tauplan.report.link_charts import loss_chart, stack_chart
from tauplan.report.text import quantity, time


def links_section(links: Sequence[LinkBlocks], place: Charts, level: int) -> Html:
    """Return the links of an answer; nothing where the catalogue knows no blocks of them."""
    if not links:
        return raw()
    heading = element(f"h{level}", text("Links"), attributes='class="section"')
    return raw(heading, *(raw(*_link(link, place, level + 1)) for link in links))


def _link(link: LinkBlocks, place: Charts, level: int) -> Iterator[Html]:
    hop = f"{link.link}: latency of one hop over {quantity(link.length_m, 'm')}"
    latency = stack_chart(hop, link.latency_parts_s, "s")
    energy = stack_chart(f"{link.link}: energy per bit, both ends", link.energy_parts_J, "J/B")
    figures = [
        place.figure(latency, _table("time", {k: time(v) for k, v in link.latency_parts_s.items()}), level),
        place.figure(
            energy, _table("energy", {k: quantity(v, "J/B") for k, v in link.energy_parts_J.items()}), level
        ),
    ]
    yield raw('<div class="pair">\n', *figures, "</div>\n")
    if link.light is not None:
        yield _light(link.light, place, level)


def _light(light: LightBudget, place: Charts, level: int) -> Html:
    title = f"{light.platform}: where the light goes"
    chart = loss_chart(title, light.laser_dBm, light.sensitivity_dBm, light.losses_dB)
    data = _table("amount", {name: f"{loss:.2f} dB" for name, loss in light.losses_dB.items()})
    room = _("below its cap") if light.slack_dB >= 0 else _("above its cap: cannot be built")
    said = _(
        "Loss budget of {channels} wavelengths of {rate} Gb/s, the platform of the catalogue nearest in rate; "
        "light in the waveguide {slack} dB {room}."
    ).format(
        channels=f"{light.channels:g}",
        rate=f"{8 * light.rate_Bps / 1e9:g}",
        slack=f"{abs(light.slack_dB):.1f}",
        room=room,
    )
    return raw(place.figure(chart, data, level), paragraph(said, "note"))


def _table(what: str, rows: Mapping[str, str]) -> Html:
    return table(("block", what), list(rows.items()), "lr")
