import type { Act, ReadAct } from '../acts.js';
import { called } from './matching.js';
import type { Rule } from './rule.js';

/** A read, or a look whether it is there, of a path that matches. */
const reads =
  (pattern: RegExp, applies: (act: ReadAct) => boolean = () => true) =>
  (act: Act): string | undefined =>
    act.act === 'read' && pattern.test(act.path) && applies(act) ? act.path : undefined;

/** Below any home folder: /root, /home/someone, /Users/someone, or that of the sandbox, wherever it is. */
const HOME = String.raw`^/(?:root|(?:home|Users)/[^/]+)/`;
const inHome = (rest: string): RegExp => new RegExp(HOME + rest);

/** Where programs keep what lets others in, below a home folder, as their documentation says. */
const KEPT_BY_PROGRAMS = inHome(
  String.raw`\.?(?:${[
    // Assistants, editors and hubs.
    String.raw`claude(?:\.json|/(?!settings)\S*)`,
    String.raw`codex/.*|gemini/.*|cursor/mcp\.json|continue/.*|aider[\w.]*\.ya?ml|lmstudio/.*|ollama/id_\w+|modal\.toml|replicate/.*|ray/.*`,
    String.raw`config/(?:github-copilot|gh|hub|gmail|wandb|replicate|openai|anthropic)/.*`,
    String.raw`(?:config|cursor|Library/Application Support)/(?:Code(?: - \w+)?|Cursor|VSCodium|Windsurf)/User/globalStorage/.*`,
    String.raw`cache/(?:modal|huggingface)/(?:stored_)?tokens?|streamlit/secrets\.toml|local/share/jupyter/runtime/.*`,
    // Keepers of passwords.
    String.raw`config/(?:op|1Password|Bitwarden[^/]*|KeePass\w*|keepassxc|sops|age|goa-1\.0)/.*|local/share/(?:keyrings|kwalletd)/.*|password-store/.*`,
    // Messengers, mail, other people's screens.
    String.raw`config/(?:Signal|Slack|discord|Element|Microsoft Teams|teams|skypeforlinux|WhatsApp|Mailspring)(?:/.*)?|local/share/(?:TelegramDesktop|evolution|remmina)/.*`,
    String.raw`purple/.*|msmtprc|muttrc|mutt/.*|fetchmailrc|getmail/.*|vnc/.*|config/(?:filezilla|remmina)/.*`,
    // Package managers, databases, clouds.
    String.raw`cargo/credentials(?:\.toml)?|gem/credentials|m2/settings[\w-]*\.xml|gradle/gradle\.properties|config/(?:composer|containers)/auth\.json|nuget/.*`,
    String.raw`mlflow/.*|snowflake/.*|dbt/profiles\.yml|databricks/.*|fly/.*|ngrok2/.*|pulumi/.*|step/.*|pki/nssdb(?:/.*)?|minikube/.*|config/(?:doctl|hcloud|ngrok|neonctl|heroku|scw|linode-cli|flyctl|pulumi|argocd|helm)(?:/.*)?`,
  ].join('|')})$`,
);
/** What people and programs call such files. */
const CALLED_SECRET =
  /[/._-](?:credentials?|secrets?|passwords?|passwd|passphrases?|api[_-]?keys?|(?:access|auth|refresh)[_-]?tokens?|oauth2?|client[_-]secrets?|service[_-]account|master[_-]key)(?:[._-][^/]*)?$|\/tokens?(?:\.(?:json|txt|db|pickle|ya?ml))?$|\/(?:auth|hosts)\.(?:json|ya?ml|toml)$/i;
/** Tickets, agents and keys of a session. */
const OF_A_SESSION =
  /^\/tmp\/(?:krb5cc_\w*|ssh-\w+\/agent\.\w+|keyring-\w+(?:\/.*)?)$|^\/run\/user\/\d+\/(?:keyring|gnupg|gcr|podman|docker)/;

/** Files that tell a container from a machine, and the sandbox's own. */
const SANDBOX =
  /^\/\.dockerenv$|^\/\.dockerinit$|^\/run\/\.containerenv$|^\/proc\/(?:1|self|\d+)\/(?:cgroup|mountinfo)$|^\/proc\/(?:uptime|vz|bc)$|^\/proc\/1\/(?:environ|sched|mountinfo|comm|cmdline|cpuset)$|^\/sys\/(?:class|devices\/virtual)\/dmi(?:\/|$)|^\/sys\/(?:hypervisor|firmware|block)(?:\/|$)|^\/sys\/class\/(?:block|hwmon|thermal|power_supply|scsi_host|sound|input)(?:\/|$)|^\/proc\/scsi(?:\/|$)|^\/proc\/xen(?:\/|$)|^\/(?:opt|run)\/dynscan(?:$|\/(?!keras(?:\/keras\.json)?$))|^\/etc\/ld\.so\.preload$/;
