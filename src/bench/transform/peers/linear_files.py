"""The transform benchmark's scikit-learn: the serving benchmark's linear model over files of JSON Lines, a process for each
file. `python linear_files.py MODEL INPUT OUTPUT` writes, for each file of the folder INPUT, its records with their
predictions into the folder OUTPUT, in order, a few thousand at a time."""
import json
import multiprocessing
import os
import pickle
import sys
from itertools import islice

BATCH = 5000


def load(model):
    global pipeline, labels
    with open(model, "rb") as file:
        pipeline = pickle.load(file)
    labels = pipeline.classes_.tolist()


def answer(names):
    source, target = names
    with open(source, encoding="utf-8") as records, open(target, "w", encoding="utf-8") as results:
        while batch := [json.loads(line) for line in islice(records, BATCH)]:
            shares = pipeline.predict_proba([record["input"] for record in batch])
            for record, row, best in zip(batch, shares.tolist(), shares.argmax(axis=1)):
                record["SageMakerOutput"] = {"result": labels[best], "probabilities": dict(zip(labels, row))}
                results.write(json.dumps(record, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    model, source, target = sys.argv[1:]
    parts = sorted(os.listdir(source))
    names = [(os.path.join(source, part), os.path.join(target, f"{part}.out")) for part in parts]
    with multiprocessing.Pool(len(parts), load, (model,)) as pool:
        for _ in pool.imap_unordered(answer, names):
            pass
