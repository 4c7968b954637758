/** Formats of TensorFlow and Keras. */
import { testFormats } from './format-tests.js';

await testFormats(['tensorflow']);
