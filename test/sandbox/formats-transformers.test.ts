/** Folders of Hugging Face's transformers. */
import { testFormats } from './format-tests.js';

await testFormats(['transformers']);
