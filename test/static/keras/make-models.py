"""Small models as Keras 2 and 3 save them, for keras.test.ts; nothing is loaded. Needs TensorFlow, keras (3) and tf-keras (2):
    python3 make-models.py > models.json"""
import os
os.environ.update(KERAS_BACKEND='tensorflow', TF_CPP_MIN_LOG_LEVEL='3', CUDA_VISIBLE_DEVICES='')
import base64, json, sys, tempfile, warnings, zlib
warnings.filterwarnings('ignore')
import keras, tf_keras, numpy as np, tensorflow as tf

folder = tempfile.mkdtemp()
models = {}

def save(name, model, endings, **options):
    for ending in endings:
        path = os.path.join(folder, name + ending)
        model.save(path, **options)
        models[name + ending] = base64.b64encode(zlib.compress(open(path, 'rb').read(), 9)).decode()

class Scale(keras.layers.Layer):
    def __init__(self, factor=2, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
    def call(self, x):
        return x * self.factor
    def get_config(self):
        return {**super().get_config(), 'factor': self.factor}

@keras.saving.register_keras_serializable(package='mine')
class Registered(Scale):
    pass

@keras.saving.register_keras_serializable(package='mine')
def half(x):
    return x / 2

for library, tag, endings in ((keras, 'keras3', ('.keras', '.h5')), (tf_keras, 'keras2', ('.keras', '.h5'))):
    L = library.layers
    tiny = library.Sequential([L.Input((2,)), L.ReLU(), L.Reshape((2, 1))])
    tiny.compile('sgd', 'mse')
    save(tag + '-tiny', tiny, endings)

    sequential = library.Sequential([
        L.Input((8,)), L.Dense(4, activation='relu', kernel_regularizer='l2', kernel_constraint='max_norm'), L.BatchNormalization(), L.Dropout(0.1),
        L.Dense(2, activation='softmax', kernel_initializer=library.initializers.HeNormal(seed=1))])
    sequential.compile(library.optimizers.Adam(library.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)), 'categorical_crossentropy',
                       metrics=['accuracy', library.metrics.AUC()])
    sequential.fit(np.ones((4, 8)), np.ones((4, 2)), verbose=0)
    save(tag + '-sequential', sequential, endings)

    inside = library.Sequential([L.Input((4,)), L.Dense(4, activation='gelu')], name='inside')
    a, b = L.Input((6, 4), name='a'), L.Input((4,), name='b')
    x = L.Bidirectional(L.LSTM(3, return_sequences=True))(a)
    x = L.TimeDistributed(L.Dense(4, activation=library.activations.tanh))(x)
    x = L.MultiHeadAttention(2, 2)(x, x)
    x = L.Add()([L.GlobalAveragePooling1D()(x), inside(b)])
    y = L.LeakyReLU()(x * 2 + 1)
    z = L.Concatenate()([x, y, b[:, 1:]])
    if library is tf_keras:
        z = tf.nn.relu(tf.math.reduce_mean(z, axis=-1, keepdims=True))
    else:
        z = keras.ops.relu(keras.ops.mean(z, axis=-1, keepdims=True))
    functional = library.Model([a, b], {'out': L.Dense(1, name='out')(z)})
    functional.compile(loss={'out': library.losses.Huber()}, optimizer='sgd', weighted_metrics=['mae'])
    save(tag + '-functional', functional, endings)

    images = library.Sequential([L.Input((16, 16, 3)), L.Rescaling(1 / 255), L.RandomFlip('horizontal'), L.Conv2D(2, 3, padding='same'), L.ReLU(max_value=6.0),
        L.DepthwiseConv2D(3), L.MaxPooling2D(), L.UpSampling2D(), L.Flatten(), L.Dense(1, activation='sigmoid')])
    images.compile('rmsprop', 'binary_crossentropy')
    save(tag + '-images', images, endings)

    text = library.Sequential([L.Input((1,), dtype='string'), L.TextVectorization(max_tokens=10, vocabulary=['one', 'two']), L.Embedding(10, 2)])
    save(tag + '-text', text, ('.keras',))

    layer = library.Sequential([L.Input((4,)), L.Lambda(lambda t: t * 2 + 1, name='double')])
    save(tag + '-lambda', layer, endings)
    if library is keras:
        layer = library.Sequential([L.Input((4,)), L.Lambda(half, name='half'), L.Lambda(keras.ops.sin)])
        save(tag + '-named', layer, ('.keras',))

custom = keras.Sequential([keras.layers.Input((4,)), Scale(3), Registered(2), keras.layers.Dense(2, activation=half)])
save('keras3-custom', custom, ('.keras', '.h5'))
keras.config.set_dtype_policy('mixed_float16')
mixed = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(4), keras.layers.GroupNormalization(2)])
mixed.compile('adamw', keras.losses.MeanSquaredError())
save('keras3-mixed', mixed, ('.keras',))
print(json.dumps(models, indent=0, sort_keys=True))
