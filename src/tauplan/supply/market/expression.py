"""Small arithmetic over figures: names, numbers, + - * /, min, max and between, evaluated in intervals."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from tauplan.errors import did_you_mean
from tauplan.supply.market.interval import Interval

OPERATORS: dict[type, Callable[[Interval, Interval], Interval]] = {
    ast.Add: Interval.__add__,
    ast.Sub: Interval.__sub__,
    ast.Mult: Interval.__mul__,
    ast.Div: Interval.__truediv__,
}
FUNCTIONS: dict[str, Callable[[list[Interval]], Interval]] = {
    "min": lambda parts: Interval(min(p.low for p in parts), min(p.high for p in parts)),
    "max": lambda parts: Interval(max(p.low for p in parts), max(p.high for p in parts)),
    "between": lambda parts: Interval(min(p.low for p in parts), max(p.high for p in parts)),
}


def evaluate(text: str, values: Mapping[str, Interval]) -> Interval:
    """Return the interval of an expression. Errors: ``ValueError`` for a name or a construct that is not known."""
    return _value(_parsed(text).body, values)


def names(text: str) -> tuple[str, ...]:
    """Return the figures that an expression uses, in order, each once."""
    found = (node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name))
    return tuple(dict.fromkeys(name for name in found if name not in FUNCTIONS))


def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError:
        raise ValueError(f"not an expression: {text}") from None


def _value(node: ast.expr, values: Mapping[str, Interval]) -> Interval:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Interval(float(number), float(number))
        case ast.Name(id=name):
            if name not in values:
                raise ValueError(f"unknown figure {name}; {did_you_mean(name, values)}")
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, values)
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in FUNCTIONS and parts:
            return FUNCTIONS[name](list(_each(parts, values)))
        case _:
            raise ValueError(f"not allowed here: {ast.unparse(node)}")


def _each(parts: list[ast.expr], values: Mapping[str, Interval]) -> Iterator[Interval]:
    for part in parts:
        yield _value(part, values)


def with_numbers(text: str, shown: Mapping[str, str]) -> str:
    """Return an expression with its names replaced by what they stand for: the arithmetic as it was done."""

    class Replace(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.Name:
            return ast.Name(id=shown.get(node.id, node.id), ctx=node.ctx)

    return ast.unparse(Replace().visit(_parsed(text)))
