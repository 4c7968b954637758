"""TensorFlow and Keras; `tensorflow-cpu` is TensorFlow without what it has for graphics cards."""

import os

from cases import case, joblibbed, pickled, table


def network():
    from tensorflow import keras
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(4, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.1), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(*table(), epochs=1, verbose=0)
    return model


def deep():
    from tensorflow import keras
    from tensorflow.keras import layers
    image, words = keras.Input((8, 8, 3), name="image"), keras.Input((5,), name="words")
    seen = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(layers.Conv2D(2, 3, activation="relu")(image)))
    read = layers.Bidirectional(layers.LSTM(2))(layers.Embedding(9, 4)(words))
    out = layers.Dense(2, activation="softmax")(layers.LayerNormalization()(layers.concatenate([seen, read, layers.GRU(2)(layers.Embedding(9, 2)(words))])))
    return keras.Model([image, words], out)


def _saved(name, file, make):
    @case("tensorflow-cpu", name, file)
    def _(path):
        make().save(path)


_saved("Keras, .keras", "model.keras", network)
_saved("Keras, many layers, .keras", "deep.keras", deep)
_saved("Keras, .h5", "model.h5", network)
_saved("Keras, many layers, .h5", "deep.h5", deep)


@case("tensorflow-cpu", "weights", "model.weights.h5")
def _(path):
    network().save_weights(path)


@case("tensorflow-cpu", "a SavedModel", "model")
def _(path):
    model = network()
    (getattr(model, "export", None) or model.save)(path)


@case("tensorflow-cpu", "a SavedModel of a module", "module")
def _(path):
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.weight = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x):
            return self.weight * x

    tf.saved_model.save(Module(), path)


@case("tensorflow-cpu", "a checkpoint", "training")
def _(path):
    import tensorflow as tf
    os.makedirs(path)
    tf.train.Checkpoint(weight=tf.Variable([1.0, 2.0])).save(os.path.join(path, "ckpt"))


@case("tensorflow-cpu", "TensorFlow Lite", "model.tflite")
def _(path):
    import tensorflow as tf
    # By way of a SavedModel: the converter of TensorFlow 2.16 cannot take a network of Keras 3 itself.
    model, folder = network(), os.path.join("/tmp", "saved")
    (getattr(model, "export", None) or model.save)(folder)
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with open(path, "wb") as out:
        out.write(converter.convert())


@pickled("tensorflow-cpu", "a tokenizer or its words", "tokenizer.pickle")
def _():
    try:
        from tensorflow.keras.preprocessing.text import Tokenizer
    except ImportError:  # Keras 3 has none
        from tensorflow import keras
        layer = keras.layers.TextVectorization()
        layer.adapt(["a cat", "a dog"])
        return {"config": layer.get_config(), "vocabulary": layer.get_vocabulary()}
    tokenizer = Tokenizer(num_words=9)
    tokenizer.fit_on_texts(["a cat", "a dog"])
    return tokenizer


@joblibbed("tensorflow-cpu", "weights as arrays", "weights.joblib")
def _():
    return network().get_weights()


@pickled("tensorflow-cpu", "history of a training", "history.pkl")
def _():
    import numpy as np
    from tensorflow import keras
    return {"loss": [np.float32(0.1)], "optimizer": keras.optimizers.Adam().get_config()}
