"""What the training benchmark's contestants in Python share: a task in, predictions and measures out. The workshop's own
side, contestant.ts, does the same step by step."""
import json
import re
import statistics
import sys
import time
from pathlib import Path

import numpy as np


def compete(prepare, version):
    """Runs the task that the first argument names. `prepare(titles, labels, task)` gives what is timed: a function that
    trains and returns a model, which has `answer(titles)`, a prediction for each, and `save(folder)`."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with open(task["rows"], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    held_out = set(task["heldOut"])
    training = [row for position, row in enumerate(rows) if position not in held_out]
    questions = [rows[position]["title"] for position in task["heldOut"]]
    train = prepare([row["title"] for row in training], [row["category"] for row in training], task)
    start = time.perf_counter()
    model = train()
    seconds = time.perf_counter() - start
    peak = peak_megabytes()
    with open(task["predictions"], "w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(prediction)}\n" for prediction in model.answer(questions))
    folder = Path(task["model"])
    folder.mkdir()
    model.save(folder)
    print(json.dumps({
        "seconds": seconds,
        "peakMegabytes": peak,
        "modelMegabytes": sum(path.stat().st_size for path in folder.iterdir()) / 1e6,
        "microseconds": latency(model, questions, task),
        "version": version,
    }))


def latency(model, titles, task):
    """The median of one-headline questions."""
    ask_for(model, titles, task["warmUp"])
    return statistics.median(ask_for(model, titles, task["questions"])) * 1e6


def ask_for(model, titles, limits):
    times = []
    end = time.perf_counter() + limits["seconds"]
    while len(times) < limits["count"] and time.perf_counter() < end:
        title = titles[len(times) % len(titles)]
        start = time.perf_counter()
        model.answer([title])
        times.append(time.perf_counter() - start)
    return times


def peak_megabytes():
    """Of this program alone: getrusage() also knows what the process was before it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024 / 1e6


def read_vectors(folder, most=None):
    """The workshop's word vectors: the position of each word, the most frequent first, and the table."""
    words = Path(folder, "words.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    table = np.fromfile(Path(folder, "vectors.f32"), dtype="<f4").reshape(len(words), -1)
    return {word: position for position, word in enumerate(words[:most])}, table[:most].copy()


def predictions(labels, probabilities):
    """Of a matrix with a column for each label."""
    return [
        {"result": labels[int(np.argmax(row))], "probabilities": dict(zip(labels, map(float, row)))}
        for row in probabilities
    ]
