# SPDX-License-Identifier: Apache-2.0
"""The journal of a sweep: what each block gave, on disk before the next one counts, so that a killed sweep goes on.

Beside the output `OUT` lie `.OUT.journal`, lines of a checksum and a JSON record, and with rows `.OUT.rows`, their
answers as binary numbers. A line is written at once and so outlives the process; it is forced onto the disk at least
every second and before the end. A torn last line is cut off, and so is a block whose rows are not those that its record
counted. A journal that has grown is replaced, whole, by one record.
"""

from __future__ import annotations

import base64
import json
import math
import os
import zlib
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from chipgauge.calc.digest import Counts, Extremes, Histogram
from chipgauge.calc.sweep import Block
from chipgauge.calc.sweep_summary import Sums
from chipgauge.reports.output import replacing
from chipgauge.specs.errors import ChipgaugeError

MOST_BYTES = 8_000_000
"""A journal is made one record again when it has grown by this much."""
SYNC = 1.0
"""Seconds after which what was written is forced onto the disk."""
PIECE = 1 << 20
"""Bytes of rows that are read at once to be checked."""


class Journal:
    """The journal of one sweep. `sums` is what it holds: the blocks from the first on, without a gap."""

    def __init__(self, out: Path, key: str, answers: int, *, rows: bool, restart: bool = False) -> None:
        self.path = out.parent / f".{out.name[:200]}.journal"
        self.rows_path = out.parent / f".{out.name[:200]}.rows" if rows else None
        self.part = out.parent / f".{out.name[:200]}.part"
        self.key, self.answers = key, answers
        self.sums, self.crc = Sums(answers), 0
        if restart:
            self.remove()
        self._file = self._opened(self.path)
        try:
            self._rows = self._opened(self.rows_path) if self.rows_path else None
            self._lock()
            self._load()
        except BaseException:
            self._file.close()
            raise
        self._synced = monotonic()

    def _opened(self, path: Path) -> Any:
        try:
            return open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        except OSError as error:
            raise ChipgaugeError(f"no file can be written in {path.parent}: {error.strerror}") from None

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: two sweeps into one file are the user's to avoid
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ChipgaugeError(f"another sweep writes {self.path.name[1:-8]} at this moment; wait for it") from None

    def _load(self) -> None:
        size = self._rows.seek(0, os.SEEK_END) if self._rows else math.inf
        good = 0
        for number, line in enumerate(self._file.read().splitlines(keepends=True)):
            record = _record(line)
            if record is None:
                break
            if number == 0:
                if record.get("key") != self.key:
                    raise ChipgaugeError(
                        f"{self.path} belongs to another sweep, or to other tables; finish that one, or add --restart"
                    )
            else:
                if record["first"] != self.sums.blocks or self._bytes(self.sums.rows + record["rows"]) > size:
                    break
                crc = self._read_crc(record["rows"])
                if crc != record.get("crc"):
                    break
                _added(record, self.sums)
                self.crc = crc
            good += len(line)
        self._file.truncate(good)
        self._file.seek(good)
        if not good:
            self._write({"key": self.key})
        if self._rows:
            self._rows.truncate(self._bytes(self.sums.rows))
            self._rows.seek(0, os.SEEK_END)

    def _bytes(self, rows: int) -> int:
        return rows * self.answers * 8

    def _read_crc(self, rows: int) -> int:
        """Return the checksum of all rows up to so many more than are known to be right."""
        crc, left = self.crc, self._bytes(rows)
        if self._rows:
            self._rows.seek(self._bytes(self.sums.rows))
            while left and (piece := self._rows.read(min(left, PIECE))):
                crc, left = zlib.crc32(piece, crc), left - len(piece)
        return crc

    def _write(self, record: dict[str, Any]) -> None:
        self._whole(self._file, _line(record))

    def _whole(self, file: Any, raw: Any) -> None:
        """Write all of some bytes: a disk that is full takes a part of them first, and refuses the rest."""
        left = memoryview(raw)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            raise self.refused(error) from None

    def refused(self, error: OSError) -> ChipgaugeError:
        """Return the error of a disk that takes no more: what it is, and that nothing is lost."""
        kept = "what was computed is kept: " if self.sums.rows else ""
        return ChipgaugeError(
            f"{self.path}: {error.strerror or error}; {kept}make room there, and the same command goes on"
        )

    def add(self, block: Block) -> None:
        """Take in the next block: first its rows, then its record."""
        crc = self.crc
        if self._rows:
            raw = memoryview(block.values).cast("B")
            self._rows.seek(self._bytes(self.sums.rows))
            self._whole(self._rows, raw)
            crc = zlib.crc32(raw, crc)
        self._write(_made(self.sums.blocks, 1, block.rows, block.cases, block.histograms, crc))
        self.sums.take(block)
        self.crc = crc
        if monotonic() - self._synced > SYNC:
            self.sync()
            if self._file.tell() > MOST_BYTES:
                self._compact()

    def sync(self) -> None:
        """Force what was written onto the disk."""
        for file in (self._rows, self._file):
            if file:
                try:
                    os.fsync(file.fileno())
                except OSError as error:
                    raise self.refused(error) from None
        self._synced = monotonic()

    def _compact(self) -> None:
        sums = self.sums
        record = _made(0, sums.blocks, sums.rows, sums.cases, sums.histograms, self.crc)
        try:
            with replacing(self.path, self.part) as file:
                file.write(_line({"key": self.key}) + _line(record))
        except OSError as error:
            raise self.refused(error) from None
        self._file.close()
        self._file = self._opened(self.path)
        self._lock()
        self._file.seek(0, os.SEEK_END)

    def values(self, first: int, rows: int) -> Any:
        """Return the answers of some rows, as [rows, answers]."""
        import numpy

        assert self._rows is not None
        found: Any = numpy.empty((rows, self.answers))
        left = memoryview(found).cast("B")
        self._rows.seek(self._bytes(first))
        while left:
            count = self._rows.readinto(left)
            if not count:
                raise ChipgaugeError(f"{self.rows_path} was cut off by someone else; begin anew with --restart")
            left = left[count:]
        return found

    def close(self) -> None:
        """Force everything onto the disk and close; the journal stays if it holds something."""
        if not self._file.closed:
            with suppress(ChipgaugeError):  # a full disk was told of already
                self.sync()
        for file in (self._rows, self._file):
            if file:
                file.close()
        if not self.sums.blocks:
            self.remove()

    def remove(self) -> None:
        """Remove the journal: its sweep is finished, or is begun anew."""
        for path in (self.path, self.rows_path, self.part):
            if path:
                path.unlink(missing_ok=True)


