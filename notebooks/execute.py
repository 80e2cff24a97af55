"""Executes a notebook on its kernel and prints one JSON object a line as each cell ends.

Usage: execute.py NOTEBOOK OUTPUT. The kernel's working folder is the notebook's own. OUTPUT is written even when
a cell fails; the exit code is then 1. What the lines mean to a person is decided in src/runNotebook.ts.
"""
import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main(source: Path, target: Path) -> int:
    notebook = nbformat.read(source, as_version=4)
    started = {}

    def on_start(cell, cell_index):
        started[cell_index] = time.monotonic()

    def on_end(cell, cell_index, execute_reply):
        seconds = time.monotonic() - started[cell_index]
        event = {"cell": cell_index, "seconds": seconds, "status": execute_reply["content"]["status"]}
        print(json.dumps(event), flush=True)

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="tslab",
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_start=on_start,
        on_cell_executed=on_end,
    )
    try:
        client.execute()
        return 0
    except (CellExecutionError, KeyboardInterrupt):
        return 1
    finally:
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
