/**
 * Core ML (`Model.proto`, `NeuralNetwork.proto`, `MIL.proto` of coremltools), which only apps on Apple's systems load. A model is numbers and words;
 * what it may name besides is a class of the app, another model, and a file of weights.
 */
import { each, message, TEXT, walkMessage, type Message, type MessageSpec } from '../../readers/protobuf/wire.js';
import type { Analyser, AnalysisContext, Location } from '../context.js';
import { whyOutside } from '../protobuf/paths.js';

const MODEL: MessageSpec = {
  name: 'Model',
  fields: {
    200: message(() => CLASSIFIER_PIPELINE),
    201: message(() => CLASSIFIER_PIPELINE),
    202: message(() => PIPELINE),
    303: message(() => NETWORK),
    403: message(() => NETWORK),
    500: message(() => NETWORK),
    502: message(() => PROGRAM),
    555: each(() => CUSTOM_MODEL),
    556: each(() => LINKED_MODEL),
  },
};
const CLASSIFIER_PIPELINE: MessageSpec = { name: 'PipelineClassifier', fields: { 1: message(() => PIPELINE) } };
const PIPELINE: MessageSpec = { name: 'Pipeline', fields: { 1: message(() => MODEL) } };
const NETWORK: MessageSpec = { name: 'NeuralNetwork', fields: { 1: message(() => LAYER) } };
const LAYER: MessageSpec = { name: 'NeuralNetworkLayer', fields: { 500: each(() => CUSTOM_LAYER) } };
const CUSTOM_LAYER: MessageSpec = { name: 'CustomLayerParams', fields: { 10: TEXT } };
const CUSTOM_MODEL: MessageSpec = { name: 'CustomModel', fields: { 1: TEXT } };
const LINKED_MODEL: MessageSpec = { name: 'LinkedModel', fields: { 1: message(() => LINKED_FILE) } };
const LINKED_FILE: MessageSpec = {
  name: 'LinkedModelFile',
  fields: { 1: message(() => NAME), 2: message(() => NAME) },
};
const NAME: MessageSpec = { name: 'StringParameter', fields: { 1: TEXT } };
const PROGRAM: MessageSpec = { name: 'Program', fields: { 2: message(() => FUNCTION_ENTRY) } };
const FUNCTION_ENTRY: MessageSpec = { name: 'FunctionsEntry', fields: { 2: message(() => FUNCTION) } };
const FUNCTION: MessageSpec = { name: 'Function', fields: { 3: message(() => BLOCK_ENTRY) } };
const BLOCK_ENTRY: MessageSpec = { name: 'BlockSpecializationsEntry', fields: { 2: message(() => BLOCK) } };
const BLOCK: MessageSpec = { name: 'Block', fields: { 3: each(() => OPERATION) } };
const OPERATION: MessageSpec = {
  name: 'Operation',
  fields: { 1: TEXT, 2: message(() => INPUT_ENTRY), 4: message(() => BLOCK), 5: message(() => ATTRIBUTE_ENTRY) },
};
const INPUT_ENTRY: MessageSpec = { name: 'InputsEntry', fields: { 2: message(() => ARGUMENT) } };
const ARGUMENT: MessageSpec = { name: 'Argument', fields: { 1: message(() => BINDING) } };
const BINDING: MessageSpec = { name: 'Binding', fields: { 2: message(() => VALUE) } };
const ATTRIBUTE_ENTRY: MessageSpec = { name: 'AttributesEntry', fields: { 1: TEXT, 2: message(() => VALUE) } };
const VALUE: MessageSpec = { name: 'Value', fields: { 5: each(() => BLOB_FILE) } };
const BLOB_FILE: MessageSpec = { name: 'BlobFileValue', fields: { 1: TEXT } };

export const analyseCoreMl: Analyser = async (source, place, job) => {
  const { faults } = await walkMessage(source, MODEL, {
    signal: job.signal,
    visit: (part) => {
      judge(part, place, job);
    },
  });
  for (const { offset, text } of faults) job.gap(place, `${text} (byte ${place.base + offset})`);
};

function judge(part: Message, place: Location, job: AnalysisContext): void {
  const add = (rule: 'STATIC-COREML-CLASS' | 'STATIC-COREML-PATH', subject: string, text: string): void => {
    job.add({ rule, place, key: subject, subject, evidence: [{ offset: part.offset, text }] });
  };
  const path = (what: string, given: string): void => {
    const name = given.replace(/^@model_path\//, '');
    const why = whyOutside(name);
    if (why !== undefined) add('STATIC-COREML-PATH', `${what} ${given}: ${why}`, given);
  };
  switch (part.spec) {
    case CUSTOM_LAYER:
      add('STATIC-COREML-CLASS', `It has a layer of the class ${part.text(10) ?? ''}`, part.text(10) ?? '');
      break;
    case CUSTOM_MODEL:
      add('STATIC-COREML-CLASS', `It is a model of the class ${part.text(1) ?? ''}`, part.text(1) ?? '');
      break;
    case OPERATION:
      if (part.text(1) === 'custom_layer')
        add('STATIC-COREML-CLASS', 'It has an operation custom_layer', 'custom_layer');
      break;
    case BLOB_FILE:
      path('Its weights lie in', part.text(1) ?? '');
      break;
    case LINKED_MODEL: {
      const file = part.message(1);
      for (const field of [1, 2])
        for (const name of file?.messages(field) ?? []) path('It is linked to', name.text(1) ?? '');
      if (file?.message(1)?.text(1) !== undefined)
        job.gap(place, `it is linked to the model ${file.message(1)?.text(1) ?? ''}, which was not looked at`);
      break;
    }
    default:
  }
}
