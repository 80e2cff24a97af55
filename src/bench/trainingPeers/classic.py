"""The training benchmark's Keras: the original workshop's network, two epochs, word vectors frozen."""
import re

import numpy as np
import tensorflow as tf
from contest import compete, predictions, read_vectors
from tensorflow import keras

WORDS = 10_000
LENGTH = 100


class Classic:
    def __init__(self, tokenizer, network, labels):
        self.tokenizer, self.network, self.labels = tokenizer, network, labels

    def answer(self, titles):
        tokens = encode(self.tokenizer, titles)
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
        network = create(embedding, len(names))
        expected = np.array([names.index(label) for label in labels])
        network.fit(encode(tokenizer, titles), expected, epochs=2, batch_size=32, verbose=0)
        return Classic(tokenizer, network, names)

    return train


def create(embedding, label_count):
    frozen = keras.initializers.Constant(embedding)
    network = keras.Sequential([
        keras.layers.Embedding(*embedding.shape, embeddings_initializer=frozen, input_length=LENGTH, trainable=False),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(label_count, activation="softmax"),
    ])
    network.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    return network


def encode(tokenizer, titles):
    sequences = tokenizer.texts_to_sequences(map(normalise, titles))
    return keras.utils.pad_sequences(sequences, maxlen=LENGTH)


def normalise(title):
    """As src/tokenizer.ts does."""
    return re.sub(r"\s+", " ", re.sub(r"\W\s", " ", re.sub(r"\s\W", " ", title.lower())))


compete(prepare, f"Keras of TensorFlow {tf.__version__}")
