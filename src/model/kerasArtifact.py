"""Converts a model artifact to a Keras model, and a Keras model's weights to an artifact (docs/keras.md).

    python src/model/kerasArtifact.py to-keras MODEL_FOLDER model.keras
    python src/model/kerasArtifact.py from-keras model.keras MODEL_FOLDER

Run it as a program, or import load() and save(). Needs TensorFlow 2.15 or later with Keras 2.
"""
import hashlib
import json
import os
import sys

import numpy as np
from tensorflow import keras

layers = keras.layers


def load(folder):
    """Returns the artifact's network with its weights: tokens [rows, maxLength] to probabilities [rows, labels]."""
    artifact = describe(folder)
    model = build(artifact)
    numbers = np.fromfile(os.path.join(folder, "weights.bin"), dtype="<f4")
    ends = np.cumsum([int(np.prod(tensor["shape"])) for tensor in artifact["weights"]["tensors"]])
    parts = np.split(numbers, ends[:-1])
    model.set_weights([part.reshape(tensor["shape"]) for part, tensor in zip(parts, artifact["weights"]["tensors"])])
    return model


def save(model, folder):
    """Replaces the weights of an artifact of the same architecture and shape by the model's."""
    artifact, weights = describe(folder), model.get_weights()
    given = [list(weight.shape) for weight in weights]
    needed = [tensor["shape"] for tensor in artifact["weights"]["tensors"]]
    if given != needed:
        sys.exit(f"The weights do not fit {folder}: their shapes are {given} instead of {needed}.")
    content = b"".join(np.ascontiguousarray(weight, dtype="<f4").tobytes() for weight in weights)
    artifact["weights"]["sha256"] = hashlib.sha256(content).hexdigest()
    replace(os.path.join(folder, "weights.bin"), content)
    replace(os.path.join(folder, "classifier.json"), json.dumps(artifact, indent=1, ensure_ascii=False).encode())


def describe(folder):
    with open(os.path.join(folder, "classifier.json"), encoding="utf-8") as file:
        artifact = json.load(file)
    if artifact["architecture"] not in networks:
        sys.exit(f"{folder}: {artifact['architecture']} has no Keras counterpart; only {', '.join(networks)} have one.")
    return artifact


def replace(path, content):
    with open(f"{path}.unfinished", "wb") as file:
        file.write(content)
    os.replace(f"{path}.unfinished", path)


def build(artifact):
    """Returns the network with starting weights; its layers have the order of the artifact's tensors."""
    shape = artifact["shape"]
    tokens = keras.Input((shape["maxLength"],), dtype="int32")
    features = networks[artifact["architecture"]](tokens, shape)
    outputs = layers.Dense(shape["labelCount"], activation="softmax", name="output")(features)
    return keras.Model(tokens, outputs)


def vectors_of(tokens, shape, name="embedding", trainable=True):
    layer = layers.Embedding(shape["vocabularySize"], shape["dimensions"], name=name, trainable=trainable)
    return layer(tokens)


def mlp(tokens, shape):
    hidden = layers.Flatten()(vectors_of(tokens, shape, trainable=shape["vectors"] == "trained"))
    for number in (1, 2):
        hidden = layers.Dense(32, activation="relu", name=f"hidden_{number}")(hidden)
    return hidden


def lstm(tokens, shape):
    states = vectors_of(tokens, shape, trainable=shape["vectors"] == "trained")
    for number in (1, 2, 3):
        states = layers.LSTM(32, return_sequences=number < 3, name=f"lstm_{number}")(states)
    return states


def cnn(tokens, shape):
    """The vectors of padding are zero; `mask` keeps them zero in training."""
    words = vectors_of(tokens, shape)
    if shape["vectors"] == "pretrained":
        words = layers.Concatenate()([words, vectors_of(tokens, shape, "frozen_embedding", trainable=False)])
    mask = layers.Rescaling(1.0)(layers.Reshape((shape["maxLength"], 1))(tokens))
    words = layers.Multiply()([words, layers.ReLU(max_value=1.0)(mask)])
    short = max(0, 5 - shape["maxLength"])
    words = layers.ZeroPadding1D((short, 0))(words)
    widths = [layers.Conv1D(100, width, activation="relu", name=f"convolution_{width}")(words) for width in (3, 4, 5)]
    features = layers.Concatenate()([layers.GlobalMaxPooling1D()(width) for width in widths])
    return layers.Dropout(0.5)(features)


networks = {"mlp": mlp, "lstm": lstm, "cnn": cnn}


def main(words):
    if len(words) == 3 and words[0] == "to-keras":
        load(words[1]).save(words[2])
    elif len(words) == 3 and words[0] == "from-keras":
        save(keras.models.load_model(words[1]), words[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
