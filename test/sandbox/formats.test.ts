/** Formats of pickles, arrays, PyTorch, ONNX and boosted trees. */
import { testFormats } from './format-tests.js';

await testFormats(['core', 'torch', 'formats']);
