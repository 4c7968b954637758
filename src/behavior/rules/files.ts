import {
  LETS_IN,
  PRELOADED,
  SCHEDULED,
  STARTS_WITH_PROGRAM,
  STARTS_WITH_SHELL,
  STARTS_WITH_SYSTEM,
} from '../../names/places.js';
import type { Act, ChangeAct } from '../acts.js';
import type { PathZone } from '../path-zones.js';
import type { Rule } from './rule.js';

const changes =
  (applies: (act: ChangeAct) => boolean) =>
  (act: Act): string | undefined =>
    act.act === 'change' && applies(act) ? act.path : undefined;

const at = (...zones: readonly PathZone[]) => {
  const wanted: ReadonlySet<PathZone> = new Set(zones);
  return changes((act) => wanted.has(act.zone) && !isHarmless(act));
};

const onPath = (pattern: RegExp) => changes((act) => pattern.test(act.path));

/** Devices that swallow or make bytes, terminals, graphics cards, which a framework looks for, and the name a thread gives itself. */
function isHarmless(act: ChangeAct): boolean {
  return (
    /^\/dev\/(?:null|zero|full|u?random|tty|pts\/\d+|ptmx|std(?:in|out|err)|fd\/\d+|nvidia[\w-]*|kfd|dri\/\w+)$/.test(
      act.path,
    ) ||
    (act.ownProcess && /\/(?:comm|timerslack_ns|fd\/\d+)$/.test(act.path))
  );
}

/** Out of the scratch space, or from the model's folder to any other place. */
function leadsAway({ path, zone, target = '' }: ChangeAct): boolean {
  const top = (of: string): string => of.split('/')[1] ?? '';
  return zone === 'scratch' ? !/^\/(?:tmp|dev\/shm)(?:\/|$)/.test(target) : top(path) !== top(target);
}

const CHECK = 'Do not load this model. If you have, look at the file named here and undo the change.';

/** Ways of persistence, the most specific first: these come before the rules on path zones. */
export const PERSISTENCE: readonly Rule[] = [
  {
    id: 'DYN-PERSIST-SSH',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1098.004',
    title: 'Lets another person log in',
    meaning: 'A key added to this file opens the computer to its owner, with no password.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.ssh/authorized_keys", O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0666) = 5</home/model/.ssh/authorized_keys>',
    ],
    subject: onPath(LETS_IN),
  },
  {
    id: 'DYN-PERSIST-SHELL',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1546.004',
    title: 'Changes what runs when a terminal opens',
    meaning: 'What it put there runs again and again, long after the model is gone.',
    harmless: 'In an installer that adds itself to the path and that you start yourself.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.bashrc", O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0666) = 5</home/model/.bashrc>',
    ],
    subject: onPath(STARTS_WITH_SHELL),
  },
  {
    id: 'DYN-PERSIST-SCHEDULE',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1053.003',
    title: 'Schedules itself to run later',
    meaning: 'The system would start it again at set times, without being watched.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/etc/cron.d/update", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 EROFS (Read-only file system)',
    ],
    subject: onPath(SCHEDULED),
  },
  {
    id: 'DYN-PERSIST-SERVICE',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1543.002',
    title: 'Installs itself as a service or at log-in',
    meaning: 'The system would start it with every log-in or start of the computer.',
    harmless: 'In an installer that you start yourself.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.config/systemd/user/x.service", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 ENOENT (No such file or directory)',
    ],
    subject: onPath(STARTS_WITH_SYSTEM),
  },
  {
    id: 'DYN-PERSIST-PYTHON',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1546.018',
    title: 'Plants code that every Python program would run',
    meaning: 'Python runs such a file at every start, so the code lives on after the model is deleted.',
    harmless: 'In pip, which writes such files for packages that you install.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.local/lib/python3.13/site-packages/x.pth", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 ENOENT (No such file or directory)',
    ],
    subject: changes(
      (act) =>
        act.how !== 'folder' &&
        /\/(?:site|dist)-packages\/|\/(?:site|user)customize\.py$|^\/(?!tmp\/|dev\/shm\/).*\/__pycache__\/[^/]+\.pyc$|^\/usr\/(?:local\/)?lib\/python[\d.]+\/|\/\.(?:pythonrc(?:\.py)?|config\/pip\/pip\.conf|pip\/pip\.conf|ipython\/.*\.py|jupyter\/.*)$/.test(
          act.path,
        ),
    ),
  },
  {
    id: 'DYN-PERSIST-PROGRAM',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1546',
    title: 'Changes what other programs run',
    meaning:
      'By such a file an editor, version control, a build, a package manager or the desktop runs commands, or takes another program for the one that is asked for, long after the model is gone.',
    harmless: 'In an installer that you start yourself.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/home/model/project/.vscode/tasks.json", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5</home/model/project/.vscode/tasks.json>',
    ],
    subject: changes((act) => act.how !== 'folder' && act.zone !== 'scratch' && STARTS_WITH_PROGRAM.test(act.path)),
  },
  {
    id: 'DYN-PERSIST-PRELOAD',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1574.006',
    title: 'Slips code into every program of the computer',
    meaning: 'The system loads what this file names into each program it starts.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/etc/ld.so.preload", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 EROFS (Read-only file system)',
    ],
    subject: onPath(PRELOADED),
  },
];

