/**
 * Attributes by their names: the targets of `getattr(x, 'name')`, a dotted name or an `attrgetter`. Methods of values are values; attributes that
 * lead out of an object into Python's internals, or that act, are not.
 */

/** Attributes of any object: modules that libraries have at hand, Python's internals, and methods that act in every library that has them. */
const LEADS_OUT =
  /^(_?(os|sys|posix|nt|subprocess|shutil|socket|ctypes|importlib|builtins|pty|runpy)|__(globals|builtins|subclasses|dict|class|getattribute|getattr|import|code|closure|base|bases|mro|init_subclass|reduce|reduce_ex|setattr|delattr|loader|spec|self|func|wrapped|module)__|func_globals|func_code|[fg]i?_(globals|locals|builtins|back|frame|code)|(cr|tb|ag)_(frame|code)|co_code|mro|system|popen\w*|Popen|spawn\w*|exec\w*|check_output|check_call|load_module|import_module|write_text|write_bytes|read_text|read_bytes|unlink|rmdir|rmtree|urlopen|urlretrieve|tofile|fromfile|from_file|memmap|to_pickle|read_pickle)$/;

/** By module of the standard library: methods of its values that reach files or run their arguments. */
const ACTING: Readonly<Record<string, string>> = {
  argparse: 'parse_args parse_known_args parse_intermixed_args exit error',
  configparser: 'read read_file readfp write',
  contextvars: 'run',
  gettext: 'install',
  'importlib.metadata': 'load',
  mimetypes: 'read readfp read_windows_registry',
  optparse:
    'read_file read_module parse_args process take_action convert_value check_value get_default_values exit error',
  pathlib:
    'absolute chmod copy copy_into cwd exists expanduser glob group hardlink_to home is_block_device is_char_device is_dir is_fifo is_file is_junction is_mount is_socket is_symlink iterdir lchmod link_to lstat mkdir move move_into open owner readlink rename replace resolve rglob samefile stat symlink_to touch walk',
  shlex: 'get_token push_source read_token sourcehook',
  string: 'get_field get_value vformat',
  typing: '_evaluate evaluate',
  'xml.etree.ElementTree': 'parse write',
};

const ACTING_NAMES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(ACTING).map(([module, names]) => [module, new Set(names.split(' '))]),
);

/** True for the name of an attribute that leads to nothing but a part of the object, or a method of it. */
export function isPlainAttribute(name: string): boolean {
  return name.split('.').every((part) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(part) && !LEADS_OUT.test(part));
}

/** True when an attribute of a value of this module of the standard library is one more value, or a method that only computes. */
export function isValueAttribute(module: string, attribute: string): boolean {
  return isPlainAttribute(attribute) && !PRIVATE.test(attribute) && !actsOutside(module, attribute);
}

/** What a class keeps to itself; `_value_` is an enumeration's. */
const PRIVATE = /(?:^|\.)_(?!_)\w*[^_\W](?:\.|$)/;

/** True for a method, by its dotted name, that reaches files or runs its arguments. */
export function actsOutside(module: string, name: string): boolean {
  const acting = ACTING_NAMES.get(module);
  return acting !== undefined && name.split('.').some((part) => acting.has(part));
}
