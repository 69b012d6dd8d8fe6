"""The store's index: which array lies where, in SQLite.

Written ahead (WAL): readers and one writer at a time do not block each other, and a transaction is there
as a whole or not at all, whenever the process is killed.
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from io import FileIO
from pathlib import Path

from genrelens.datasets.checksums import Signature
from genrelens.feature_store.index_records import NewRecord, Piece, Record, read_record, written_pieces
from genrelens.feature_store.segments import SEGMENT_BYTES, SUFFIX, SegmentWriter, try_lock

__all__ = ["INDEX", "NewRecord", "Piece", "Record", "StoreIndex"]

INDEX = "index-v1.sqlite"
PATIENCE_S = 60.0
CHUNK = 500
NAME_PATTERN = "[0-9a-f]" * 32 + SUFFIX
"""Of segments, as SQLite matches it."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, end INTEGER NOT NULL, used REAL NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, audio TEXT NOT NULL, input TEXT NOT NULL,
    variant TEXT NOT NULL, segment INTEGER NOT NULL REFERENCES segments(id), start INTEGER NOT NULL,
    length INTEGER NOT NULL, crc INTEGER NOT NULL, pieces TEXT NOT NULL, rows INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS records_of_segment ON records(segment);
CREATE INDEX IF NOT EXISTS records_of_audio ON records(audio);
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER, audio TEXT);
CREATE TABLE IF NOT EXISTS collections (
    name TEXT NOT NULL, audio TEXT NOT NULL, PRIMARY KEY (name, audio)) WITHOUT ROWID;
