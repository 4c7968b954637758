/**
 * Places outside of a model that keep secrets, or whose files are run at every start of a computer, a session, a terminal or Python: what code that
 * writes there, or names them, is after. The rules on what a model does while it runs use the same.
 */
import { posix } from 'node:path';

/** Bash (INVOCATION), zsh (STARTUP/SHUTDOWN FILES), fish, csh and X11, and programs that run commands from their settings at each start. */
export const STARTS_WITH_SHELL =
  /(?:^|\/)\.(?:bashrc|bash_(?:profile|login|logout|aliases)|profile|zshrc|zshenv|zprofile|zlogin|zlogout|kshrc|cshrc|tcshrc|config\/fish\/.*|xprofile|xsessionrc|xinitrc|pam_environment)$|\/\.(?:login|inputrc|vimrc|emacs|tmux\.conf|gitconfig|config\/git\/config|git\/hooks\/[\w-]+)$|^\.git\/hooks\/[\w-]+$|^\/etc\/(?:profile(?:\.d\/.*)?|bash\.bashrc|bashrc|zsh(?:\/.*)?|environment)$/;

export const SCHEDULED =
  /^\/etc\/(?:(?:cron\w*|anacrontab|at\.allow)(?:\/.*)?|cron\.\w+\/.*)$|^\/var\/spool\/(?:cron|at|anacron)(?:\/.*)?$/;

/** systemd, SysV, the XDG autostart specification, KDE, launchd, the Startup folder and the Run keys of Windows. */
export const STARTS_WITH_SYSTEM =
  /(?:^|\/)(?:\.config|\.local\/share)\/systemd(?:\/|$)|^\/etc\/systemd(?:\/|$)|\/systemd\/(?:system|user)(?:\/|$)|(?:^|\/)\.config\/(?:environment\.d|plasma-workspace|autostart-scripts|upstart)\/|\/autostart(?:\/|$)|^\/etc\/(?:init\.d|rc\w*\.d|rc\.local|inittab|xdg|udev|modules-load\.d)(?:\/|$)|(?:^|\/)(?:LaunchAgents|LaunchDaemons)(?:\/|$)|Start Menu\/Programs\/Startup(?:\/|$)|Windows(?: NT)?\/CurrentVersion\/(?:Run|Winlogon)/i;

/** Files of Python's own start (`Lib/site.py`), and those of its shells and of pip. */
const STARTS_WITH_PYTHON =
  /(?:^|\/)(?:sitecustomize|usercustomize)\.py$|(?:site|dist)-packages\/[^/]*\.(?:py|pth|so)$|\/\.(?:pythonrc(?:\.py)?|config\/pip\/pip\.conf|pip\/pip\.conf|ipython\/.*\.py|jupyter\/.*\.py)$/;

/** Joins what stands for one kind of file each. */
const anyOf = (...parts: readonly string[]): string => `(?:${parts.join('|')})`;

/**
 * Settings by which editors, version control, builds, package managers, shells of languages and the desktop run commands, choose where packages come
 * from or which program a name means; the documentation of each says so.
 */
const PROGRAM_SETTINGS = anyOf(
  // Editors and assistants.
  String.raw`\.vscode(?:-server|-oss|-insiders)?/(?:tasks|launch|settings|extensions|mcp)\.json`,
  String.raw`\.(?:vscode(?:-server|-oss|-insiders)?|cursor|windsurf)/extensions/.*`,
  String.raw`(?:\.config|Library/Application Support)/(?:Code(?: - \w+)?|Cursor|VSCodium|Windsurf)/User/(?:[\w.]+\.json|snippets/.*)`,
  String.raw`\.(?:cursor|windsurf|gemini|continue|codex|aider[\w.]*)/(?:mcp|settings|config|hooks)[\w.]*`,
  String.raw`\.(?:mcp|claude)\.json|\.claude/(?:settings[\w.]*\.json|(?:commands|agents|hooks|skills)/.*)`,
  String.raw`\.idea/.*\.xml|\.devcontainer(?:/.*|\.json)|\.config/(?:nvim|zed|helix|emacs|micro)/.*|\.(?:vim|emacs\.d)/.*|\.nanorc|\.exrc|\.ideavimrc`,
  // Version control.
  String.raw`\.git/(?:config|hooks/[\w-]+)|\.config/git/(?:config|hooks/.*|attributes)|\.hgrc|\.hg/hgrc|\.github/workflows/.*|\.gitlab-ci\.yml|\.pre-commit-config\.yaml`,
  // Shells, terminals, tools that read a file of the folder in which they are started.
  String.raw`\.envrc|\.config/(?:direnv|tmux|zsh|nushell|kitty|alacritty|wezterm|powershell|starship\.toml)(?:/.*)?|\.screenrc|\.oh-my-(?:zsh|bash)/.*|\.(?:zsh|bash)\.d/.*`,
  String.raw`\.(?:gdbinit|lldbinit|psqlrc|sqliterc|mongorc\.js|mongoshrc\.js|irbrc|pryrc|octaverc|Rprofile|Renviron|ghci|guile|perldb|curlrc|wgetrc|digrc|mailcap|lesskey|lessfilter)`,
  String.raw`\.julia/config/startup\.jl|\.config/gdb/.*`,
  // Builds and package managers.
  String.raw`\.condarc|\.mambarc|\.config/(?:uv|conda|mamba)/.*|conda-meta/.*|etc/conda/(?:de)?activate\.d/.*|\.pip/pip\.conf|\.pydistutils\.cfg`,
  String.raw`\.(?:npmrc|yarnrc(?:\.yml)?|pnpmrc|bunfig\.toml|gemrc)|\.cargo/config(?:\.toml)?|\.m2/settings[\w-]*\.xml|\.gradle/(?:init\.gradle(?:\.kts)?|init\.d/.*|gradle\.properties)|\.bundle/config`,
  // The cloud, containers, the network.
  String.raw`\.aws/config|\.kube/config|\.docker/(?:config\.json|cli-plugins/.*)|\.config/(?:containers|docker)/.*|\.ssh/(?:known_hosts2?|config\.d/.*)`,
  // The desktop.
  String.raw`\.local/share/(?:applications/.*|dbus-1/services/.*|nautilus/scripts/.*|kservices5/.*)|\.config/(?:mimeapps\.list|kdeglobals|dconf/user|xdg-terminals\.list)`,
  // Caches from which libraries run code, and kernels of notebooks.
  String.raw`\.cache/(?:huggingface/modules|torch/hub|torch_extensions|torch/kernels)/.*\.(?:py|so|cpp|cu)|\.local/share/jupyter/(?:kernels|labextensions|nbextensions)/.*|\.jupyter/.*\.json`,
);

