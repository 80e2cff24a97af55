"""The training benchmark's fine-tuned MiniLM in Keras, with the settings of the workshop's architecture `minilm`; it is
answered by onnxruntime."""
import json
import random
from pathlib import Path

import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx
from contest import compete, predictions
from tensorflow import keras
from tokenizers import Tokenizer

EPOCHS, BATCH, LENGTH, PEAK, WARM_UP, SMOOTHING, STORY_POWER = 3, 32, 24, 5e-5, 0.1, 0.1, 0.5


class Encoder(tf.Module):
    """BERT with a head, over the tensors of a checkpoint."""

    def __init__(self, folder, label_count):
        super().__init__()
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = {name: tf.Variable(value, name=name) for name, value in read_tensors(folder).items()}
        size = self.config["hidden_size"]
        self.weights["labels.weight"] = tf.Variable(tf.random.normal((label_count, size), stddev=0.02))
        self.weights["labels.bias"] = tf.Variable(tf.zeros(label_count))
        self.trained = list(self.weights.values())

    def __call__(self, ids, training=False):
        config, read = self.config, self.weights
        heads, size = config["num_attention_heads"], config["hidden_size"]
        drop = lambda value: tf.nn.dropout(value, 0.1) if training else value
        linear = lambda name, value: (
            tf.linalg.matmul(value, read[f"{name}.weight"], transpose_b=True) + read[f"{name}.bias"]
        )

        def normal(name, value):
            mean, variance = tf.nn.moments(value, -1, keepdims=True)
            scale, offset = read[f"{name}.LayerNorm.weight"], read[f"{name}.LayerNorm.bias"]
            return tf.nn.batch_normalization(value, mean, variance, offset, scale, config["layer_norm_eps"])

        def split(value):
            apart = tf.reshape(value, (count, length, heads, size // heads))
            return tf.transpose(apart, (0, 2, 1, 3))

        count, length = tf.shape(ids)[0], tf.shape(ids)[1]
        mask = tf.where(ids == 0, -1e9, 0.0)[:, None, None, :]
        pieces = tf.gather(read["embeddings.word_embeddings.weight"], ids)
        positions = read["embeddings.position_embeddings.weight"][:length]
        kind = read["embeddings.token_type_embeddings.weight"][0]
        state = tf.reshape(drop(normal("embeddings", pieces + positions + kind)), (-1, size))
        for block in range(config["num_hidden_layers"]):
            layer = f"encoder.layer.{block}"
            query, key, value = (
                split(linear(f"{layer}.attention.self.{part}", state)) for part in ("query", "key", "value")
            )
            scores = tf.matmul(query, key, transpose_b=True) / np.sqrt(size // heads).astype("float32")
            read_out = tf.matmul(drop(tf.nn.softmax(scores + mask)), value)
            joined = tf.reshape(tf.transpose(read_out, (0, 2, 1, 3)), (-1, size))
            joined = drop(linear(f"{layer}.attention.output.dense", joined))
            state = normal(f"{layer}.attention.output", joined + state)
            inner = tf.nn.gelu(linear(f"{layer}.intermediate.dense", state), approximate=False)
            state = normal(f"{layer}.output", drop(linear(f"{layer}.output.dense", inner)) + state)
        first = tf.reshape(state, (count, length, size))[:, 0]
        return linear("labels", drop(tf.tanh(linear("pooler.dense", first))))


def read_tensors(folder):
    """Reads model.safetensors."""
    data = (folder / "model.safetensors").read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (start + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "F32":
            tensors[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    return tensors


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, steps):
        self.steps, self.rising = steps, max(1, round(WARM_UP * steps))

    def __call__(self, step):
        step = tf.cast(step, tf.float32) + 1
        falling = (self.steps - step + 1) / (self.steps - self.rising + 1)
        return PEAK * tf.minimum(step / self.rising, tf.maximum(0.0, falling))


class Model:
    def __init__(self, encoder, tokenizer, labels):
        self.tokenizer, self.labels = tokenizer, labels
        signature = [tf.TensorSpec((None, None), tf.int32, name="ids")]
        self.onnx, _ = tf2onnx.convert.from_function(tf.function(encoder), signature, opset=15)
        self.session = onnxruntime.InferenceSession(self.onnx.SerializeToString())

    def answer(self, titles):
        logits = np.concatenate([
            self.session.run(None, {"ids": pad(encode(self.tokenizer, titles[at : at + 64]))})[0]
            for at in range(0, len(titles), 64)
        ])
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return predictions(self.labels, powers / powers.sum(axis=1, keepdims=True))

    def save(self, folder):
        (folder / "model.onnx").write_bytes(self.onnx.SerializeToString())
        self.tokenizer.save(str(folder / "tokenizer.json"))


def encode(tokenizer, titles):
    """The workshop cuts titles to so many pieces, the last of which ends them."""
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(titles)]
    return [ids if len(ids) <= LENGTH else ids[: LENGTH - 1] + ids[-1:] for ids in pieces]


def pad(rows):
    length = max(map(len, rows))
    return np.array([ids + [0] * (length - len(ids)) for ids in rows], "int32")


def prepare(titles, labels, task):
    keras.utils.set_random_seed(task["seed"])
    held_out = set(task["heldOut"])
    with open(task["rows"], encoding="utf-8") as file:
        stories = [json.loads(line)["story"] for at, line in enumerate(file) if at not in held_out]
    names = sorted(set(labels))
    folder = Path(task["pretrained"])

    def train():
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        rows, expected = encode(tokenizer, titles), np.array([names.index(label) for label in labels])
        weights = np.array([stories.count(story) ** -STORY_POWER for story in stories])
        weights = (weights / weights.mean()).astype("float32")
        encoder = Encoder(folder, len(names))
        steps = EPOCHS * -(-len(rows) // BATCH)
        optimizer = keras.optimizers.AdamW(Rate(steps), weight_decay=0.01, global_clipnorm=1)
        optimizer.exclude_from_weight_decay(
            var_list=[weight for weight in encoder.trained if weight.shape.rank < 2]
        )

        @tf.function(input_signature=[
            tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,))
        ])
        def step(ids, truth, weight):
            with tf.GradientTape() as tape:
                smooth = tf.one_hot(truth, len(names)) * (1 - SMOOTHING) + SMOOTHING / len(names)
                losses = tf.nn.softmax_cross_entropy_with_logits(smooth, encoder(ids, training=True))
                loss = tf.reduce_mean(losses * weight)
            used = [weight for weight in encoder.trained]
            optimizer.apply_gradients(zip(tape.gradient(loss, used), used))

        for _ in range(EPOCHS):
            for batch in batches([len(ids) for ids in rows]):
                step(pad([rows[row] for row in batch]), expected[batch], weights[batch])
        return Model(encoder, tokenizer, names)

    return train


def batches(lengths):
    """Batches of similar lengths, as in the workshop."""
    order = random.sample(range(len(lengths)), len(lengths))
    found = []
    for start in range(0, len(order), 16 * BATCH):
        some = sorted(order[start : start + 16 * BATCH], key=lengths.__getitem__)
        found += [some[at : at + BATCH] for at in range(0, len(some), BATCH)]
    random.shuffle(found)
    return found


compete(prepare, f"Keras of TensorFlow {tf.__version__}, onnxruntime {onnxruntime.__version__}")
