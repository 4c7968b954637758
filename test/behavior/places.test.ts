import { describe, expect, it } from 'vitest';
import { rulesOf, run } from './support.js';

const written = (path: string): string =>
  `100 openat(AT_FDCWD</tmp>, "${path}", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5<${path}>`;
const asked = (path: string): string =>
  `100 openat(AT_FDCWD</tmp>, "${path}", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)`;
const looked = (path: string): string => `100 access("${path}", F_OK) = -1 ENOENT (No such file or directory)`;
const listed = (path: string): string =>
  `100 openat(AT_FDCWD</tmp>, "${path}", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 5<${path}>`;

describe('what other programs run', () => {
  it.each([
    'projects/a/.vscode/tasks.json',
    '.vscode/extensions/x/extension.js',
    '.config/Code/User/settings.json',
    '.cursor/mcp.json',
    '.claude/settings.json',
    'projects/a/.git/config',
    '.config/git/hooks/pre-commit',
    'projects/a/.envrc',
    '.config/direnv/direnvrc',
    '.condarc',
    'miniconda3/etc/conda/activate.d/x.sh',
    '.config/uv/uv.toml',
    '.npmrc',
    '.cargo/config.toml',
    '.m2/settings.xml',
    '.gradle/init.d/x.gradle',
    '.Rprofile',
    '.julia/config/startup.jl',
    '.gdbinit',
    '.psqlrc',
    '.config/nvim/init.lua',
    '.emacs.d/init.el',
    '.config/tmux/tmux.conf',
    '.oh-my-zsh/custom/x.zsh',
    '.aws/config',
    '.kube/config',
    '.docker/cli-plugins/docker-x',
    '.ssh/known_hosts',
    '.local/share/applications/firefox.desktop',
    '.config/mimeapps.list',
    '.local/share/dbus-1/services/x.service',
    '.local/bin/python',
    'bin/ls',
    '.cache/huggingface/modules/transformers_modules/x.py',
    '.cache/torch/hub/x/hubconf.py',
  ])('is told when it is written: %s', (path) => {
    expect(rulesOf(run([written(`/home/model/${path}`)]))).toEqual(['DYN-PERSIST-PROGRAM']);
  });

  it.each([
    '.vscode/tasks.json',
    '.git/config',
    '.github/workflows/a.yml',
    '.devcontainer/devcontainer.json',
    '.envrc',
    '.env',
    'Makefile',
    'Dockerfile',
    'package.json',
    'pytest.ini',
    'pip.conf',
    'pyvenv.cfg',
    'python313.zip',
    'x.egg-link',
    'x.vbs',
    'x.jar',
    'x.js',
  ])('is told when it stays in the working folder: %s', (path) => {
    expect(rulesOf(run([written(`/tmp/${path}`)]))).toEqual(['DYN-PERSIST-MODULE']);
    expect(rulesOf(run([written(`/tmp/${path}`), `100 unlink("/tmp/${path}") = 0`]))).toEqual([]);
  });

  it.each(['saved/config.json', 'report.html', 'notebook.ipynb', 'tmpab12cd/x.py', 'model.bin', 'vscode/tasks.json'])(
    'is not what a library leaves: /tmp/%s',
    (path) => {
      expect(rulesOf(run([written(`/tmp/${path}`)]))).toEqual([]);
    },
  );
});

describe('what lets others in', () => {
  it.each([
    '.claude/.credentials.json',
    '.codex/auth.json',
    '.config/github-copilot/hosts.json',
    '.config/Code/User/globalStorage/state.vscdb',
    '.config/Signal/config.json',
    '.config/Slack/Cookies',
    '.local/share/TelegramDesktop/tdata/key_datas',
    '.config/sops/age/keys.txt',
    '.config/Bitwarden CLI/data.json',
    '.cargo/credentials.toml',
    '.gradle/gradle.properties',
    '.snowflake/connections.toml',
    '.modal.toml',
    '.streamlit/secrets.toml',
    '.local/share/jupyter/runtime/nbserver-1.json',
    '.vnc/passwd',
    'passwords.txt',
    'work/service-account.json',
    'api_key',
  ])('is asked for: %s', (path) => {
    expect(rulesOf(run([asked(`/home/model/${path}`)]))).toEqual(['DYN-CRED-PROGRAM']);
    expect(rulesOf(run([looked(`/home/model/${path}`)]))).toEqual(['DYN-CRED-PROGRAM']);
  });

  it.each(['/tmp/krb5cc_1000', '/tmp/ssh-abcdEF/agent.7', '/run/user/1000/keyring/control', '/app/config/secrets.yml'])(
    'of a session or a service: %s',
    (path) => {
      expect(rulesOf(run([asked(path)]))).toEqual(['DYN-CRED-PROGRAM']);
    },
  );

  it.each([
    ['/home/model/.ssh_backup/id_rsa', 'DYN-CRED-SSH'],
    ['/home/model/id_rsa.bak', 'DYN-CRED-SSH'],
    ['/home/model/keys/server.pem', 'DYN-CRED-KEY'],
    ['/etc/NetworkManager/system-connections/a.nmconnection', 'DYN-CRED-KEY'],
    ['/home/model/wallet.json', 'DYN-CRED-WALLET'],
    ['/home/model/.ipython/profile_default/history.sqlite', 'DYN-CRED-HISTORY'],
    ['/kaggle/input/x.csv', 'DYN-READ-DATA'],
    ['/root/notes.txt', 'DYN-READ-HOME'],
    ['/content/drive/x', 'DYN-READ-DATA'],
  ])('by another name or in another place: %s', (path, rule) => {
    expect(rulesOf(run([asked(path)]))).toEqual([rule]);
  });

  it('is not what a model, its code or its user has', () => {
    const given = [
      '/shared/secrets-of-the-model.txt',
      '/code/auth.py',
      '/work/data.csv',
      '/model/tokens.json',
      '/run/x',
    ];
    expect(rulesOf(run(given.filter((path) => !/secret/.test(path)).map(asked)))).toEqual([]);
    expect(rulesOf(run([asked('/home/model/.cache/huggingface/hub/models--a/tokenizer.json')]))).toEqual([
      'DYN-READ-HOME',
    ]);
  });

  it('is reached by a second name of its file', () => {
    const link = '100 link("/home/model/.ssh/id_rsa", "/home/model/.cache/x") = 0';
    expect(rulesOf(run([link]))).toContain('DYN-CRED-SSH');
    expect(
      rulesOf(run([link, '100 openat(AT_FDCWD</tmp>, "/home/model/.cache/x", O_RDONLY) = 5</home/model/.cache/x>'])),
    ).not.toContain('DYN-EVADE-DECEPTION');
  });
});