/** Programs under the name of others, in folders that come before those of the system. */
const PROGRAM_FOLDERS = String.raw`(?:\.local/bin|bin|\.bin|\.cargo/bin|go/bin|\.pyenv/shims|\.poetry/bin|\.npm-global/bin|(?:mini|ana)conda3?/(?:bin|condabin))/[^/]+`;

export const STARTS_WITH_PROGRAM = new RegExp(
  String.raw`(?:^|/)${PROGRAM_SETTINGS}$|^(?:~|/(?:root|(?:home|Users)/[^/]+))/${PROGRAM_FOLDERS}$`,
);

/** What tools that are started in a folder run, by its name in there. */
export const RUN_IN_FOLDER =
  /^(?:(?:GNU)?[Mm]akefile|[Jj]ustfile|Rakefile|Gruntfile\.\w+|gulpfile\.\w+|Taskfile\.ya?ml|CMakeLists\.txt|meson\.build|build\.(?:gradle(?:\.kts)?|xml)|pom\.xml|Dockerfile|Containerfile|(?:docker-)?compose\.ya?ml|Vagrantfile|Jenkinsfile|Procfile|Pipfile|package\.json|pyproject\.toml|setup\.cfg|pytest\.ini|tox\.ini|noxfile\.py|pip\.(?:conf|ini)|pyvenv\.cfg|python3?\d*\.zip|\.python-version|\.env|environment\.ya?ml|requirements[\w-]*\.txt|autorun\.inf|desktop\.ini|CLAUDE\.md|AGENTS\.md|\.cursorrules)$|\.(?:egg-link|desktop|command|vbs|vbe|wsf|hta|scr|pif|lnk|jar|js|mjs|cjs|lua|rb|pl|php|R|jl|ps1|psm1|reg|msi|applescript|scpt|AppImage|deb|rpm|whl)$/;

/** `/etc/ld.so.preload` and what else `ld.so` reads. */
export const PRELOADED = /^\/etc\/ld\.so\.(?:preload|conf|cache)(?:\.d(?:\/.*)?)?$/;

export const LETS_IN = /\/\.ssh\/(?:authorized_keys2?|config|rc|environment)$|^\/etc\/ssh\//;

/** Keys, passwords, what was typed, mail and backups (the Filesystem Hierarchy Standard, and the programs that keep them). */
const SECRET =
  /(?:^|\/)\.(?:ssh|aws|gnupg|kube|netrc|pypirc|git-credentials|(?:bash|zsh|python|mysql|psql)_history|npmrc|vault-token|password-store|ethereum|electrum|bitcoin)(?:$|\/)|(?:^|\/)\.(?:docker\/config|config\/(?:gcloud|gh\/hosts|op)|local\/share\/keyrings|(?:cache\/)?huggingface\/(?:token|stored_tokens))|\/Library\/Keychains(?:\/|$)|\.kdbx$|^\/etc\/(?:g?shadow|passwd|sudoers|pam|krb5\.keytab|ssl\/private)|^(?:\/var)?\/run\/secrets(?:\/|$)|^\/var\/(?:(?:spool\/)?mail|backups)(?:\/|$)|^\/(?:opt|run)\/dynscan(?:\/|$)|^\/proc\/(?:self|\d+)\/(?:environ|mem|maps|cmdline)|(?:^|\/)id_(?:rsa|ed25519|ecdsa|dsa)$|(?:^|\/)authorized_keys$|\/\.mozilla\/|\/(?:google-chrome|chromium)\//;