/** What the kernel says of processes and of the machine, which differs in a sandbox. */
const OF_A_SANDBOX =
  /^\/proc\/(?:mounts|devices|cmdline|interrupts|loadavg|stat|filesystems|swaps|iomem|ioports|softirqs|misc|consoles|buddyinfo|schedstat|timer_list)$|^\/proc\/(?:self|thread-self|\d+)\/(?:task\/\d+\/)?(?:mounts|mountstats|maps|smaps|smaps_rollup|numa_maps|map_files|auxv|cmdline|cpuset|limits|sched|schedstat|stack|personality|loginuid|sessionid|patch_state|timens_offsets|ns|attr)(?:\/.*)?$|^\/proc\/sys\/kernel\/(?:hostname|domainname|random\/boot_id|yama|kptr_restrict|pid_max|threads-max|ns_last_pid)(?:\/.*)?$|^\/sys\/fs\/cgroup\/(?:.*\/)?(?:cgroup\.\w+|pids\.\w+)$/;
/** The same: what is as good as never asked for by programs that only work. */
const RARELY_ASKED =
  /^\/proc\/(?:self|thread-self|\d+)\/(?:task\/\d+\/)?(?:io|fdinfo(?:\/\d+)?|uid_map|gid_map|projid_map|setgroups|oom_(?:score|adj|score_adj)|pagemap|coredump_filter|seccomp|arch_status|children|ksm_\w+|fd\/[0-3])$|^\/proc\/(?:pressure|bus|tty|sysvipc|driver|fs|irq)(?:\/.*)?$|^\/proc\/(?:keys|key-users|crypto|vmstat|zoneinfo|version_signature|cgroups|locks|mdstat|slabinfo|pagetypeinfo|execdomains|fb|dma|config\.gz)$|^\/proc\/sys\/(?:net|fs\/binfmt_misc|debug|user)(?:\/.*)?$|^\/proc\/sys\/kernel\/(?:core_pattern|tainted|modules_disabled|perf_event_paranoid|unprivileged_\w+|dmesg_restrict|randomize_va_space|keys)(?:\/.*)?$|^\/sys\/(?:module|bus|dev|hypervisor|power)(?:\/.*)?$|^\/sys\/devices\/(?:pci|platform|LNX|vbd|vif|virtual\/misc)[^/]*(?:\/.*)?$|^\/sys\/kernel\/(?:btf|debug|security|kexec\w*|uevent\w+|notes|vmcoreinfo|tracing)(?:\/.*)?$|^\/(?:usr\/)?lib\/modules(?:\/.*)?$|^\/boot(?:\/.*)?$|^\/dev(?:\/(?:kvm|vd[a-z]\d*|sd[a-z]\d*|xvd\w+|nvme\w+|disk(?:\/.*)?|vboxguest|vmci|hyperv|block(?:\/.*)?|mapper(?:\/.*)?))?$|^\/(?:usr\/(?:local\/)?)?s?bin\/(?:strace|gdb|ltrace|bpftrace|tcpdump|wireshark|tshark|sysdig|falco|auditctl|frida[\w-]*)$/;

const REPLACE = 'Do not load this model. If you have, replace the keys and passwords that were on the machine.';

