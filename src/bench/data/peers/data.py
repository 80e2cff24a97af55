"""The other side of the data benchmark: pandas reads and explores, scikit-learn's vectoriser tokenises."""
import csv
import json
import resource
import sys
import time

import pandas as pd
import sklearn
from sklearn.feature_extraction.text import CountVectorizer

COLUMNS = ["ID", "TITLE", "URL", "PUBLISHER", "CATEGORY", "STORY", "HOSTNAME", "TIMESTAMP"]


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def explore(frame):
    frame.groupby("CATEGORY").size()
    frame.groupby("PUBLISHER").size().sort_values(ascending=False)
    frame.groupby("STORY").size()
    days = frame["TIMESTAMP"] // 86_400_000
    frame.assign(DAY=days).groupby(["DAY", "CATEGORY"]).size()


def main(path):
    frame, parse = timed(
        lambda: pd.read_csv(path, sep="\t", names=COLUMNS, quoting=csv.QUOTE_NONE, keep_default_na=False)
    )
    _, exploring = timed(lambda: explore(frame))
    _, tokenise = timed(lambda: CountVectorizer(max_features=10_000).fit_transform(frame["TITLE"]))
    print(json.dumps({
        "rows": len(frame),
        "parse": parse,
        "explore": exploring,
        "tokenise": tokenise,
        "all": parse + exploring + tokenise,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "version": f"pandas {pd.__version__}, scikit-learn {sklearn.__version__}",
    }))


main(sys.argv[1])
