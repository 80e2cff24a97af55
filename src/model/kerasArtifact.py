"""Converts the network of a model artifact to a Keras model, and a Keras model to an artifact (docs/keras.md).

    python src/model/kerasArtifact.py to-keras MODEL_FOLDER model.keras
    python src/model/kerasArtifact.py from-keras model.keras MODEL_FOLDER

Run it as a program, or import load() and save(). Needs TensorFlow 2.15 with its Keras 2.
"""
import hashlib
import json
import os
import sys

import numpy as np
from tensorflow import keras

# The same settings mean the same in Keras and in tf.layers.
LAYERS = {
    *("InputLayer", "Embedding", "Flatten", "Reshape", "Permute", "RepeatVector", "Dense", "Dropout"),
    *("SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Activation", "ReLU", "LeakyReLU"),
    *("ELU", "PReLU", "Softmax", "BatchNormalization", "LayerNormalization", "Conv1D"),
    *("MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D", "GlobalAveragePooling1D"),
    *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"),
    *("SimpleRNN", "GRU", "LSTM", "Bidirectional", "TimeDistributed"),
}

# Settings that tf.layers ignores or lacks: the layer, or None for any, with the values that it can have here.
SAME = [
    (None, "data_format", ("channels_last",)),
    ("Embedding", "mask_zero", (False,)),
    ("ReLU", "negative_slope", (0,)),
    ("ReLU", "threshold", (0,)),
    ("ELU", "alpha", (1,)),
    ("Softmax", "axis", (-1,)),
    ("Conv1D", "padding", ("valid", "same")),
    ("Conv1D", "groups", (1,)),
    ("GRU", "reset_after", (False,)),
    ("Bidirectional", "backward_layer", ()),
]
ACTIVATIONS = {
    *("linear", "relu", "relu6", "elu", "selu", "gelu", "softmax", "softplus", "softsign"),
    *("sigmoid", "hard_sigmoid", "tanh", "swish"),
}


def load(folder):
    """Returns the artifact's network with its weights: tokens [rows, maxLength] to probabilities or logits [rows, labels]."""
    artifact = describe(folder)
    topology = artifact["topology"]
    check_layers(layers_of(topology), folder)
    kind = keras.Sequential if topology["class_name"] == "Sequential" else keras.Model
    model = kind.from_config(topology["config"])
    tensors = artifact["weights"]["tensors"]
    numbers = np.fromfile(os.path.join(folder, "weights.bin"), dtype="<f4")
    ends = np.cumsum([int(np.prod(tensor["shape"])) for tensor in tensors])
    values = {}
    for tensor, part in zip(tensors, np.split(numbers, ends[:-1])):
        values.setdefault(tensor["name"].split("/")[0], []).append(part.reshape(tensor["shape"]))
    for layer in model.layers:
        layer.set_weights(values.get(layer.name, []))
    return model


def save(model, folder):
    """Replaces the network of an artifact by the model, and keeps its labels and its vocabulary."""
    artifact = describe(folder)
    if model.to_json() != load(folder).to_json():
        artifact["topology"] = to_topology(model, artifact["shape"])
        artifact["architecture"] = "own"
        # It was a property of the other network.
        artifact.pop("padding", None)
    named = [(name, value) for layer in model.layers for name, value in weights_of(layer)]
    content = b"".join(np.ascontiguousarray(value, dtype="<f4").tobytes() for _, value in named)
    artifact["weights"] = {
        "tensors": [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in named],
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    replace(os.path.join(folder, "weights.bin"), content)
    replace(os.path.join(folder, "classifier.json"), json.dumps(artifact, indent=1, ensure_ascii=False).encode())


def describe(folder):
    with open(os.path.join(folder, "classifier.json"), encoding="utf-8") as file:
        artifact = json.load(file)
    if "topology" not in artifact:
        sys.exit(f"{folder}: {artifact['architecture']} has no Keras layers, or the artifact is from an earlier version: see docs/keras.md.")
    return artifact


def to_topology(model, shape):
    """Returns the model's layers as JSON that tf.layers reads. Ends the program if the artifact cannot hold the model."""
    expected = (None, shape["maxLength"]), (None, shape["labelCount"])
    if model.input_shape not in (expected[0], (None, None)) or model.output_shape != expected[1]:
        sys.exit(f"The model takes {model.input_shape} and gives {model.output_shape} instead of {expected}.")
    description = json.loads(model.to_json())
    layers = layers_of(description)
    check_layers(layers, "The model")
    for layer in layers:
        config = layer["config"]
        if layer["class_name"] == "Embedding" and config["input_dim"] != shape["vocabularySize"]:
            sys.exit(f"{config['name']} has {config['input_dim']} words; the artifact has {shape['vocabularySize']}.")
        if isinstance(config.get("axis"), list) and len(config["axis"]) == 1:
            config["axis"] = config["axis"][0]
        check_settings(layer["class_name"], config)
        if len(layer.get("inbound_nodes", [])) > 1:
            sys.exit(f"{config['name']} is used more than once, which an artifact cannot hold.")
    return without(description, ("module", "registered_name", "build_config", "compile_config"))


def layers_of(topology):
    """Returns the layers of a model's JSON, and those within layers."""
    layers = topology["config"]["layers"]
    return layers + [layer["config"]["layer"] for layer in layers if "layer" in layer["config"]]


def check_layers(layers, owner):
    unknown = sorted({layer["class_name"] for layer in layers} - LAYERS)
    if unknown:
        sys.exit(f"{owner} has layers that are not converted: {', '.join(unknown)}. docs/keras.md lists those that are.")


def check_settings(kind, config):
    for layer, setting, values in SAME:
        if layer in (None, kind) and config.get(setting) is not None and config[setting] not in values:
            wanted = f"; only {' and '.join(map(repr, values))} can be converted" if values else ", which cannot be converted"
            sys.exit(f"{config['name']} has {setting}={config[setting]!r}{wanted}.")
    for setting in ("activation", "recurrent_activation"):
        if config.get(setting, "linear") not in ACTIVATIONS:
            sys.exit(f"{config['name']} has {setting}={config[setting]!r}, which TensorFlow.js does not know.")


def without(value, names):
    if isinstance(value, list):
        return [without(inner, names) for inner in value]
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    return value


def weights_of(layer):
    """Returns names and values in the artifact's order: the layer's name and the weight's, such as output/kernel."""
    values = layer.get_weights()
    last = [weight.name.split("/")[-1].split(":")[0] for weight in layer.weights]
    unique = len(set(last)) == len(last)
    names = last if unique else [f"{index}/{name}" for index, name in enumerate(last)]
    return [(f"{layer.name}/{name}", value) for name, value in zip(names, values)]


def replace(path, content):
    with open(f"{path}.unfinished", "wb") as file:
        file.write(content)
    os.replace(f"{path}.unfinished", path)


def main(words):
    if len(words) == 3 and words[0] == "to-keras":
        load(words[1]).save(words[2])
    elif len(words) == 3 and words[0] == "from-keras":
        save(keras.models.load_model(words[1]), words[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