export const CREDENTIALS: readonly Rule[] = [
  {
    id: 'DYN-THEFT-PROOF',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1041',
    title: 'Steals a secret',
    meaning:
      'The value was made for this scan and is in no other place, so the model took it from there. A real secret would be on its way out.',
    harmless: 'Never: the value exists in this scan alone, so nothing but taking it explains where it went.',
    advice: REPLACE,
    example: ['100 write(5</tmp/x>, "hf_q7Zt0Kx9Lw3Rb8Vy2Mn5HcJd4Ps6TgFa1E", 37) = 37'],
    subject: (act) =>
      act.act === 'theft' && act.how !== 'print'
        ? `${act.canary.path ?? act.canary.name} ${act.how} ${act.where}`
        : undefined,
  },
  {
    id: 'DYN-CRED-PRINTED',
    severity: 'medium',
    category: 'credential-access',
    attack: 'T1552.001',
    title: 'Prints a secret',
    meaning: 'What is printed stands in logs of builds and in notebooks, which others read.',
    harmless: 'In a program that prints its whole settings for its user to see; a model has no settings to print.',
    advice: 'Do not load this model where its output is kept, and ask its author what it needs the secret for.',
    example: ['100 write(1<pipe:[9]>, "hf_q7Zt0Kx9Lw3Rb8Vy2Mn5HcJd4Ps6TgFa1E", 37) = 37'],
    subject: (act) => (act.act === 'theft' && act.how === 'print' ? (act.canary.path ?? act.canary.name) : undefined),
  },
  {
    id: 'DYN-CRED-SSH',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1552.004',
    title: 'Looks for SSH keys',
    meaning: 'With a private key another person logs in to every machine that trusts it.',
    harmless: 'Where git or ssh is started on purpose and reads its own settings; a model starts neither.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.ssh/id_rsa", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    ],
    subject: reads(
      /\/\.ssh(?:[._-]\w+)?(?:\/|$)|\/\.gnupg(?:\/|$)|^\/etc\/ssh\/ssh_host_\w+_key$|\/id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-]\w+)?$/,
    ),
  },
  {
    id: 'DYN-CRED-KEY',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1552.004',
    title: 'Looks for private keys and key stores',
    meaning: 'With a private key somebody else passes for this machine or its user, and reads what is meant for them.',
    harmless: 'Where a library opens the list of certificates that it trusts; private keys are no part of that.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/etc/ssl/private/server.key", O_RDONLY|O_CLOEXEC) = 5</etc/ssl/private/server.key>',
    ],
    subject: (act) =>
      reads(
        /^\/(?:etc|usr\/lib)\/(?:ssl|pki\/tls)\/private(?:\/|$)|^\/etc\/(?:letsencrypt|wireguard|openvpn|ipsec\.d|NetworkManager\/system-connections|wpa_supplicant|rancher|gitlab-runner|ppp|samba\/private|vault|consul\.d|nomad\.d|credstore(?:\.encrypted)?|cloud|salt|puppet|ansible|chef|grafana|dovecot|sssd|ldap|openldap|freeradius)(?:\/|$)/,
      )(act) ??
      reads(/\.pem$/, (read) => read.zone === 'home' || read.zone === 'other')(act) ??
      reads(
        /\.(?:key|p12|pfx|jks|keystore|kdbx?|ppk|ovpn|nmconnection)$/,
        (read) => read.zone !== 'image' && read.zone !== 'kernel',
      )(act),
  },
  {
    id: 'DYN-CRED-CLUSTER',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1552.007',
    title: 'Looks for the keys of a container cluster',
    meaning: 'With them another person commands every machine of the cluster.',
    harmless: 'In a client of the cluster that you start yourself.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/var/run/secrets/kubernetes.io/serviceaccount/token", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    ],
    subject: reads(
      /^(?:\/var)?\/run\/secrets(?:\/|$)|\/\.kube(?:\/|$)|^\/etc\/kubernetes(?:\/|$)|\/\.docker\/config\.json$/,
    ),
  },
  {
    id: 'DYN-CRED-TOKEN',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1552.001',
    title: 'Looks for saved passwords or access tokens',
    meaning:
      'With them another person acts in the name of the user who loads the model: at a cloud provider, a code host or a model hub.',
    harmless:
      'Where a library of a hub looks for its own token before it asks for a file that the model names; the report says whose token it was.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.aws/credentials", O_RDONLY|O_CLOEXEC) = 5</home/model/.aws/credentials>',
    ],
    subject: reads(
      /\/(?:\.aws|\.azure|\.config\/gcloud|\.oci|\.boto|\.s3cfg|\.databrickscfg|\.terraform\.d|\.vault-token)(?:\/|$)|\/\.(?:huggingface|cache\/huggingface)\/(?:token|stored_tokens)$|\/\.(?:netrc|git-credentials|pypirc|npmrc|pgpass|my\.cnf|env|wandb|comet\.config|kaggle\/kaggle\.json|config\/(?:git\/credentials|gh\/hosts\.yml|hub|pip\/pip\.conf|rclone\/rclone\.conf)|password-store|local\/share\/keyrings)(?:\/|$)/,
    ),
  },
  {
    id: 'DYN-CRED-PROGRAM',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1552.001',
    title: 'Looks where programs keep what lets others in',
    meaning:
      'Assistants, messengers, keepers of passwords, package managers and clouds keep tokens and log-ins there, with which another person acts in the name of the user.',
    harmless: 'Where the program whose folder it is reads it itself.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.claude/.credentials.json", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    ],
    subject: (act) =>
      reads(KEPT_BY_PROGRAMS, (read) => !(read.foreign && read.ownSettings))(act) ??
      reads(OF_A_SESSION)(act) ??
      reads(CALLED_SECRET, (read) => read.zone === 'home' || read.zone === 'other')(act),
  },
  {
    id: 'DYN-CRED-BROWSER',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1555.003',
    title: 'Looks for passwords saved in a browser',
    meaning: 'A browser profile holds passwords and open sessions of every site.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.mozilla/firefox/profiles.ini", O_RDONLY|O_CLOEXEC) = 5</home/model/.mozilla/firefox/profiles.ini>',
    ],
    subject: reads(
      /\/\.(?:mozilla|thunderbird|config\/(?:google-chrome|chromium|BraveSoftware|microsoft-edge|opera|vivaldi)|var\/app\/org\.mozilla)(?:[/-]|$)|\/(?:logins\.json|key4\.db|Login Data|cookies\.sqlite)$/,
    ),
  },
  {
    id: 'DYN-CRED-WALLET',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1555',
    title: 'Looks for a crypto-currency wallet',
    meaning: 'Who has the wallet file can try to empty it, and a payment cannot be taken back.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model. If you have, move what the wallet holds.',
    example: [
      '100 openat(AT_FDCWD, "/home/model/.bitcoin/wallet.dat", O_RDONLY|O_CLOEXEC) = 5</home/model/.bitcoin/wallet.dat>',
    ],
    subject: reads(
      /\/\.(?:bitcoin|litecoin|dogecoin|dashcore|ethereum|electrum|monero|bitmonero|config\/(?:solana|Exodus|Ledger Live|atomic)|solana|zcash)(?:\/|$)|\/wallet\.(?:dat|json)$|\/keystore\/UTC--/,
    ),
  },
  {
    id: 'DYN-CRED-HISTORY',
    severity: 'high',
    category: 'credential-access',
    attack: 'T1552.003',
    title: 'Reads what was typed into a terminal',
    meaning: 'Command histories hold passwords, host names and habits.',
    harmless: 'Where Python itself, started for a person at a terminal, reads its own history.',
    advice: REPLACE,
    example: [
      '100 openat(AT_FDCWD, "/home/model/.bash_history", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    ],
    subject: reads(
      /\/\.(?:\w+_history|histfile|zhistory|lesshst|viminfo|local\/share\/(?:fish\/fish_history|atuin\/.*)|ipython\/profile_\w+\/history\.sqlite)$/,
    ),
  },
  {
    id: 'DYN-CRED-SHADOW',
    severity: 'high',
    category: 'credential-access',
    attack: 'T1003.008',
    title: 'Looks for the password file of this computer',
    meaning: 'The file holds the hashed passwords of all users; nothing but the log-in needs it.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: REPLACE,
    example: ['100 openat(AT_FDCWD, "/etc/shadow", O_RDONLY|O_CLOEXEC) = -1 EACCES (Permission denied)'],
    subject: reads(/^\/etc\/(?:g?shadow-?|sudoers(?:\.d(?:\/.*)?)?|security\/opasswd|krb5\.keytab)$/),
  },
  {
    id: 'DYN-CRED-ACCOUNTS',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1087.001',
    title: 'Reads the list of user accounts',
    meaning: 'The list names everybody who works on the computer. Any program may read it; a model has no reason to.',
    harmless:
      'Where Python looks up the name or the home folder of the user who runs it: getpass and os.path.expanduser do so.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 5</etc/passwd>'],
    // Programs such as `id` read it to print names: the program is what is reported.
    subject: reads(/^\/etc\/(?:passwd|group)-?$/, (act) => !act.foreign),
  },
  {
    id: 'DYN-CRED-ENVIRONMENT',
    severity: 'high',
    category: 'credential-access',
    attack: 'T1552.001',
    title: 'Reads the environment of a process',
    meaning: 'Programs are given passwords and access keys in their environment.',
    harmless: 'Where a tool for monitoring lists the processes of its own user.',
    advice: REPLACE,
    example: ['100 openat(AT_FDCWD, "/proc/self/environ", O_RDONLY|O_CLOEXEC) = 5</proc/100/environ>'],
    subject: (act) => processFile(act, 'environ'),
  },
  {
    id: 'DYN-CRED-MEMORY',
    severity: 'high',
    category: 'credential-access',
    attack: 'T1003.007',
    title: 'Reads the memory of a process',
    meaning: 'In memory lie keys and passwords that no file holds.',
    harmless: 'In a debugger or a profiler that you start yourself.',
    advice: REPLACE,
    example: ['100 openat(AT_FDCWD, "/proc/1/mem", O_RDONLY|O_CLOEXEC) = -1 EACCES (Permission denied)'],
    subject: (act) => processFile(act, 'mem') ?? reads(/^\/dev\/k?mem$|^\/proc\/k(?:core|allsyms|msg)$/)(act),
  },
  {
    id: 'DYN-DISC-SANDBOX',
    severity: 'medium',
    category: 'evasion',
    attack: 'T1497.001',
    title: 'Checks whether it runs in a container or a virtual machine',
    meaning: 'Malware does so to behave while it is being examined.',
    harmless: 'Where a library asks for the limits of its container to choose how many threads it starts.',
    advice: 'Do not trust what this scan did not see: the model may act only elsewhere.',
    example: ['100 access("/.dockerenv", F_OK) = -1 ENOENT (No such file or directory)'],
    subject: (act) =>
      called('statmount', 'listmount')(act) ??
      reads(SANDBOX)(act) ??
      // Programs that are started ask for these by themselves.
      reads(RARELY_ASKED, (read) => !read.foreign && !(read.probe && read.path === '/dev'))(act) ??
      reads(OF_A_SANDBOX, (read) => !read.foreign && (read.ownProcess || !/^\/proc\/\d/.test(read.path)))(act),
  },
  {
    id: 'DYN-DISC-TRACER',
    severity: 'high',
    category: 'evasion',
    attack: 'T1622',
    title: 'Checks whether it is being watched',
    meaning: 'A program that asks who traces it means to behave differently when it is watched.',
    harmless: 'In a debugger, which must know whether another one is there.',
    advice: 'Do not trust what this scan did not see: the model may act only elsewhere.',
    example: ['100 openat(AT_FDCWD, "/proc/self/status", O_RDONLY|O_CLOEXEC) = 5</proc/100/status>'],
    subject: (act) => processFile(act, 'status') ?? processFile(act, 'wchan') ?? processFile(act, 'syscall'),
  },
  {
    id: 'DYN-DISC-PROCESSES',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1057',
    title: 'Looks at the other programs that run',
    meaning: 'It learns what else the computer does and which protection it has.',
    harmless: 'Where a tool for monitoring measures its own use of memory.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 openat(AT_FDCWD, "/proc/1/maps", O_RDONLY|O_CLOEXEC) = -1 EACCES (Permission denied)'],
    // Whether /proc exists says nothing about any process.
    subject: reads(
      /^\/proc(?:\/\d+(?:\/.*)?)?$/,
      (act) => !act.ownProcess && !act.foreign && !(act.probe && act.path === '/proc'),
    ),
  },
  {
    id: 'DYN-DISC-SYSTEM',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1082',
    title: 'Takes stock of the computer',
    meaning: 'It learns which system this is and with whom it is connected: what an attack on it starts with.',
    harmless: 'Where a library reads the kind of processor or the version of the system to choose its fastest code.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 openat(AT_FDCWD, "/etc/machine-id", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)'],
    subject: (act) =>
      reads(LISTED, (read) => read.folder && !read.probe && !read.foreign)(act) ??
      reads(
        /^\/etc\/(?:os-release|lsb-release|debian_version|hostname|machine-id|issue|fstab|crontab)$|^\/usr\/lib\/os-release$|^\/proc\/(?:version|partitions|modules|diskstats)$|^\/proc\/(?:self\/|\d+\/)?net(?:\/|$)|^\/sys\/class\/net(?:\/|$)|^\/var\/lib\/(?:dpkg|rpm|apk|pacman)(?:\/|$)/,
        (read) => !read.foreign,
      )(act),
  },
  {
    id: 'DYN-DISC-FOLDER',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1083',
    title: 'Looks at what lies beside the model',
    meaning: 'It searches for other models, data, or code of its own that came with it.',
    harmless: 'Where the format has several files, such as shards, and the loader looks for the others.',
    advice: 'Look at the files next to the model, and load it in a folder of its own.',
    example: ['100 openat(AT_FDCWD, "/model", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 5</model>'],
    subject: (act) => (act.act === 'read' && act.folder && act.zone === 'model-folder' ? act.path : undefined),
  },
  {
    id: 'DYN-DISC-HOME',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1083',
    title: 'Looks around in the home folder',
    meaning: 'It takes an inventory of personal files.',
    harmless: 'Where a library makes its cache below the home folder and looks what is there.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 openat(AT_FDCWD, "/home/model", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 5</home/model>'],
    subject: (act) =>
      act.act === 'read' && isHome(act) && (act.folder || (act.probe && PERSONAL.test(act.path)))
        ? act.path
        : undefined,
  },
  {
    id: 'DYN-DISC-WATCH',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1083',
    title: 'Watches what is done with files',
    meaning: 'It is told when somebody opens, writes or saves there, and learns when to act.',
    harmless: 'In a server that loads a new version of its model when the file changes.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 inotify_add_watch(5, "/home/model/Documents", IN_OPEN|IN_CREATE) = 1'],
    subject: (act) => (act.act === 'watch' ? act.path : undefined),
  },
  {
    id: 'DYN-READ-DATA',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1005',
    title: 'Looks through data that is not its own',
    meaning: 'There lie data of services, mail, logs and copies of other machines; a model needs none of it.',
    harmless: 'On a machine of the author, where the model kept a path to its training data.',
    advice: 'Do not load this model unless you know why it does that.',
    example: ['100 openat(AT_FDCWD, "/srv", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 5</srv>'],
    subject: (act) =>
      act.act === 'read' && ((DATA.test(act.path) && (!act.probe || act.ok)) || isElsewhere(act))
        ? act.path
        : undefined,
  },
  {
    id: 'DYN-READ-HOME',
    severity: 'medium',
    category: 'discovery',
    attack: 'T1005',
    title: 'Reads a personal file',
    meaning: 'A model needs nothing out of the home folder of the user who loads it.',
    harmless: 'Where a library reads its own settings below the home folder.',
    advice: 'Do not load this model unless you know why it does that.',
    example: [
      '100 openat(AT_FDCWD, "/home/model/Documents/plan.odt", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
    ],
    // Files that a program looks for in the home folder by default are not the purpose of its start.
    subject: (act) =>
      act.act === 'read' && !act.folder && !act.probe && isHome(act) && !(act.foreign && act.ownSettings)
        ? act.path
        : undefined,
  },
];

