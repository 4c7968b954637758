/** Names in Jinja2 templates: names that lead out of the template, and names that every renderer has. */

/** Attributes of Python that lead from any object to its classes, modules and frames (Python's Data model, and `inspect`). */
export const INTERNAL_DUNDER =
  /__(?:class|mro|base|bases|subclasses|globals|builtins?|init|import|dict|getattr|getattribute|getitem|setattr|delattr|code|closure|func|self|module|reduce|reduce_ex|call|loader|spec|new|init_subclass|subclasshook|wrapped|get|set|enter|exit|annotations|defaults|kwdefaults|weakref|sizeof|dir|format|str|repr)__/;
export const ANY_DUNDER = /^__\w+__$/;
export const INTERNAL_NAMES: ReadonlySet<string> = new Set([
  ...['func_globals', 'func_code', 'func_closure', 'im_func', 'im_self', 'im_class'],
  ...['gi_frame', 'gi_code', 'cr_frame', 'cr_code', 'ag_frame', 'ag_code', 'tb_frame', 'tb_next'],
  ...['f_globals', 'f_builtins', 'f_locals', 'f_back', 'f_code'],
  ...[
    '_TemplateReference__context',
    '_TemplateModule__body_stream',
    '_module',
    '_load_form_data',
    '_get_data_for_json',
  ],
]);
export const DANGEROUS_CALLS: ReadonlySet<string> = new Set([
  ...['popen', 'system', 'check_output', 'check_call', 'Popen', 'execv', 'execve', 'spawn', 'startfile', 'subprocess'],
  ...[
    'eval',
    'exec',
    'compile',
    'import_module',
    'load_module',
    'find_spec',
    'urlopen',
    'mro',
    'open',
    'getattr',
    'setattr',
  ],
]);
/** Jinja2's own `self` and `lipsum`; the objects that Flask, Django and Ansible pass to templates. */
export const PROGRAM_OBJECTS: ReadonlySet<string> = new Set([
  ...['self', 'lipsum', 'request', 'config', 'url_for', 'get_flashed_messages', 'session', 'g', 'app', 'current_app'],
  ...['application', 'settings', 'environ', 'lookup', 'hostvars', 'os', 'sys', 'subprocess', 'builtins'],
]);

/** Filters of Jinja2 3.1 (Template Designer Documentation), and those that transformers, vLLM and llama.cpp bring. */
export const KNOWN_FILTERS: ReadonlySet<string> = new Set(
  (
    'abs attr batch capitalize center count d default dictsort e escape filesizeformat first float forceescape format groupby indent ' +
    'int items join last length list lower map max min pprint random reject rejectattr replace reverse round safe select selectattr ' +
    'slice sort string striptags sum title tojson trim truncate unique upper urlencode urlize wordcount wordwrap xmlattr from_json fromjson'
  ).split(' '),
);
export const KNOWN_FUNCTIONS: ReadonlySet<string> = new Set(
  'range dict lipsum cycler joiner namespace raise_exception strftime_now caller super loop tojson gettext ngettext _'.split(
    ' ',
  ),
);
