/** What a new test case begins with. Pure. */

/** Starting points, the usual ones first. The label is what the user chooses by. */
export const KINDS = {
  plain: 'plain load: pickle, or the loader you name',
  transformers: 'transformers pipeline: a Hugging Face folder',
  torch: 'torch module: a checkpoint or a whole module',
  sklearn: 'scikit-learn estimator: a joblib or pickle file',
  keras: 'Keras model: .keras or .h5',
  onnx: 'ONNX model, with onnxruntime',
} as const;
export type Kind = keyof typeof KINDS;

export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

/** The file of a new test case; `imports` is a line that it begins with. */
export function templateOf(kind: Kind, imports = ''): string {
  return `"""A DynScan test case: loads a model and uses it the way you would.

It runs in the sandbox in place of DynScan's own loader; its one function is called with the path of the model. What it prints
and raises is in the report. Nothing can be downloaded there. Return the model, and DynScan goes on to use it in the usual ways.
"""
${imports === '' ? '' : `\n# The model knows these as classes of the script that runs.\n${imports}\n`}

def test_case(model_path):
${BODIES[kind]}`;
}

const BODIES: Readonly<Record<Kind, string>> = {
  plain: `    import pickle

    with open(model_path, "rb") as file:
        model = pickle.load(file)
    print(type(model))
    return model
`,
  transformers: `    from transformers import pipeline

    # Say what the model is for: "text-classification", "text-generation", "image-classification"
    classify = pipeline("text-classification", model=model_path)
    print(classify("The sandbox was nice and warm."))
`,
  torch: `    import torch

    loaded = torch.load(model_path, map_location="cpu", weights_only=False)
    if isinstance(loaded, torch.nn.Module):
        loaded.eval()
        with torch.no_grad():
            # The shape that your model takes
            print(loaded(torch.zeros(1, 10)))
    else:
        print(list(loaded)[:10])
    return loaded
`,
  sklearn: `    import joblib
    import numpy

    model = joblib.load(model_path)
    rows = numpy.zeros((1, model.n_features_in_))
    print(model.predict(rows))
    return model
`,
  keras: `    import keras
    import numpy

    model = keras.models.load_model(model_path)
    shape = [size or 1 for size in model.input_shape]
    print(model.predict(numpy.zeros(shape), verbose=0))
`,
  onnx: `    import numpy
    import onnxruntime

    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    inputs = {}
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in value.shape]
        # The type that your model takes
        inputs[value.name] = numpy.zeros(shape, dtype=numpy.float32)
    print(session.run(None, inputs))
`,
};
