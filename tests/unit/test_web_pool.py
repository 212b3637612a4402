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
    with pytest.raises(InputError, match="too much memory"):
        answer_and_page(40, asked)


@pytest.mark.parametrize("memory_MiB", range(90, 241, 30))
def test_a_worker_that_runs_out_half_way_never_hangs(memory_MiB, asked):
    try:
        answer_and_page(memory_MiB, asked)
    except InputError as error:
        assert "too much memory" in str(error)  # not "too long"


def answer_and_page(memory_MiB, asked):
    """Ask a new worker for an answer, and for a page on which every shipped scenario is solved."""
    worker = Worker(memory_B=memory_MiB * 1024**2)
    examples = [base for base in shipped().of("scenario") if base.folder is None]
    about = {"view": "part", "language": "en", "arguments": {"part": "H100", "examples": examples}}
    try:
        return worker.ask("answer", asked, 60), worker.ask("page", about, 60)
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