export const FILES: readonly Rule[] = [
  {
    id: 'DYN-PERSIST-MODULE',
    severity: 'high',
    category: 'persistence',
    attack: 'T1574',
    title: 'Leaves code where programs find it by its name',
    meaning:
      'A program that is started there, or that looks there for a module of this name, runs it in place of the real one.',
    harmless:
      'Where a framework keeps the code of a model in its own cache, as transformers does with trust_remote_code.',
    advice: CHECK,
    example: ['100 openat(AT_FDCWD, "/tmp/numpy.py", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5</tmp/numpy.py>'],
    subject: (act) => (act.act === 'plant' ? act.path : undefined),
  },
  {
    id: 'DYN-DROP-PROGRAM',
    severity: 'high',
    category: 'file-write',
    attack: 'T1105',
    title: 'Writes a program to the disk',
    meaning:
      'The program was hidden in the model as data, and whoever starts it later does not know where it came from.',
    harmless: 'Where a library unpacks its own tools to a cache.',
    advice: CHECK,
    example: ['100 write(5</tmp/stage>, "\\177ELF\\2\\1\\1\\0", 64) = 64'],
    subject: (act) => (act.act === 'drop' ? act.path : undefined),
  },
  {
    id: 'DYN-DESTROY-DOCUMENTS',
    severity: 'critical',
    category: 'file-delete',
    attack: 'T1486',
    title: 'Destroys or locks personal documents',
    meaning: 'One document after another is lost, or replaced by a locked copy to ask for money.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model. If you have, disconnect the machine and restore the files from a copy.',
    example: [1, 2, 3].map((number) => `100 unlink("/home/model/Documents/${number}.txt") = 0`),
    subject: (act) => (act.act === 'destroy' && act.total > 2 ? 'documents' : undefined),
  },
  {
    id: 'DYN-LINK-ESCAPE',
    severity: 'high',
    category: 'escape',
    attack: 'T1083',
    title: 'Makes a link to a place that is not its own',
    meaning: 'Who follows the link reads or writes files outside the folder that it lies in.',
    harmless: 'Where a cache links to files of another cache, as that of the Hugging Face hub does.',
    advice: CHECK,
    example: ['100 symlinkat("../../etc/passwd", AT_FDCWD, "/tmp/data/link") = 0'],
    subject: (act) => (act.act === 'change' && act.target !== undefined && leadsAway(act) ? act.path : undefined),
  },
  {
    id: 'DYN-EVADE-MEMORY',
    severity: 'critical',
    category: 'evasion',
    attack: 'T1055.009',
    title: 'Writes into the memory of a process',
    meaning: 'It changes a running program behind its back, even parts that are read-only.',
    harmless: 'In a debugger that you start yourself.',
    advice: 'Do not load this model.',
    example: ['100 openat(AT_FDCWD, "/proc/self/mem", O_WRONLY|O_CLOEXEC) = 5</proc/100/mem>'],
    subject: changes((act) => /^\/proc\/[^/]+(?:\/task\/\d+)?\/mem$|^\/dev\/k?mem$/.test(act.path)),
  },
  {
    id: 'DYN-ESCAPE-KERNEL-FILE',
    severity: 'critical',
    category: 'escape',
    attack: 'T1611',
    title: 'Changes a setting of the kernel or writes to a device',
    meaning: 'Through such files a program leaves its container or takes over the machine.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model.',
    example: [
      '100 openat(AT_FDCWD, "/proc/sys/kernel/core_pattern", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 EROFS (Read-only file system)',
    ],
    subject: changes(
      (act) =>
        (act.zone === 'kernel' && !isHarmless(act)) ||
        /\/(?:release_agent|uevent_helper|core_pattern)$/.test(act.path) ||
        act.how === 'device',
    ),
  },
  {
    id: 'DYN-WIPE-TRACES',
    severity: 'high',
    category: 'evasion',
    attack: 'T1070.003',
    title: 'Covers its tracks',
    meaning: 'It removes or empties a history or a log in which its acts could be found, or the model itself.',
    harmless: 'Where a tool rotates logs of its own.',
    advice: 'Do not load this model.',
    example: ['100 unlink("/home/model/.bash_history") = -1 ENOENT (No such file or directory)'],
    subject: (act) =>
      (act.act === 'delete' || act.act === 'change') &&
      (/\/\.\w+_history$|^\/var\/log(?:\/|$)/.test(act.path) || (act.act === 'delete' && act.zone === 'model'))
        ? act.path
        : undefined,
  },
  {
    id: 'DYN-WRITE-MODEL',
    severity: 'high',
    category: 'file-write',
    attack: 'T1565.001',
    title: 'Changes the model or the files beside it',
    meaning: 'A model that rewrites itself can be something else the next time, and hide what it was.',
    harmless: 'Where a library writes an index or a lock beside the model that you gave it.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/model/model.pkl", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 EROFS (Read-only file system)',
    ],
    subject: at('model', 'model-folder'),
  },
  {
    id: 'DYN-WRITE-HOME',
    severity: 'high',
    category: 'file-write',
    attack: 'T1565.001',
    title: 'Writes into the home folder',
    meaning: 'Loading a model changes no personal file.',
    harmless:
      'Where a library makes its cache or its settings below the home folder at its first start; those that a harmless model shows, too, are taken off.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/home/model/notes.txt", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5</home/model/notes.txt>',
    ],
    subject: at('home'),
  },
  {
    id: 'DYN-WRITE-SYSTEM',
    severity: 'high',
    category: 'file-write',
    attack: 'T1565.001',
    title: 'Writes outside the places meant for it',
    meaning: 'Loading a model changes no file of the system.',
    harmless: 'Where a library keeps a lock or a socket of its own in a folder of the system.',
    advice: CHECK,
    example: [
      '100 openat(AT_FDCWD, "/usr/lib/x.conf", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = -1 EROFS (Read-only file system)',
    ],
    subject: at('image', 'other'),
  },
  {
    id: 'DYN-DELETE-MANY',
    severity: 'critical',
    category: 'file-delete',
    attack: 'T1485',
    title: 'Deletes one file after another',
    meaning: 'It destroys data, or replaces it with a locked copy to ask for money.',
    harmless: 'Where a library empties a cache of its own.',
    advice: 'Do not load this model. If you have, disconnect the machine and restore the files from a copy.',
    example: Array.from(
      { length: 11 },
      (_, index) => `100 unlink("/srv/data/${index}.csv") = -1 ENOENT (No such file or directory)`,
    ),
    subject: (act) => (act.act === 'delete' && act.total > 10 ? 'files' : undefined),
  },
  {
    id: 'DYN-DELETE-FILE',
    severity: 'high',
    category: 'file-delete',
    attack: 'T1485',
    title: 'Deletes or renames a file that is not its own',
    meaning: 'Loading a model removes nothing.',
    harmless: 'Where a library replaces a file of its own by a newer one.',
    advice: 'Do not load this model. If you have, restore the file named here.',
    example: ['100 unlinkat(AT_FDCWD, "/home/model/thesis.tex", 0) = 0'],
    subject: (act) => (act.act === 'delete' && !['scratch', 'none'].includes(act.zone) ? act.path : undefined),
  },
  {
    id: 'DYN-PERM-SETUID',
    severity: 'high',
    category: 'permissions',
    attack: 'T1548.001',
    title: 'Makes a program that runs with the rights of another user',
    meaning: 'Such a program is a lasting door to those rights.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: CHECK,
    example: ['100 fchmodat(AT_FDCWD, "/tmp/sh", S_ISUID|0755) = 0'],
    subject: (act) => {
      if (act.act === 'change')
        return act.how === 'attribute' && act.attribute === 'security.capability' ? act.path : undefined;
      return act.act === 'mode' && (act.mode & 0o6000) !== 0 ? act.path : undefined;
    },
  },
  {
    id: 'DYN-PERM-EXECUTABLE',
    severity: 'medium',
    category: 'permissions',
    attack: 'T1222.002',
    title: 'Makes a file a program',
    meaning: 'It prepares to run something that it wrote or found.',
    harmless: 'Where a library unpacks a tool of its own and makes it a program.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 chmod("/tmp/stage2", 0755) = 0'],
    subject: (act) => (act.act === 'mode' && (act.mode & 0o111) !== 0 && !act.isFolder ? act.path : undefined),
  },
  {
    id: 'DYN-PERM-MODE',
    severity: 'medium',
    category: 'permissions',
    attack: 'T1222.002',
    title: 'Changes who may use a file',
    meaning: 'It locks others out of a file, or opens it to them.',
    harmless: 'Where a library protects a file of its own from others.',
    advice: CHECK,
    example: ['100 fchmodat(AT_FDCWD, "/home/model/plan.odt", 000) = -1 ENOENT (No such file or directory)'],
    subject: (act) => (act.act === 'mode' && !['scratch', 'none'].includes(act.zone) ? act.path : undefined),
  },
  {
    id: 'DYN-PERM-OWNER',
    severity: 'medium',
    category: 'permissions',
    attack: 'T1222.002',
    title: 'Changes whose a file is',
    meaning: 'It takes a file, or hands one over.',
    harmless: 'In a server that starts with more rights than it needs.',
    advice: CHECK,
    example: ['100 fchownat(AT_FDCWD, "/etc/passwd", 0, 0, 0) = -1 EROFS (Read-only file system)'],
    subject: (act) => (act.act === 'owner' ? act.path : undefined),
  },
];
