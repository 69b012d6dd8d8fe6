"""Messages between a process and its workers: frames of bytes that hold pickled objects."""

from __future__ import annotations

import io
import pickle
import runpy
import sys
import types
from typing import Any, BinaryIO

_LENGTH = 8
_MAIN, _WORKERS_MAIN = "__main__", "__mp_main__"

Main = tuple[str, str] | None
"""How to import the program's main module: by `name` or by `path`."""


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Writes bytes with their length before them.

    Raises:
        OSError, ValueError: the other end is closed.
    """
    stream.write(len(content).to_bytes(_LENGTH, "big"))
    stream.write(content)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes:
    """Reads what `write_frame` wrote.

    Raises:
        EOFError: the other end is closed.

    Example:
        >>> stream = io.BytesIO()
        >>> write_frame(stream, b"song")
        >>> _ = stream.seek(0)
        >>> read_frame(stream)
        b'song'
    """
    length = int.from_bytes(_exactly(stream, _LENGTH), "big")
    return _exactly(stream, length)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    try:
        content = stream.read(size)
    except (OSError, ValueError) as error:
        raise EOFError from error
    if len(content) < size:
        raise EOFError
    return content


def dumps(thing: object) -> bytes:
    """An object as bytes."""
    return pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)


def loads(content: bytes, main: Main = None) -> Any:
    """The object from its bytes.

    Args:
        content: from `dumps`, by the process or a worker of it.
        main: in a worker, how to import the program's main module where the object needs it.
    """
    return _Unpickler(io.BytesIO(content), main).load()


class _Unpickler(pickle.Unpickler):
    """Finds objects defined in the program's main module, which a worker imports only when it must."""

    def __init__(self, file: BinaryIO, main: Main) -> None:
        super().__init__(file)
        self._main = main

    def find_class(self, module: str, name: str) -> Any:
        if module == _MAIN and self._main is not None:
            import_main(self._main)
        elif module == _WORKERS_MAIN and _WORKERS_MAIN not in sys.modules:
            module = _MAIN
        return super().find_class(module, name)


def main_of_this_program() -> Main:
    """How a worker can import this program's main module; None where it cannot."""
    main = sys.modules[_MAIN]
    name = getattr(getattr(main, "__spec__", None), "name", None)
    if name is not None:
        return "name", name
    path = getattr(main, "__file__", None)
    return None if path is None else ("path", path)


importing_main = False
"""True in a worker while it imports the program; workers started then would start workers without end."""


def import_main(main: Main) -> None:
    """Imports the program's main module, under a name at which `if __name__ == '__main__'` is false."""
    global importing_main
    if main is None or _WORKERS_MAIN in sys.modules:
        return
    how, what = main
    importing_main = True
    try:
        run = runpy.run_module if how == "name" else runpy.run_path
        content = run(what, run_name=_WORKERS_MAIN)
    finally:
        importing_main = False
    module = types.ModuleType(_WORKERS_MAIN)
    module.__dict__.update(content)
    sys.modules[_MAIN] = sys.modules[_WORKERS_MAIN] = module
