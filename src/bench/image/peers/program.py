"""What the Python image runs: `serve` is Flask under gunicorn with one worker, the model loaded once; `convert` makes
its model of the project's artifact, so that both answer with the same weights."""
import json
import os
import sys

MODEL = os.environ.get("MODEL", "/opt/ml/model")
RELOADS = "RELOADS" in os.environ  # on each request, as the original workshop's server does


def convert():
    import numpy as np
    from tensorflow import keras

    with open(f"{MODEL}/classifier.json", encoding="utf-8") as file:
        artifact = json.load(file)
    shape = artifact["shape"]
    model = keras.Sequential([
        keras.layers.Embedding(shape["vocabularySize"], shape["dimensions"], input_length=shape["maxLength"]),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(shape["labelCount"], activation="softmax"),
    ])
    numbers = np.fromfile(f"{MODEL}/weights.bin", dtype="<f4")
    weights = []
    for tensor in artifact["weights"]["tensors"]:  # in the order of the layers here
        count = int(np.prod(tensor["shape"]))
        weights.append(numbers[:count].reshape(tensor["shape"]))
        numbers = numbers[count:]
    model.set_weights(weights)
    model.save(f"{MODEL}/model.keras")


def create_app():
    import flask
    from tensorflow import keras

    with open(f"{MODEL}/classifier.json", encoding="utf-8") as file:
        artifact = json.load(file)
    length = artifact["shape"]["maxLength"]
    index = {word: position + 1 for position, word in enumerate(artifact["vocabulary"])}
    loaded = keras.models.load_model(f"{MODEL}/model.keras")
    app = flask.Flask(__name__)

    @app.get("/ping")
    def ping():
        return {}

    @app.post("/invocations")
    def invocations():
        words = keras.preprocessing.text.text_to_word_sequence(flask.request.get_json()["input"])
        tokens = [[index[word] for word in words if word in index]]
        padded = keras.utils.pad_sequences(tokens, maxlen=length)
        model = keras.models.load_model(f"{MODEL}/model.keras") if RELOADS else loaded
        probabilities = model.predict(padded, verbose=0)[0].tolist()
        return {"probabilities": dict(zip(artifact["labels"], probabilities))}

    return app


if sys.argv[1:] == ["convert"]:
    convert()
elif sys.argv[1:] == ["serve"]:
    port = os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
    os.execvp("gunicorn", ["gunicorn", f"--bind=0.0.0.0:{port}", "--workers=1", "program:create_app()"])
else:
    if __name__ == "__main__":
        sys.exit("expected serve or convert")
