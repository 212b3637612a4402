"""The language that answers are told in: messages of the program by gettext, sentences of the models by pattern.

Models speak English. What they say is put into another language where it is shown: a message of a catalogue whose
text holds ``{names}`` is a pattern, and a sentence that fits it is told in its translation, with the words it holds
told in turn. What no catalogue knows, such as the name of a part, stays as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources
from typing import cast

LANGUAGES = {"en": "English", "zh-CN": "简体中文", "zh-TW": "繁體中文"}
"""Languages by tag, each in its own name; English is what the source is written in."""

ENGLISH = "en"
_TRADITIONAL = ("tw", "hk", "mo", "hant")
JOINT = " · "
"""Stands between remarks that are told one by one."""

NUMBER = r"[-+−<>≈]?[\d.,]+(?:e[-+]?\d+)?"
"""What a field named ``n`` holds; others hold any words."""

LEAST_WORDS = 6
"""Letters of its own that a pattern has; shorter ones, such as "{low} to {high}", would fit too much."""

_FIELD = re.compile(r"\{(\w*)(?::[^}]*)?\}")

_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current() -> str:
    """Return the tag of the language in use."""
    return _current.get()


@contextmanager
def use(tag: str) -> Generator[None]:
    """Tell everything inside in a language; an unknown tag is English."""
    token = _current.set(tag if tag in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _current.reset(token)


def choose(*wishes: str) -> str:
    """Return the first language that is there, of tags in order of preference, such as "zh_TW.UTF-8" or "zh-Hant".

    >>> choose("fr", "zh_HK.UTF-8"), choose("zh"), choose("")
    ('zh-TW', 'zh-CN', 'en')
    """
    for wish in wishes:
        first, *rest = re.split(r"[-_.@;]", wish.strip().lower())
        if first == "zh":
            return "zh-TW" if any(part in _TRADITIONAL for part in rest) else "zh-CN"
        if first == ENGLISH:
            return ENGLISH
    return ENGLISH


def _(message: str) -> str:
    """Return a message of the program in the language in use."""
    return messages(current()).get(message, message)


def marked(message: str) -> str:
    """Return a message as it is: it is translated where it is shown, by :func:`told`."""
    return message


def told(text: str) -> str:
    """Return what a model says in the language in use; what no message or pattern knows stays as it is."""
    return text if current() == ENGLISH else _told(current(), text)


@functools.lru_cache(maxsize=4096)
def _told(tag: str, text: str) -> str:
    known = messages(tag).get(text)
    if known is not None:
        return known
    if JOINT in text:
        return JOINT.join(_told(tag, part) for part in text.split(JOINT))
    for pattern, translation in _patterns(tag):
        found = pattern.fullmatch(text)
        if found is not None:
            values = {name: _told(tag, value) for name, value in found.groupdict().items()}
            return _FIELD.sub(lambda field, values=values: values.get(field[1], field[0]), translation)
    return text


@functools.cache
def messages(tag: str) -> dict[str, str]:
    """Return every message of a language with its translation; none for English."""
    if tag == ENGLISH:
        return {}
    import gettext

    name = tag.replace("-", "_")
    place = resources.files("tauplan").joinpath("locale", name, "LC_MESSAGES", "tauplan.mo")
    with place.open("rb") as file:
        found = cast("dict[str, str]", vars(gettext.GNUTranslations(file))["_catalog"])
    return {message: text for message, text in found.items() if message and text}


@functools.cache
def _patterns(tag: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return messages with fields as patterns, those with most words of their own first."""
    made = [
        (len(own), _pattern(message), translation)
        for message, translation in messages(tag).items()
        if (fields := set(_FIELD.findall(message)))
        and len(own := _FIELD.sub("", message).strip()) >= (1 if fields == {"n"} else LEAST_WORDS)
    ]
    return tuple((pattern, text) for _, pattern, text in sorted(made, key=lambda entry: -entry[0]))


def _pattern(message: str) -> re.Pattern[str]:
    parts: list[str] = []
    place = 0
    for field in _FIELD.finditer(message):
        inner = NUMBER if field[1] == "n" else ".+?"
        seen = f"(?P={field[1]})" if f"(?P<{field[1]}>" in "".join(parts) else f"(?P<{field[1]}>{inner})"
        parts += [re.escape(message[place : field.start()]), seen]
        place = field.end()
    return re.compile("".join((*parts, re.escape(message[place:]))), re.DOTALL)