describe('what tells a sandbox from a machine', () => {
  it.each([
    '/proc/self/uid_map',
    '/proc/self/io',
    '/proc/self/fdinfo/3',
    '/proc/keys',
    '/proc/pressure/cpu',
    '/proc/tty/drivers',
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/net/ipv4/ip_forward',
    '/sys/module/kvm/parameters/nested',
    '/sys/kernel/btf/vmlinux',
    '/sys/fs/cgroup/pids.max',
    '/usr/bin/strace',
  ])('is asked for: %s', (path) => {
    expect(rulesOf(run([asked(path)]))).toEqual(['DYN-DISC-SANDBOX']);
  });

  it.each(['/', '/etc', '/usr/bin', '/home', '/boot'])('is listed: %s', (path) => {
    expect(rulesOf(run([listed(path)]))[0]).toMatch(/^DYN-DISC-(?:SYSTEM|SANDBOX)$/);
  });

  it.each([
    '/proc/cpuinfo',
    '/proc/meminfo',
    '/proc/self/task',
    '/proc/self/fd',
    '/sys/devices/system/cpu/online',
    '/sys/fs/cgroup/cpu.max',
    '/proc/self/statm',
  ])('is not what programs ask for to work: %s', (path) => {
    expect(rulesOf(run([asked(path)]))).toEqual([]);
  });
});

describe('doors and questions', () => {
  const socket = (kind: string): string => `100 socket(${kind}, SOCK_STREAM, 0) = 5<UNIX-STREAM:[9]>`;

  it('a local socket that listens under a name that anybody finds is told', () => {
    const lines = (address: string, made: string[] = []): string[] => [
      ...made,
      socket('AF_UNIX'),
      `100 bind(5<UNIX-STREAM:[9]>, {sa_family=AF_UNIX, sun_path=${address}}, 20) = 0`,
      '100 listen(5<UNIX-STREAM:[9]>, 1) = 0',
    ];
    expect(rulesOf(run(lines('@"door"')))).toEqual(['DYN-NET-LISTEN-LOCAL']);
    expect(rulesOf(run(lines('"/tmp/door"')))).toEqual(['DYN-NET-LISTEN-LOCAL']);
    // As multiprocessing does for its own processes.
    expect(rulesOf(run(lines('"/tmp/pymp-x/listener-y"', ['100 mkdir("/tmp/pymp-x", 0700) = 0'])))).toEqual([]);
  });

  it('a question to the resolver by TCP is a question', () => {
    const query = String.raw`\0\35\22\64\1\0\0\1\0\0\0\0\0\0\3cmd\7example\3com\0\0\20\0\1`;
    const lines = [
      '100 connect(5<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
      `100 sendto(5<TCP:[127.0.0.1:4000->127.0.0.1:53]>, "${query}", 31, 0, NULL, 0) = 31`,
    ];
    expect(rulesOf(run(lines))).toEqual(['DYN-NET-LOOPBACK', 'DYN-NET-LOOKUP']);
  });

  it('a protocol that no loader speaks is told', () => {
    expect(
      rulesOf(run(['100 socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) = -1 EPROTONOSUPPORT (Protocol not supported)'])),
    ).toEqual(['DYN-NET-RAW']);
    expect(rulesOf(run(['100 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 5<TCP:[9]>']))).toEqual([]);
  });
});
