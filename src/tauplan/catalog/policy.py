"""How one claim is chosen among several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tauplan.catalog.claims import Choice, Claim


@dataclass(frozen=True)
class Policy:
    """Pinned source first, then the best grade, then the newest date, then the order of the file.

    ``pins`` maps (part, field) to the name of a source.
    """

    pins: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def choose(self, claims: Sequence[Claim], ranks: Mapping[str, int]) -> Choice | None:
        """Return the choice among claims of one part and field; None if there is none.

        ``ranks`` orders grades, lowest rank first. Rivals are the other claims with a different value.
        """
        if not claims:
            return None
        pinned = self.pins.get((claims[0].part, claims[0].field))
        by_date = sorted(claims, key=lambda claim: claim.date, reverse=True)
        best = min(by_date, key=lambda claim: (claim.source != pinned, ranks.get(claim.grade, len(ranks))))
        rivals = tuple(c for c in claims if c is not best and c.value != best.value)
        return Choice(best, rivals)


DEFAULT = Policy()
