/** Which members of an archive are numbers as they are, by the names that their format gives them: they are of no format of their own. */

/** Tells of a member, by its name and those of the others, whether it holds raw numbers. */
export function isNumbers(members: readonly { readonly name: string }[]): (name: string) => boolean {
  const names = new Set(members.map(({ name }) => name));
  // `torch/serialization.py`, `torch/package/package_exporter.py`, `torch/csrc/jit/serialization/export_module.cpp`.
  const torch = [...names].filter((name) => /(?:^|\/)(?:data\.pkl|\.data\/version|archive_format)$/.test(name));
  const skops = names.has('schema.json');
  return (name) => {
    if (torch.length > 0 && TORCH_STORAGE.test(name)) return true;
    if (skops && name.endsWith('.bin')) return true;
    const [, weights] = WEIGHTS.exec(name) ?? [];
    if (weights !== undefined && names.has(`${weights}.xml`)) return true;
    const [, stem] = SHARD.exec(name) ?? [];
    return stem !== undefined && names.has(`${stem}.index`);
  };
}

/** Storages, constants of programs, and the weights of exported programs. */
const TORCH_STORAGE =
  /(?:^|\/)(?:\.?data|constants|tensors)\/(?:(?:weights|constants)\/(?:weight|tensor|opaque)_\w+|\d+(?:\.storage)?)$/;
/** Weights of OpenVINO, beside the model of this name. */
const WEIGHTS = /^(.*)\.bin$/;
/** Numbers of a TensorFlow checkpoint, whose index is read. */
const SHARD = /^(.*)\.data-\d{5}-of-\d{5}$/;
