"""Where a verb may write, told before the work begins, and how it writes: a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import click

from tauplan.errors import InputError, Problem


class Output(click.Path):
    """A file to be written, in a folder that is there."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. Errors: :class:`InputError` where no file can be written."""
        if not value:
            raise _refused("no name", "", "the name of a file")
        path = cast("Path", super().convert(value, param, ctx))
        if not path.parent.is_dir():
            raise _refused("no such folder", str(path), "a folder that is there")
        if not os.access(path.parent, os.W_OK):
            raise _refused("the folder is read-only", str(path), "a folder that can be written to")
        return path


class Verb(click.Command):
    """A command whose outputs are no file that it reads, nor one another."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Errors: :class:`InputError` where an output would replace another of its files."""
        paths = [(param, path) for param in self.params for path in _paths(ctx.params.get(param.name or ""))]
        for place, (param, path) in enumerate(paths):
            for other, at in paths[:place]:
                if Output in (type(param.type), type(other.type)) and _same(path, at):
                    raise _refused(
                        f"{_name(param)} and {_name(other)} are the same file",
                        str(path),
                        "a file of its own for each",
                    )
        return super().invoke(ctx)


class Verbs(click.Group):
    """A group of commands that write files."""

    command_class = Verb


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Errors: :class:`InputError` where it cannot be written."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a pipe or device as it stands.

    Errors: :class:`InputError` where it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _refused(error.strerror or "error", str(path), "") from None


def _refused(why: str, place: str, expected: str) -> InputError:
    hint = "" if expected else "check the folder"
    return InputError(Problem(f"cannot write the file: {why}", place=place, expected=expected, hint=hint))


def _paths(value: Any) -> list[Path]:
    values = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
    return [one for one in values if isinstance(one, Path)]


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.is_file() and one.samefile(other)  # a device may take several outputs
    return one.resolve() == other.resolve()


def _name(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
