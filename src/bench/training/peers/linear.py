"""The training benchmark's scikit-learn: TF-IDF of words and characters in a linear SVM; with `vectors` as second
argument, the mean of the title's word vectors, of length 1, beside them. Settings are the best on inner splits of the
folds' training rows."""
import pickle
import re
import sys

import numpy as np
import sklearn
from contest import compete, read_vectors
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

# Cut to the most frequent words, which costs no accuracy and makes the model smaller.
MOST_WORDS = 50_000


class MeanVector(TransformerMixin, BaseEstimator):
    def __init__(self, position, table):
        self.position, self.table = position, table

    def fit(self, titles, labels=None):
        return self

    def transform(self, titles):
        means = np.zeros((len(titles), self.table.shape[1]), dtype=np.float32)
        for row, title in enumerate(titles):
            known = [self.position[word] for word in re.findall(r"\w+", title.lower()) if word in self.position]
            if known:
                means[row] = self.table[known].mean(axis=0)
        return csr_matrix(normalize(means))


class Linear:
    def __init__(self, pipeline):
        self.pipeline = pipeline

    def answer(self, titles):
        return [{"result": label} for label in self.pipeline.predict(titles).tolist()]

    def save(self, folder):
        with open(folder / "pipeline.pickle", "wb") as file:
            pickle.dump(self.pipeline, file)


def prepare(titles, labels, task):
    vectors = read_vectors(task["vectors"], MOST_WORDS) if "vectors" in sys.argv[2:] else None

    def train():
        features = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True),
            *([MeanVector(*vectors)] if vectors else []),
        )
        svm = LinearSVC(C=0.25 if vectors else 1, random_state=task["seed"])
        return Linear(make_pipeline(features, svm).fit(titles, labels))

    return train


compete(prepare, f"scikit-learn {sklearn.__version__}")
