"""Workers: their limits of time and memory, the cache of answers, the turnstile of a client."""

from __future__ import annotations

import gzip
import json

import pytest

from tauplan.errors import InputError
from tauplan.web.bases import shipped
from tauplan.web.cache import Cache
from tauplan.web.clients import TooManyError, Turnstile
from tauplan.web.pages import Asked
from tauplan.web.pool import BusyError, Here, Pool, Worker


@pytest.fixture(scope="module")
def asked():
    return {"asked": Asked(shipped().find("phone"))}


def test_a_worker_answers_is_ended_when_it_takes_too_long_and_starts_anew(asked):
    pool = Pool(1)
    try:
        assert json.loads(gzip.decompress(pool.submit("answer", asked, 60).result(60)))["status"] == "ok"
        with pytest.raises(InputError, match="too long"):
            pool.submit("answer", asked, 1e-4).result(60)
        assert pool.submit("answer", asked, 60).result(60) == Here().submit("answer", asked).result()
        wrong = {"asked": Asked(shipped().find("phone"), ("plan.tensr=2",))}
        with pytest.raises(InputError, match="tensor"):
            pool.submit("answer", wrong, 60).result(60)
    finally:
        pool.close()


def test_a_worker_without_memory_says_so(asked):
    worker = Worker(memory_B=40 * 1024**2)
    try:
        # a library of linear algebra that finds no room may hang: then the limit of time ends it
        with pytest.raises(InputError, match=r"too (much memory|long) "):
            for _ in range(3):
                worker.ask("answer", asked, 20)
                worker.ask("page", {"view": "part", "language": "en", "arguments": {"part": "H100", "examples": [
                    base for base in shipped().of("scenario") if base.folder is None
                ]}}, 20)  # fmt: skip
    finally:
        worker.end()


def test_a_full_line_takes_no_more(asked):
    pool = Pool(0, waiting=1)
    pool.submit("answer", asked)
    with pytest.raises(BusyError):
        pool.submit("answer", asked)


def test_the_cache_drops_what_was_asked_for_the_longest_ago():
    cache = Cache(1000)
    for number in range(10):
        cache.put(str(number), bytes(100))
    assert cache.get("0") is not None
    cache.put("new", bytes(100))
    assert cache.get("0") is not None
    assert cache.get("1") is None
    cache.put("large", bytes(200))
    assert cache.get("large") is None


def test_a_client_waits_for_few_answers_at_a_time():
    turnstile = Turnstile(at_once=2)
    with turnstile.passed("a"), turnstile.passed("a"), turnstile.passed("b"):
        assert refused(turnstile, "a")
        assert refused(turnstile, "b") is False
    assert refused(turnstile, "a") is False


def refused(turnstile, name):
    try:
        with turnstile.passed(name):
            return False
    except TooManyError:
        return True
