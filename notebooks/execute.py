"""Executes a notebook on its kernel and prints one JSON object a line as each cell ends.

Usage: execute.py NOTEBOOK OUTPUT. The kernel's working folder is the notebook's own. OUTPUT is written, whole or not
at all, even when a cell fails or ends the kernel; the exit code is then 1. Where it cannot be written, the last line
holds the system's error. Ends with the process that started it, and writes nothing then. What the lines mean to a
person is decided in src/jupyter/run.ts.
"""
import ctypes
import errno
import json
import os
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

PR_SET_PDEATHSIG = 1


def main(source: Path, target: Path) -> int:
    parent = os.getppid()
    # nbclient answers this signal by ending the kernel.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    notebook = nbformat.read(source, as_version=4)
    # Jupyter's server names the notebook to its kernel in the same way.
    os.environ["JPY_SESSION_NAME"] = str(source)
    try:
        exit_code = execute(notebook, source.parent)
        if os.getppid() == parent:
            write(notebook, target)
        return exit_code
    except OSError as error:
        if os.getppid() == parent:
            code = errno.errorcode.get(error.errno, "EIO")
            print(json.dumps({"code": code, "message": str(error), "path": str(error.filename or target)}))
        return 1


def execute(notebook, folder: Path) -> int:
    started = {}
    kernel = None

    def on_start(cell, cell_index):
        nonlocal kernel
        kernel = client.km.provisioner.process
        started[cell_index] = time.monotonic()

    def on_end(cell, cell_index, execute_reply):
        tell(cell_index, execute_reply["content"]["status"])

    def tell(cell_index, status, **more):
        seconds = time.monotonic() - started[cell_index]
        print(json.dumps({"cell": cell_index, "seconds": seconds, "status": status, **more}), flush=True)

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="tslab",
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=on_start,
        on_cell_executed=on_end,
    )
    try:
        client.execute()
        return 0
    except (CellExecutionError, KeyboardInterrupt):
        return 1
    except AssertionError:
        # A signal: nbclient has ended the kernel, and then misses it.
        return 1
    except RuntimeError:
        # The kernel is dead.
        if started:
            tell(max(started), "dead", exitCode=kernel.poll())
        return 1


def write(notebook, target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, unfinished)
        unfinished.replace(target)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
