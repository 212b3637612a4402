"""The command ``tauplan``: verbs load on use, so that help is there at once."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from tauplan import __version__
from tauplan.errors import TauplanError
from tauplan.language import LANGUAGES, choose, use

VERBS = {
    "evaluate": "When is the result ready, what does it cost, what holds it back.",
    "compare": "Scenarios side by side: ratios, and which level made the difference.",
    "link": "Links: one class, a photonic budget, copper against light in a system.",
    "explore": "Many designs: the best, the front, and what keeps the others out.",
    "explain": "One design of a study: the full answer, and the plans it was chosen from.",
    "query": "Ask tables of designs in SQL.",
    "validate": "Measured cases against predictions: errors by family and device.",
    "node": "What a process node gives: gates, wires, memory, energies.",
    "inspect": "Layers of a network (.onnx or by name), and which bind on a chip.",
    "memory": "What a memory channel sustains: bandwidth, latency, energy, what binds.",
    "die": "What a die costs: dies per wafer, yield, money, carbon, fab time.",
    "source": "What to order, from whom, when: the plan, its risk, what would help.",
    "market": "Market figures: list, show, plot, check, import, project.",
    "catalog": "Parts and claims: list, show, check.",
    "serve": "The planner in the browser.",
    "schema": "Write the JSON Schema of scenario files, for editors.",
}


class LazyGroup(click.Group):
    """Imports a verb's module only when the verb is run; help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of use."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, importing it; None if there is no such verb."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"tauplan.cli.{cmd_name}")
        return module.command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs and what they answer, without importing them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tauplan")
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    envvar="TAUPLAN_LANGUAGE",
    help="Language of answers and reports; default: that of the system, where it is one of these.",
)
@click.pass_context
def cli(context: click.Context, language: str | None) -> None:
    """Plan AI compute systems by time.

    When is the result of a workload ready, what does it cost in money and joules, which level of the stack
    holds it back, and which design does better?
    """
    context.with_resource(use(language or choose(*_of_system())))


def _of_system() -> tuple[str, ...]:
    """Return the language that the system is set to; the first variable that is set counts."""
    wishes = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return tuple(wish for wish in wishes if wish)[:1]


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; every error a person can act on is text on stderr and exit code 2."""
    try:
        return cli.main(args=arguments, prog_name="tauplan", standalone_mode=True)
    except TauplanError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