/**
 * In none of the places that a system, its user or the sandbox has for a program: a drive, the data of another service. `/code`, `/shared` and `/work`
 * are what the user shows a model.
 */
function isElsewhere(act: ReadAct): boolean {
  return (
    act.zone === 'other' &&
    !isHome(act) &&
    !act.probe &&
    !act.foreign &&
    !/^\/(?:(?:run|code|shared|work)(?:\/.*)?)?$/.test(act.path)
  );
}

/** What is in them says which computer this is; nobody looks for anything of Python's there. */
const LISTED =
  /^\/(?:|etc|bin|sbin|usr|usr\/(?:local\/)?s?bin|home|Users|opt|var|var\/lib|boot|lib\/modules|sys|sys\/class)$/;

/** Folders in which people keep what is theirs. */
const PERSONAL =
  /^\/(?:root|(?:home|Users)\/[^/]+)\/(?:Documents|Desktop|Downloads|Pictures|Music|Videos|Movies|Dropbox|Nextcloud|OneDrive[^/]*|Google Drive|iCloud[^/]*|Mail|Maildir|Backups?|backups?|notebooks|projects)(?:\/|$)/;

/** Places for data of services and of other machines. */
const DATA =
  /^\/(?:srv|data|datasets?|mnt|media|backups?|export|net|nfs|efs|gpfs|lustre|scratch|volumes?)(?:\/|$)|^\/var\/(?:log|mail|spool|backups|www|opt|lib\/(?:mysql|postgresql|mongodb|redis|docker|jenkins|grafana|kubelet|containerd|rancher|vault|consul|elasticsearch|samba|cloud))(?:\/|$)/;

function isHome(act: ReadAct): boolean {
  return act.zone === 'home' || (act.zone === 'other' && inHome('').test(`${act.path}/`));
}

/** `/proc/self/environ` for every process that reads its own, so that the counts of an image baseline apply; other processes by number. */
function processFile(act: Act, file: string): string | undefined {
  if (act.act !== 'read') return undefined;
  const match = /^\/proc\/(\d+|self|thread-self)(?:\/task\/\d+)?\/(\w+)$/.exec(act.path);
  if (match?.[2] !== file) return undefined;
  return act.ownProcess ? `/proc/self/${file}` : act.path;
}