def _line(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _record(line: bytes) -> dict[str, Any] | None:
    """Return the record of a whole line, nothing for a torn one."""
    head, _, text = line[:-1].partition(b" ")
    if not line.endswith(b"\n") or head != b"%08x" % zlib.crc32(text):
        return None
    found: dict[str, Any] = json.loads(text)
    return found


def _made(
    first: int, blocks: int, rows: int, cases: dict[int, list[Extremes]], histograms: list[Histogram], crc: int
) -> Any:
    return {
        "first": first, "blocks": blocks, "rows": rows, "crc": crc,
        "cases": [[case, *found] for case, found in cases.items()],
        "histograms": [[_packed(one.below), one.zeros, _packed(one.above)] for one in histograms],
    }  # fmt: skip


def _added(record: dict[str, Any], sums: Sums) -> None:
    cases = {int(case): [Extremes(*one) for one in found] for case, *found in record["cases"]}
    histograms = [Histogram(_unpacked(below), zeros, _unpacked(above)) for below, zeros, above in record["histograms"]]
    sums.add(record["blocks"], record["rows"], cases, histograms)


def _packed(counts: Counts) -> Any:
    if counts.counts is None:
        return None
    return [counts.first, base64.b64encode(zlib.compress(counts.counts.astype("<i8").tobytes(), 1)).decode()]


def _unpacked(packed: Any) -> Counts:
    import numpy

    if packed is None:
        return Counts()
    return Counts(packed[0], numpy.frombuffer(zlib.decompress(base64.b64decode(packed[1])), dtype="<i8").astype("i8"))


__all__ = ["Journal"]