const PLACES = [
  SECRET,
  STARTS_WITH_SHELL,
  SCHEDULED,
  STARTS_WITH_SYSTEM,
  STARTS_WITH_PYTHON,
  STARTS_WITH_PROGRAM,
  PRELOADED,
  LETS_IN,
];

/** Characters of a path that are looked at: as long as Linux takes one, and of one without its detours. */
const WRITTEN_LIMIT = 4096;
const PATH_LIMIT = 300;

/** Whether a text is the path of such a place, as code writes paths: `~` is the home folder. */
export function isWatchedPlace(text: string): boolean {
  if (text.length > WRITTEN_LIMIT || text.length < 5) return false;
  const path = withoutDetours(text.replaceAll('\\', '/'));
  if (path.length > PATH_LIMIT) return false;
  if (/\s/.test(path.replace('Start Menu', '').replace('Windows NT', '').trim())) return false;
  return PLACES.some((place) => place.test(path));
}

/** The same for what is known to be the path of a file: it can have spaces. */
export function isWatchedPath(path: string): boolean {
  if (isWatchedPlace(path)) return true;
  if (path.length > PATH_LIMIT || !/^(?:[~/]|[A-Za-z]:[\\/])/.test(path)) return false;
  return PLACES.some((place) => place.test(withoutDetours(path.replaceAll('\\', '/'))));
}

/** Of the system: nothing there is a model's. */
export const SYSTEM_PLACE = /^\/(?:etc|usr|lib|lib64|bin|sbin|boot|proc|sys)(?:\/|$)/;
export const SYSTEM_PROGRAM = /^\/(?:usr\/(?:local\/)?)?s?bin\/[\w.-]+$/;

/** Folders in which every user can put files, and shares of other machines. */
export const EVERYBODYS = /^(?:\/tmp|\/var\/tmp|\/dev\/shm)(?:[/:]|$)|^(?:\\\\|\/\/)[\w.-]+[\\/]/;

/** A place that is no model's: deleting there is deleting what others have. */
export const OTHERS_PLACE =
  /^(?:~|\/(?!(?:tmp|var\/tmp|dev\/shm|content|kaggle|workspace|app)(?:\/|$))|[A-Za-z]:[\\/])/;

const HOMES = String.raw`(?:~|\/root|\/(?:home|Users)(?:\/(?:\*|[\w.-]+))?|[A-Za-z]:[\\/]Users(?:[\\/][\w.*-]+)?)`;

/** The folder of a user, or of all users: what is in it is no model's. */
export const WHOLE_HOME = new RegExp(
  String.raw`^(?:~|\/home|\/root|\/Users|[A-Za-z]:[\\/]Users|${HOMES}[\\/](?:Documents|Desktop|Downloads|Pictures)|${HOMES}(?=[\\/]\*))(?:[\\/]\*\*?(?:\.\w+)?)*[\\/]?$`,
);

/** All that a computer has. */
export const WHOLE_DISK = /^(?:\/|[A-Za-z]:)[\\/]?(?:\*\*?[\\/]?)*$/;

/** Variables of the environment that keep secrets, by their names. */
export const SECRET_VARIABLE =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)(?:_|$)/i;

/** `/tmp/..//etc/./passwd` is `/etc/passwd`. */
export function withoutDetours(path: string): string {
  return /\/\.{0,2}\//.test(path) ? posix.normalize(path) : path;
}

/** Folders of a user by the variables of the environment that name them. */
export const FOLDER_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['HOME', '~'],
  ['USERPROFILE', '~'],
  ['APPDATA', '~/AppData/Roaming'],
  ['PROGRAMDATA', '~/ProgramData'],
  ['ALLUSERSPROFILE', '~/ProgramData'],
  ['XDG_CONFIG_HOME', '~/.config'],
]);

/** The folder of Python's packages, and what gives it: a text, a list of texts, or a dict. */
export const PACKAGES_FOLDER = '~/.local/lib/python3/site-packages';
export const PACKAGES_NAMES: ReadonlyMap<string, 'text' | 'list' | 'dict'> = new Map([
  ['site.USER_SITE', 'text'],
  ['site.getusersitepackages', 'text'],
  ['site.getsitepackages', 'list'],
  ['sysconfig.get_path', 'text'],
  ['sysconfig.get_paths', 'dict'],
  ['distutils.sysconfig.get_python_lib', 'text'],
]);
/** Keys of `sysconfig.get_paths()` for that folder. */
export const PACKAGES_KEYS: readonly string[] = ['purelib', 'platlib'];

/** `$HOME/x` and `${HOME}/x` with the folder. */
export function expandedFolder(path: string): string {
  const [whole, name] = /^(?:\$\{?(\w+)\}?|%\w+%)(?=[\\/]|$)/.exec(path) ?? [];
  if (whole === undefined) return path;
  const folder = FOLDER_VARIABLES.get((name ?? whole.slice(1, -1)).toUpperCase());
  return folder === undefined ? path : folder + path.slice(whole.length);
}
