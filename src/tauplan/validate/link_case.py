"""A published figure of a link with its prediction, and where such figures come from."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.catalog.lookup import Catalog

STUDIES = {
    "mzm-2012": "Baehr-Jones et al., Optics Express 20 (2012), https://studylib.net/doc/18770267/",
    "soi-2015": "Sun et al., Nature 528 (2015), as reported in "
    "https://semiconductor-digest.com/cmos-photonic-integration-thermally-sensitive",
    "3d-80ch": "https://ar5iv.labs.arxiv.org/html/2310.01615",
    "upenn-32ch": "arXiv 2510.12163",
    "microdisk": "https://arxivlens.com/PaperView/Details/demonstration-and-non-volatile-trimming-of-a-highly-"
    "parallel-high-capacity-silicon-microdisk-transmitter-2819-26f0ff74",
    "laval-2016": "Dubé-Demers et al., Optica 3 (2016), https://studylib.net/doc/18748312/",
    "rwth-2017": "Moscoso-Mártir et al., Scientific Reports 7:13857 (2017), doi 10.1038/s41598-017-14347-3",
    "cwdm4-10km": "https://www.sino-telecom.com/100g-1310nm-10km-qsfp28-cwdm4",
    "400g-lr4": "https://fiberwdm.com/400g-qsfp-dd-lr4-10km-optical-transceiver_p221.html",
    "lpo-2025": "https://fliphtml5.com/mddwo/rsnb/DesignCon_2025_Compiled_Paper_Proceedings/234",
    "nvidia-cpo": "https://www.nvidia.com/en-us/data-center/networking/silicon-photonics/",
    "nvl72": "NVIDIA GTC 2024, quoted in arXiv 2510.15893",
    "hi-one": "Huawei Connect 2026, as reported; ChinaXiv 202605.00224",
    "cm384": "https://www.besthub.dev/articles/inside-huawei-atlas-900a3-superpod-cm384-supernode-wiring-scheme-"
    "a92f17277732",
    "c2c": "https://www.besthub.dev/articles/why-nvidia-s-nvlink-c2c-is-redefining-gpu-cpu-interconnects-"
    "f3c3b77f8d87",
    "grs": "https://research.nvidia.com/publication/2013-12_054-pjb-20-gbs-ground-referenced-single-ended-short-"
    "reach-serial-link-28-nm.md and https://docslib.org/doc/1455226/",
    "isr-sbd": "https://research.nvidia.com/publication/2023-04_0297-pjbit-504-gbswire-inverter-based-short-reach-"
    "simultaneous-bi-directional.md",
    "ucie": "https://dev.convergedigest.com/?p=104749 and https://www.nature.com/articles/s41928-024-01126-y",
    "xmas": "https://arxiv.org/html/2404.05119v1",
    "kerr": "https://www.nature.com/articles/s41566-023-01244-7",
    "phoenixsim": "constants of https://github.com/ShijiaYan/PhoenixSim, re-implemented independently",
    "moe-2025": "Bernadskiy et al., HotI 2025, https://arxiv.org/abs/2510.15893",
    "rail-only": "Wang et al., https://arxiv.org/html/2307.12169v5",
    "tpu-v4": "Jouppi et al., ISCA 2023, https://arxiv.org/abs/2304.01433",
    "tau-2026": "He, ChinaXiv 202605.00224 (2026)",
    "v-cache": "vendor figures of stacked caches, as collected in https://github.com/alexyudragonsword-collab/tau_demo",
}


@dataclass(frozen=True)
class LinkCase:
    """One published figure: ``reported`` and ``predicted`` in ``unit``, with the band of the prediction."""

    number: str
    what: str
    kind: str  # closed, energy, budget, implied, study or bound
    reported: float
    predicted: float
    unit: str
    study: str
    low: float
    high: float
    note: str = ""

    @property
    def error(self) -> float:
        """Predicted over reported, less one; for losses the difference in decibels."""
        return (
            self.predicted - self.reported if self.kind == "budget" else self.predicted / self.reported - 1.0
        )

    @property
    def inside(self) -> bool:
        """Whether the reported figure lies in the band of the prediction; above all of it, where it is a bound."""
        if self.kind == "bound":
            return self.high <= self.reported
        return self.low <= self.reported <= self.high

    @property
    def source(self) -> str:
        """Where the figure was published."""
        return STUDIES[self.study]


def case(
    number: str,
    what: str,
    kind: str,
    reported: float,
    predicted: float,
    unit: str,
    study: str,
    band: tuple[float, float] | None = None,
    note: str = "",
) -> LinkCase:
    """Return a case; without a band of its own, one of 10 % (closed), 15 % (study), 30 % (energy), 1 dB."""
    spread = {"closed": 0.1, "energy": 0.3, "study": 0.15}
    if band is None:
        by = spread.get(kind, 0.0)
        band = (
            (predicted - 1.0, predicted + 1.0)
            if kind == "budget"
            else (predicted * (1 - by), predicted * (1 + by))
        )
    return LinkCase(
        number, what, kind, reported, float(predicted), unit, study, float(band[0]), float(band[1]), note
    )


def number(catalog: Catalog, part: str, field: str) -> float:
    """Return a claim as a number in SI units."""
    value = catalog.require(part, field).value
    assert isinstance(value, float)
    return value
