/** Handlers that TorchServe brings (`ts/torch_handler/`). */
export const OWN_HANDLERS: ReadonlySet<string> = new Set([
  'base_handler',
  'image_classifier',
  'image_segmenter',
  'object_detector',
  'text_classifier',
  'text_handler',
  'vision_handler',
  'dali_image_classifier',
]);
