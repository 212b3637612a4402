"""Workers: processes that answer, each with a limit on its time and memory; one that breaks a limit is replaced.

A task is the name of a function of :mod:`tauplan.web.tasks` and its arguments; it returns the bytes of an answer.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Protocol, cast

from tauplan.errors import InputError, Problem, TauplanError
from tauplan.web import limits

Arguments = Mapping[str, Any]


class BusyError(TauplanError):
    """More calls wait than are taken in."""


class Workers(Protocol):
    """Where tasks run."""

    def submit(self, task: str, arguments: Arguments, seconds: float = limits.ANSWER_S) -> Future[bytes]:
        """Return the future of a task's bytes."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...


class Here:
    """Runs a task at once in this process, without limits: for tests and for platforms without processes."""

    def submit(self, task: str, arguments: Arguments, seconds: float = limits.ANSWER_S) -> Future[bytes]:
        """Return a future that is done."""
        del seconds
        from tauplan.web.tasks import TASKS

        future: Future[bytes] = Future()
        try:
            future.set_result(TASKS[task](**arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing runs."""


@dataclass
class _Order:
    task: str
    arguments: Arguments
    seconds: float
    future: Future[bytes]


class Pool:
    """A number of worker processes; orders wait in one line, each worker takes the next."""

    def __init__(self, workers: int, memory_B: int = limits.MEMORY_B, waiting: int = limits.WAITING) -> None:
        self._orders: queue.Queue[_Order | None] = queue.Queue()
        self._memory_B = memory_B
        self._waiting = waiting
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, task: str, arguments: Arguments, seconds: float = limits.ANSWER_S) -> Future[bytes]:
        """Put a task in line. Errors: :class:`BusyError` when the line is full."""
        if self._orders.qsize() >= self._waiting:
            raise BusyError
        future: Future[bytes] = Future()
        self._orders.put(_Order(task, arguments, seconds, future))
        return future

    def close(self) -> None:
        """End the workers after the tasks they are at."""
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join(timeout=2.0)

    def _serve(self) -> None:
        """Give one worker order after order; this thread is the only one that talks to it."""
        worker = Worker(self._memory_B)
        worker.start()
        while (order := self._orders.get()) is not None:
            if not order.future.set_running_or_notify_cancel():
                continue
            try:
                order.future.set_result(worker.ask(order.task, order.arguments, order.seconds))
            except BaseException as error:
                order.future.set_exception(error)
        worker.end()


class Worker:
    """One process. Not for use by several threads at a time."""

    def __init__(self, memory_B: int) -> None:
        self._memory_B = memory_B
        self._process: Any = None
        self._line: Connection | None = None

    def ask(self, task: str, arguments: Arguments, seconds: float) -> bytes:
        """Return the bytes of a task. Errors: what it raises; :class:`InputError` when it breaks a limit."""
        line = self.start()
        try:
            line.send((task, dict(arguments)))
            if not line.poll(seconds):
                self.end()
                raise InputError(
                    Problem(
                        "it takes too long to answer here",
                        expected=f"at most {seconds:g} s",
                        hint="ask for less at once, or use the command line",
                    )
                )
            kind, value = line.recv()
        except (EOFError, OSError):
            self.end()
            raise InputError(too_much_memory()) from None
        if kind == "error":
            raise cast("BaseException", value)
        return cast("bytes", value)

    def end(self) -> None:
        """End the process, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._line is not None:
            self._line.close()
            self._line = None

    def start(self) -> Connection:
        """Start the process unless it runs; return the line to it."""
        if self._line is None or not self._process.is_alive():
            self.end()
            here, there = multiprocessing.Pipe()
            self._process = context().Process(target=_work, args=(there, self._memory_B), daemon=True)
            self._process.start()
            there.close()
            self._line = here
        return self._line


def context() -> Any:
    """Return how processes start: from a server that has the models loaded, where there is one."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tauplan.web.warm"])
    return made


def too_much_memory() -> Problem:
    """Return what is said of a task that broke its limit of memory."""
    return Problem(
        "it needs too much memory to answer here",
        expected=f"at most {limits.MEMORY_B // 1024**2:,} MiB",
        hint="ask for less at once, or use the command line",
    )


def _work(line: Connection, memory_B: int) -> None:
    """Answer orders until the line is closed: the whole life of a worker."""
    from tauplan.web.tasks import TASKS

    limit(memory_B)
    while True:
        try:
            task, arguments = line.recv()
        except EOFError:
            return
        try:
            line.send(("done", TASKS[task](**arguments)))
        except (MemoryError, ImportError):  # a library that finds no room is not imported
            line.send(("error", InputError(too_much_memory())))
        except Exception as error:
            with contextlib.suppress(Exception):
                line.send(("error", error))
                continue
            line.send(("error", RuntimeError(repr(error))))


def limit(memory_B: int) -> None:
    """Bound the memory of this process [bytes] where the system can, and let the server go first."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_B, memory_B))
    with contextlib.suppress(AttributeError, OSError):
        os.nice(1)
