/**
 * What the operators of TorchScript programs reach. TorchScript knows tensors and no modules of Python; of its operators
 * (`torch._C._jit_get_all_schemas()` of torch 2.6) these leave the program, and torchvision and torchaudio bring more.
 */
export type OperatorEffect = 'file' | 'network' | 'harmless' | 'unknown';

/** `torch.save` is `aten::save`. The effect of one operator; `unknown` for a library that is not known here. */
export function operatorEffect(namespace: string, operator: string): OperatorEffect {
  if (FILES.has(`${namespace}::${operator}`)) return 'file';
  if (NETWORK.has(namespace) || operator.startsWith('rpc_')) return 'network';
  return HARMLESS.has(namespace) ? 'harmless' : 'unknown';
}

const FILES: ReadonlySet<string> = new Set([
  'aten::from_file',
  'aten::save',
  'debugprims::load_tensor',
  'image::read_file',
  'image::write_file',
  'torchaudio::sox_io_get_info',
  'torchaudio::sox_io_load_audio_file',
  'torchaudio::sox_io_save_audio_file',
  'torchaudio::sox_effects_apply_effects_file',
  'torchaudio_sox::apply_effects_file',
  'torchaudio_sox::get_info_file',
  'torchaudio_sox::load_audio_file',
  'torchaudio_sox::save_audio_file',
  'video_reader::probe_video_from_file',
  'video_reader::read_video_from_file',
]);

/** Namespaces whose operators exchange tensors with other processes, and so with other machines. */
const NETWORK: ReadonlySet<string> = new Set([
  '_c10d_functional',
  '_c10d_functional_autograd',
  '_dtensor',
  'c10d',
  'c10d_functional',
  'dist_c10d',
  'dist_rpc',
  'rpc',
  'symm_mem',
]);

/** Namespaces whose other operators only compute. */
const HARMLESS: ReadonlySet<string> = new Set([
  '_quantized',
  'aten',
  'caffe2',
  'debugprims',
  'detectron2',
  'fb',
  'fbgemm',
  'higher_order',
  'image',
  'inductor',
  'metal',
  'metal_prepack',
  'mkldnn',
  'mkldnn_prepacked',
  'onednn',
  'onnx',
  'prepacked',
  'prim',
  'prims',
  'profiler',
  'quantization',
  'quantized',
  'quantized_decomposed',
  'rngprims',
  'rnn',
  'sparse',
  'static_runtime',
  'torch_cluster',
  'torch_scatter',
  'torch_sparse',
  'torch_spline_conv',
  'torchao',
  'torchaudio',
  'torchtext',
  'torchvision',
  'torchvision_internal',
  'vulkan',
  'vulkan_prepack',
  'vulkan_quantized',
  'xnnpack',
]);
