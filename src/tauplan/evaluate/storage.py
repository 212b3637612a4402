"""From claims about drives and flash dies to what one accelerator reads and writes, and who owns the times."""

from __future__ import annotations

from dataclasses import dataclass

from tauplan.cluster.drives import Drives, OnDrives
from tauplan.errors import InputError, Problem
from tauplan.evaluate.book import Book
from tauplan.memory.nand import bit_density, die_capacity
from tauplan.memory.ssd import Drive, packet_share, read_bandwidth, write_bandwidth
from tauplan.spec.scenario import Scenario
from tauplan.spec.storage import Flash, Storage
from tauplan.tau import Number, Time
from tauplan.tau import arrays as np

CELL = "NAND cell, most makers"
TLC, QLC = "NAND die, TLC", "NAND die, QLC"
CLASS = "Solid-state drive"
BITS = 8.0  # definition: bits of a byte


@dataclass(frozen=True)
class StorageFacts:
    """Drives of the whole system resolved.

    ``drive_read_s``, ``drive_write_s``, ``link_s``: seconds per byte of one accelerator at its share of the drives
    and at its link to them [s/B]; ``capacity_B`` of all drives [B]; ``power_W`` per accelerator [W];
    ``price_USD`` of all [USD].
    """

    drive_read_s: Number
    drive_write_s: Number
    link_s: Number
    capacity_B: Number
    power_W: Number
    price_USD: Number

    @property
    def drives(self) -> Drives:
        """Plain seconds per byte: the slower of drives and link."""
        return Drives(np.maximum(self.drive_read_s, self.link_s), np.maximum(self.drive_write_s, self.link_s))

    def owned(self) -> Drives:
        """Return the same with owners: drives are memory, the way to them is a link."""
        link = Time.of("link", self.link_s)
        read, write = (Time.of("memory", each) for each in (self.drive_read_s, self.drive_write_s))
        return Drives(np.maximum(read, link), np.maximum(write, link))


def resolve_storage(book: Book, scenario: Scenario, server: str | None) -> StorageFacts | None:
    """Return the drives that a scenario names, or None.

    Errors: :class:`InputError` where drives are needed and none are named, or a drive lacks a rate.
    """
    storage = scenario.system.storage
    if storage is None:
        _refuse_streaming(scenario)
        return None
    sharing = 1.0 if server is None else book.number(server, "accelerators")
    read, write, capacity, power, price = _drive(book, storage)
    each = storage.drives / sharing
    link = book.catalog.resolve(storage.link, "link").name
    servers = np.ceil(scenario.system.count / sharing)
    return StorageFacts(
        drive_read_s=1.0 / (read * each),
        drive_write_s=1.0 / (write * each),
        link_s=1.0 / book.number(link, "bandwidth"),
        capacity_B=capacity * storage.drives * servers,
        power_W=power * each,
        price_USD=price * storage.drives * servers,
    )


def on_drives(scenario: Scenario) -> OnDrives:
    """Return the shares that a plan leaves on the drives."""
    own = scenario.plan.drives
    return OnDrives(own.weights, own.optimizer, own.cache, own.token_bytes)


def _refuse_streaming(scenario: Scenario) -> None:
    for name, share in scenario.plan.drives:
        if np.any(np.asarray(share) > 0):
            raise InputError(
                Problem(
                    "nothing to stream from",
                    path=f"plan.drives.{name}",
                    value=f"{float(np.max(share)):g}",
                    expected="system.storage, such as {drive: Samsung PM1743, drives: 8}",
                )
            )


def _drive(book: Book, storage: Storage) -> tuple[Number, ...]:
    """Return read and write rate [B/s], capacity [B], power [W] and price [USD] of one drive."""
    if (storage.drive is None) == (storage.flash is None):
        raise InputError(
            Problem(
                "which drive?",
                path="system.storage",
                value="both" if storage.drive else "neither",
                expected="drive, a catalogued one, or flash, a designed one",
            )
        )
    if storage.flash is not None:
        read, write, capacity = designed_drive(book, storage.flash)
        part = CLASS
    else:
        part = book.catalog.resolve(storage.drive or "", "storage").name
        capacity = book.number(part, "capacity", (CLASS, "capacity"))
        read, write = (
            given if given is not None else book.number(part, field)
            for given, field in (
                (storage.read_bandwidth, "read_bandwidth"),
                (storage.write_bandwidth, "write_bandwidth"),
            )
        )
    read = read if storage.read_bandwidth is None else storage.read_bandwidth
    write = write if storage.write_bandwidth is None else storage.write_bandwidth
    price = (
        book.number(part, "price")
        if book.has(part, "price")
        else capacity * book.number(CLASS, "price_per_byte")
    )
    return read, write, capacity, book.number(part, "power", (CLASS, "power")), price


def designed_drive(book: Book, flash: Flash) -> tuple[Number, Number, Number]:
    """Return read and write rate [B/s] and capacity [B] of a drive from its dies.

    The generation brings density, the class of cell its array times; a drive is limited by its dies, its channels
    or its host link.
    """
    wide = np.asarray(flash.cell_bits) > 3  # definition: TLC has three bits a cell

    def die(field: str) -> Number:
        return np.where(wide, book.number(QLC, field), book.number(TLC, field))

    density = bit_density(flash.layers, flash.cell_bits, book.number(CELL, "cell_area"))
    capacity = die_capacity(density, flash.die_area) / BITS * flash.channels * flash.dies
    drive = Drive(
        channels=flash.channels * 1.0,
        chips=flash.dies * 1.0,
        planes=die("planes"),
        page_B=die("page"),
        spare_B=die("page_spare"),
        read_s=die("read_time"),
        program_s=die("program_time"),
        channel_Bps=die("interface_rate"),
        host_Bps=book.number(CLASS, "host_rate"),
        cache_Bps=book.number(CLASS, "cache_rate"),
        host_share=packet_share(book.number(CLASS, "packet_payload"), book.number(CLASS, "packet_header")),
    )
    return read_bandwidth(drive), write_bandwidth(drive), capacity