"""


class StoreIndex:
    """The index of one folder. Use in a `with`; each process opens its own.

    Args:
        folder: made if it is not there.

    Raises:
        OSError, sqlite3.Error: the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._database = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._discard_damaged()
            self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(
            self.folder / INDEX, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        database.text_factory = _text  # a damaged text must not prevent reading the rest
        try:
            self._patiently(database, "PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            tables = database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
            if tables[0] < SCHEMA.count("CREATE TABLE"):
                with _transaction(database):
                    for statement in filter(str.strip, SCHEMA.split(";")):
                        database.execute(statement)
            self._drop_invalid_segments(database)
        except BaseException:
            database.close()
            raise
        return database

    @staticmethod
    def _drop_invalid_segments(database: sqlite3.Connection) -> None:
        """A damaged name must not lead to a file that is not the store's, to be read, written or removed."""
        invalid = "SELECT id FROM segments WHERE name NOT GLOB ?"
        if database.execute(invalid, (NAME_PATTERN,)).fetchone() is None:
            return
        with _transaction(database):
            database.execute(f"DELETE FROM records WHERE segment IN ({invalid})", (NAME_PATTERN,))
            database.execute("DELETE FROM segments WHERE name NOT GLOB ?", (NAME_PATTERN,))

    @staticmethod
    def _patiently(database: sqlite3.Connection, statement: str) -> None:
        """Changing the journal's mode ignores the time-out that other statements have."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                database.execute(statement)
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _discard_damaged(self) -> None:
        """A damaged index is replaced by an empty one; segments without an entry are removed later."""
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"{INDEX}{suffix}").unlink(missing_ok=True)

    def __enter__(self) -> StoreIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    # --- files ---

    def known_checksum(self, path: Path, signature: Signature) -> str | None:
        """The checksum of a file whose signature is still the one it had when it was read."""
        row = self._database.execute(
            "SELECT audio FROM files WHERE path = ? AND size = ? AND mtime_ns = ? AND ctime_ns = ? "
            "AND inode = ?",
            (os.fsencode(path), *_signed(signature)),
        ).fetchone()
        return None if row is None else str(row[0])

    def remember_files(
        self, files: Iterable[tuple[Path, Signature, str]], collections: Iterable[tuple[str, str]]
    ) -> None:
        """Stores checksums by signature, and which audio belongs to which collection."""
        with self._transaction():
            self._database.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
                [(os.fsencode(path), *_signed(signature), audio) for path, signature, audio in files],
            )
            self._database.executemany("INSERT OR IGNORE INTO collections VALUES (?, ?)", list(collections))

    # --- records ---

    def find(self, keys: Sequence[str]) -> dict[str, Record]:
        """The records of these keys that there are. Damaged entries are dropped, to be computed again."""
        found: dict[str, Record] = {}
        damaged: list[tuple[int]] = []
        for first in range(0, len(keys), CHUNK):
            chunk = keys[first : first + CHUNK]
            rows = self._database.execute(
                "SELECT r.id, r.key, s.name, r.start, r.length, r.crc, r.pieces FROM records r "
                f"JOIN segments s ON s.id = r.segment WHERE r.key IN ({', '.join('?' * len(chunk))})",
                chunk,
            )
            for row in rows:
                record = read_record(*row)
                if record is None:
                    damaged.append((row[0],))
                else:
                    found[record.key] = record
        if damaged:
            with self._transaction():
                self._database.executemany("DELETE FROM records WHERE id = ?", damaged)
        return found

    def add(self, segment: str, end: int, records: Sequence[NewRecord]) -> None:
        """Indexes records whose bytes are on disk. Of two writers of one key the first one counts."""
        with self._transaction():
            (number,) = self._database.execute(
                "SELECT id FROM segments WHERE name = ?", (segment,)
            ).fetchone()
            self._database.execute(
                "UPDATE segments SET end = ?, used = ? WHERE id = ?", (end, time.time(), number)
            )
            self._database.executemany(
                "INSERT OR IGNORE INTO records (key, audio, input, variant, segment, start, length, crc, "
                "pieces, rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        record.key,
                        record.audio,
                        record.input,
                        record.variant,
                        number,
                        record.start,
                        record.length,
                        record.crc,
                        written_pieces(record.pieces),
                        len(record.pieces),
                    )
                    for record in records
                ],
            )

    def drop(self, records: Iterable[Record]) -> None:
        """Forgets damaged records."""
        with self._transaction():
            self._database.executemany(
                "DELETE FROM records WHERE id = ?", [(record.id,) for record in records]
            )

    # --- segments ---

    def touch(self, segments: Iterable[str]) -> None:
        """Marks segments as used now."""
        with self._transaction():
            self._database.executemany(
                "UPDATE segments SET used = ? WHERE name = ?", [(time.time(), name) for name in segments]
            )

    def open_segment(self, limit: int = SEGMENT_BYTES) -> tuple[str, SegmentWriter]:
        """A segment to write to: one that no process writes and that has room, else a new one."""
        rows = self._database.execute(
            "SELECT name FROM segments WHERE end < ? ORDER BY id", (limit,)
        ).fetchall()
        for (name,) in rows:
            writer = self._writer_of(name)
            if writer is not None:
                return name, writer
        while True:
            name = uuid.uuid4().hex + SUFFIX
            with self._transaction():
                self._database.execute(
                    "INSERT INTO segments (name, end, used) VALUES (?, 0, ?)", (name, time.time())
                )
            writer = self._writer_of(name)
            if writer is not None:
                return name, writer

    def _writer_of(self, name: str) -> SegmentWriter | None:
        path = self.folder / name
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+")
        keep = False
        try:
            if not try_lock(file):
                return None
            row = self._database.execute("SELECT end FROM segments WHERE name = ?", (name,)).fetchone()
            if row is None or not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                if row is None:
                    path.unlink(missing_ok=True)
                return None
            writer = SegmentWriter(file, int(row[0]))
            keep = True
            return writer
        finally:
            if not keep:
                file.close()

    def total_bytes(self) -> int:
        """What the segments take on disk."""
        (total,) = self._database.execute("SELECT coalesce(sum(end), 0) FROM segments").fetchone()
        return int(total)

    def least_recently_used(self) -> list[tuple[str, int, float]]:
        """Segments as (name, bytes, time of last use), the longest unused first."""
        return self._database.execute("SELECT name, end, used FROM segments ORDER BY used, id").fetchall()

    def remove_segment(self, name: str, unused_since: float | None = None) -> int:
        """Removes a segment and its records, unless a process writes it.

        Args:
            name: which.
            unused_since: leave it if it was used after that time.

        Returns:
            bytes freed; 0 if it stays.
        """
        path = self.folder / name
        lock = None
        with suppress(FileNotFoundError):
            lock = FileIO(path, "r+")
        try:
            if lock is not None and not try_lock(lock):
                return 0
            with self._transaction():
                row = self._database.execute(
                    "SELECT id, end, used FROM segments WHERE name = ?", (name,)
                ).fetchone()
                if row is None or (unused_since is not None and row[2] > unused_since):
                    return 0
                self._database.execute("DELETE FROM records WHERE segment = ?", (row[0],))
                self._database.execute("DELETE FROM segments WHERE id = ?", (row[0],))
            with suppress(FileNotFoundError, PermissionError):
                path.unlink()
            return int(row[1])
        finally:
            if lock is not None:
                lock.close()

    def remove_strays(self) -> None:
        """Removes segment files that the index does not know and no process writes."""
        for path in self.folder.glob(f"*{SUFFIX}"):
            known = self._database.execute("SELECT 1 FROM segments WHERE name = ?", (path.name,)).fetchone()
            if known is None:
                with suppress(OSError), closing(FileIO(path, "r+")) as file:
                    if try_lock(file):
                        path.unlink()

    def forget_files(self) -> None:
        """Forgets checksums and collections of audio without records, and gives the space back."""
        with self._transaction():
            for table in ("files", "collections"):
                self._database.execute(f"DELETE FROM {table} WHERE audio NOT IN (SELECT audio FROM records)")
        with suppress(sqlite3.OperationalError):
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # --- what is there ---

    def by_input(self) -> list[tuple[str, int, int, int]]:
        """(input, recordings, rows, bytes) of each input, in the order of names."""
        return self._database.execute(
            "SELECT input, count(DISTINCT audio), sum(rows), sum(length) FROM records GROUP BY input "
            "ORDER BY input"
        ).fetchall()

    def by_collection(self) -> list[tuple[str, int, int, int]]:
        """(collection, recordings, rows, bytes) of each data set, in the order of names."""
        return self._database.execute(
            "SELECT c.name, count(DISTINCT r.audio), sum(r.rows), sum(r.length) FROM collections c "
            "JOIN records r ON r.audio = c.audio GROUP BY c.name ORDER BY c.name"
        ).fetchall()

    def totals(self) -> tuple[int, int, int]:
        """(recordings, rows, variants)."""
        row = self._database.execute(
            "SELECT count(DISTINCT audio), coalesce(sum(rows), 0), count(DISTINCT variant) FROM records"
        ).fetchone()
        return int(row[0]), int(row[1]), int(row[2])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _transaction(self._database):
            yield


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _signed(signature: Signature) -> tuple[int, ...]:
    """SQLite's integers have 64 bits and a sign; inode numbers may use all 64."""
    return tuple((value + 2**63) % 2**64 - 2**63 for value in signature)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
