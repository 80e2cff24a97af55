"""The training benchmark's Keras: the networks that this workshop trains by kernels of its own, in Keras' words. The
second argument is one of `mlp` and `lstm`, the original's, two epochs with frozen word vectors, `cnn`, Kim's, five epochs
with a frozen and a tuned channel, and `own`, three epochs of averaged word vectors of titles of at most 24 words."""
import re
import sys

import numpy as np
import tensorflow as tf
from contest import compete, predictions, read_vectors
from tensorflow import keras

WORDS = 10_000


class Classic:
    def __init__(self, tokenizer, network, labels, length):
        self.tokenizer, self.network, self.labels, self.length = tokenizer, network, labels, length

    def answer(self, titles):
        tokens = encode(self.tokenizer, titles, self.length)
        # For one row the faster of Keras' two ways.
        few = len(titles) == 1
        probabilities = self.network(tokens).numpy() if few else self.network.predict(tokens, verbose=0)
        return predictions(self.labels, probabilities)

    def save(self, folder):
        self.network.save(folder / "network.keras")
        (folder / "tokenizer.json").write_text(self.tokenizer.to_json(), encoding="utf-8")


def prepare(titles, labels, task):
    keras.utils.set_random_seed(task["seed"])
    position, table = read_vectors(task["vectors"])
    names = sorted(set(labels))

    def train():
        tokenizer = keras.preprocessing.text.Tokenizer(num_words=WORDS)
        tokenizer.fit_on_texts(map(normalise, titles))
        embedding = np.zeros((WORDS, table.shape[1]), dtype=np.float32)
        for word, index in tokenizer.word_index.items():
            if index < WORDS and word in position:
                embedding[index] = table[position[word]]
        create, length, optimizer, fitting = NETWORKS[sys.argv[2]]
        network = create(embedding, len(names), length)
        network.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
        expected = np.array([names.index(label) for label in labels])
        network.fit(encode(tokenizer, titles, length), expected, verbose=0, **fitting)
        return Classic(tokenizer, network, names, length)

    return train


def word_vectors(embedding, length, trainable=False):
    start = keras.initializers.Constant(embedding)
    return keras.layers.Embedding(
        *embedding.shape, embeddings_initializer=start, input_length=length, trainable=trainable
    )


def create_mlp(embedding, label_count, length):
    return keras.Sequential([
        word_vectors(embedding, length),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(label_count, activation="softmax"),
    ])


def create_lstm(embedding, label_count, length):
    return keras.Sequential([
        word_vectors(embedding, length),
        keras.layers.LSTM(32, return_sequences=True),
        keras.layers.LSTM(32, return_sequences=True),
        keras.layers.LSTM(32),
        keras.layers.Dense(label_count, activation="softmax"),
    ])


def create_cnn(embedding, label_count, length):
    tokens = keras.Input((length,))
    channels = [word_vectors(embedding, length, trainable)(tokens) for trainable in (True, False)]
    words = keras.layers.Concatenate()(channels)
    largest = [
        keras.layers.GlobalMaxPooling1D()(keras.layers.Conv1D(100, width, activation="relu")(words))
        for width in (3, 4, 5)
    ]
    kept = keras.layers.Dropout(0.5)(keras.layers.Concatenate()(largest))
    return keras.Model(tokens, keras.layers.Dense(label_count, activation="softmax")(kept))


def create_own(embedding, label_count, length):
    return keras.Sequential([
        word_vectors(embedding, length, trainable=True),
        keras.layers.GlobalAveragePooling1D(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(label_count, activation="softmax"),
    ])


NETWORKS = {
    "mlp": (create_mlp, 100, "rmsprop", {"epochs": 2, "batch_size": 32}),
    "lstm": (create_lstm, 100, "rmsprop", {"epochs": 2, "batch_size": 32}),
    "cnn": (create_cnn, 100, "rmsprop", {"epochs": 5, "batch_size": 64}),
    "own": (create_own, 24, "adam", {"epochs": 3, "batch_size": 32}),
}


def encode(tokenizer, titles, length):
    sequences = tokenizer.texts_to_sequences(map(normalise, titles))
    return keras.utils.pad_sequences(sequences, maxlen=length)


def normalise(title):
    """As src/text/tokenizer.ts does."""
    return re.sub(r"\s+", " ", re.sub(r"\W\s", " ", re.sub(r"\s\W", " ", title.lower())))


compete(prepare, f"Keras of TensorFlow {tf.__version__}")
