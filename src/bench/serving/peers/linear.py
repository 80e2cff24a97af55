"""The serving benchmark's linear model: scikit-learn's TF-IDF of words and characters with logistic regression, behind
FastAPI. `python linear.py ROWS MODEL` trains it; uvicorn serves `linear:app` with the model that MODEL names."""
import os
import pickle
import sys


def train(rows, model):
    import json

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    with open(rows, encoding="utf-8") as file:
        titles, labels = zip(*map(json.loads, file))
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    pipeline = make_pipeline(features, LogisticRegression(max_iter=300))
    with open(model, "wb") as file:
        pickle.dump(pipeline.fit(titles, labels), file)


def create_app():
    from fastapi import FastAPI
    from pydantic import BaseModel

    with open(os.environ["MODEL"], "rb") as file:
        pipeline = pickle.load(file)
    labels = pipeline.classes_.tolist()
    app = FastAPI()

    class Invocation(BaseModel):
        input: str

    @app.get("/ping")
    async def ping():
        return {}

    @app.post("/invocations")
    async def invocations(invocation: Invocation):
        probabilities = pipeline.predict_proba([invocation.input])[0].tolist()
        result = labels[max(range(len(labels)), key=probabilities.__getitem__)]
        return {"result": result, "probabilities": dict(zip(labels, probabilities))}

    return app


if __name__ == "__main__":
    train(*sys.argv[1:])
elif "MODEL" in os.environ:
    app = create_app()
