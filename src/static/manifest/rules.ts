/** The rules about configuration files: JSON, YAML, TOML, XML, INI and lists of packages. */
import { DO_NOT_LOAD, LOOK_FIRST, type StaticRules } from '../rule.js';

export const MANIFEST_RULES = {
  'STATIC-MANIFEST-TARGET': {
    severity: 'critical',
    category: 'execution',
    title: 'The configuration names a dangerous function to be called',
    explain: (subject) =>
      `${subject}. Libraries such as Hydra, NeMo and Lightning import and call what such a field names, with the arguments beside it (CVE-2025-23304). No model needs this one.`,
    harmless: 'Never: no part of a model is made by this function.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-MANIFEST-TARGET-UNLISTED': {
    severity: 'medium',
    category: 'execution',
    title: 'The configuration names a function to be called that models hardly use',
    explain: (subject) =>
      `${subject}. Libraries such as Hydra, NeMo and Lightning import and call what such a field names. Parts of models come from their own packages, hardly from Python's library or from one for files and networks.`,
    harmless: 'In a configuration of your own project, where you wrote this entry.',
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-TARGET-UNKNOWN': {
    severity: 'info',
    category: 'content',
    title: 'The configuration names classes to be made',
    explain: (subject) =>
      `${subject}. Libraries such as Hydra, NeMo and Lightning import and call what such a field names; that these packages are trusted is yours to know.`,
    harmless: 'Where the package is the one that the model is documented to need.',
    advice: 'Check that the names belong to the library the model is made with.',
  },
  'STATIC-MANIFEST-REMOTE-CODE': {
    severity: 'low',
    category: 'execution',
    title: 'The model comes with Python code of its own',
    explain: (subject) =>
      `${subject}. With trust_remote_code that code runs when the model is loaded, with your rights. It is harmless when you have read it, or do not load with trust_remote_code.`,
    attack: 'T1059.006',
    advice:
      'Read the named Python file before you load the model with trust_remote_code, and pin the revision you read.',
  },
  'STATIC-MANIFEST-OTHER-CODE': {
    severity: 'medium',
    category: 'execution',
    title: "The model runs Python code of another's repository",
    explain: (subject) =>
      `${subject}. With trust_remote_code that code is fetched and run when the model is loaded; its owner can change it at any time.`,
    harmless: 'Where you read the code of that repository and pinned the revision that you read.',
    attack: 'T1195.002',
    advice:
      'Read the code in the repository that is named, and pin its revision (code_revision) before you load the model.',
  },
  'STATIC-MANIFEST-UNSAFE-SETTING': {
    severity: 'medium',
    category: 'evasion',
    title: 'The configuration switches a protection off',
    explain: (subject) =>
      `${subject}. Loaders that believe it run code or unpickle without asking. It is harmless where no program reads the field.`,
    attack: 'T1562.001',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-CODE': {
    severity: 'medium',
    category: 'content',
    title: 'The configuration holds text that is a command or Python code',
    explain: (subject) =>
      `${subject}. Configurations are data: such a text waits for a program that evaluates it. It is harmless as an example in a description.`,
    attack: 'T1059',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-MARKUP': {
    severity: 'info',
    category: 'content',
    title: 'The file holds markup that runs in a browser',
    explain: (subject) =>
      `${subject}. A page that shows the text without escaping it runs the script. It is harmless everywhere else.`,
    attack: 'T1059.007',
    advice: 'Do not show the text in a page without escaping it.',
  },
  'STATIC-MANIFEST-PATH': {
    severity: 'high',
    category: 'file-write',
    title: 'The configuration leads a loader out of its folder',
    explain: (subject) =>
      `${subject}. A loader opens what such a field names: a file elsewhere on the machine is read, or is run. Files of a model lie beside it.`,
    harmless:
      'On the machine of the author, where the path was right; and where a loader refuses paths that leave its folder.',
    attack: 'T1083',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-SENSITIVE-PATH': {
    severity: 'medium',
    category: 'discovery',
    title: 'The configuration names a place with secrets or system settings',
    explain: (subject) => `${subject}. No model has its files there. It is harmless where the text is only shown.`,
    attack: 'T1083',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-ADDRESS': {
    severity: 'info',
    category: 'network',
    title: 'The configuration names a machine by its number',
    explain: (subject) =>
      `${subject}. Published models name servers, if any; a bare address is what droppers and forgotten test set-ups have in common.`,
    harmless: 'Where it is an address of your own network or an example of a documentation (RFC 5737).',
    attack: 'T1071',
    advice: 'Find out what connects to this address before you use the file.',
  },
  'STATIC-MANIFEST-PYTHON-TAG': {
    severity: 'medium',
    category: 'execution',
    title: 'The YAML file makes Python objects when it is read',
    explain: (subject) =>
      `${subject}. yaml.load with an unsafe loader imports, and often calls, what such a tag names; yaml.safe_load refuses it. It is harmless where it only names a class of the library that wrote the file, or makes a path or a set of settings.`,
    attack: 'T1059.006',
    advice: 'Read this file with yaml.safe_load alone, and ask its author for one without such tags.',
  },
  'STATIC-MANIFEST-PYTHON-TAG-EXEC': {
    severity: 'critical',
    category: 'execution',
    title: 'The YAML file calls a dangerous function when it is read',
    explain: (subject) =>
      `${subject}. yaml.load with an unsafe loader imports and calls it, as loading a pickle would; yaml.safe_load refuses it.`,
    harmless: 'Only where every program reads the file with yaml.safe_load, which refuses it.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-MANIFEST-BOMB': {
    severity: 'high',
    category: 'resource-abuse',
    title: 'The file grows without bound when it is read',
    explain: (subject) =>
      `${subject}. Reading it fills the memory of the machine ("billion laughs"). Nothing was expanded here.`,
    harmless: 'Never: no configuration needs a text that grows by itself.',
    attack: 'T1499',
    advice: 'Do not read this file with a program that has no bound on aliases or entities.',
  },
  'STATIC-MANIFEST-ENTITY': {
    severity: 'high',
    category: 'file-write',
    title: 'The XML file takes in other files or addresses',
    explain: (subject) =>
      `${subject}. A reader that resolves external entities reads local files, or connects, for it (XXE). Nothing was fetched here.`,
    harmless:
      'Where every program reads the file with a reader that resolves no external entities, such as defusedxml.',
    attack: 'T1005',
    advice: 'Read this file only with a parser that refuses entities, such as defusedxml.',
  },
  'STATIC-MANIFEST-DOCTYPE': {
    severity: 'info',
    category: 'content',
    title: 'The XML file declares a document type',
    explain: (subject) => `${subject}. It declares no entity; readers that fetch its definition connect to a server.`,
    harmless:
      'Nearly always: tools that write PMML or SVG add it. It is one only for readers that fetch the definition.',
    advice: 'Read this file with a parser that fetches nothing.',
  },
  'STATIC-MANIFEST-EVALUATED': {
    severity: 'high',
    category: 'execution',
    title: 'The settings hold a field that Python evaluates',
    explain: (subject) =>
      `${subject}. logging.config.fileConfig hands this field to eval(). Harmless values are a tuple of plain values and of sys.stdout or sys.stderr.`,
    attack: 'T1059.006',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-EXPRESSION': {
    severity: 'high',
    category: 'execution',
    title: 'The configuration holds an expression that acts when it is evaluated',
    explain: (subject) =>
      `${subject}. Libraries such as MONAI and Ultralytics evaluate such a text as Python when they read the file. Usual expressions make layers, devices and lists of files.`,
    harmless: 'Where you wrote the expression for your own project, and no stranger can change the file.',
    attack: 'T1059.006',
    advice: DO_NOT_LOAD,
  },
  'STATIC-MANIFEST-ENVIRONMENT': {
    severity: 'medium',
    category: 'execution',
    title: 'The environment of the model sets a variable that loads code',
    explain: (subject) =>
      `${subject}. Programs that run in this environment load what such a variable names, or take packages from there. It is harmless where it names a folder of the model's own project.`,
    attack: 'T1574.006',
    advice: LOOK_FIRST,
  },
  'STATIC-MANIFEST-INDEX': {
    severity: 'medium',
    category: 'network',
    title: "Packages are installed from a server of the file's choosing",
    explain: (subject) =>
      `${subject}. The operator of that server decides what code is installed under any package's name. It is harmless when the server is yours.`,
    attack: 'T1195.002',
    advice: 'Install the packages from the index you trust, with pinned versions and hashes.',
  },
  'STATIC-MANIFEST-SOURCE': {
    severity: 'info',
    category: 'network',
    title: 'Packages are installed from an address or a repository',
    explain: (subject) =>
      `${subject}. Installing runs code from there, and what is there can change. It is harmless when it names a commit you know.`,
    attack: 'T1195.002',
    advice: 'Read what is at this address, and pin it to a commit or a hash.',
  },
  'STATIC-MANIFEST-DUPLICATE': {
    severity: 'info',
    category: 'content',
    title: 'A key stands twice in one object',
    explain: (subject) =>
      `${subject}. Readers differ in which of the values they take: a person and a program can be shown two things. Both were judged here.`,
    harmless: 'Where both values are the same, after a merge by hand.',
    advice: 'Ask the author which value is meant.',
  },
} as const satisfies StaticRules;
