"""The serving benchmark's fastText: its Python module in process. `python fasttext_batches.py train ROWS MODEL`, or
`… predict TITLES MODEL SECONDS`, which predicts batches of 500 for so long and prints headlines a second, and the
labels of the first batch."""
import json
import sys
import time

import fasttext

BATCH = 500
PREFIX = "__label__"


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def train(rows, model):
    # fastText parts labels from words by spaces, and reads a text a line.
    with open(f"{rows}.txt", "w", encoding="utf-8") as file:
        for title, label in read(rows):
            file.write(f"{PREFIX}{label.replace(' ', '_')} {title.lower()}\n")
    fasttext.train_supervised(f"{rows}.txt", epoch=10, wordNgrams=2, seed=1, thread=1, verbose=0).save_model(model)


def predict(titles, model, seconds):
    model = fasttext.load_model(model)
    titles = [title.lower() for title in read(titles)]
    batches = [titles[at:at + BATCH] for at in range(0, len(titles) - BATCH + 1, BATCH)]
    first, _ = model.predict(batches[0], k=-1)
    start = time.perf_counter()
    done = 0
    while time.perf_counter() - start < float(seconds):
        labels, probabilities = model.predict(batches[done % len(batches)], k=-1)
        assert len(labels) == len(probabilities) == BATCH
        done += 1
    speed = done * BATCH / (time.perf_counter() - start)
    labels = [best[0].removeprefix(PREFIX).replace("_", " ") for best in first]
    print(json.dumps({"headlines a second": speed, "labels": labels}))


{"train": train, "predict": predict}[sys.argv[1]](*sys.argv[2:])
