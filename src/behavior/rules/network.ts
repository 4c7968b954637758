import type { Act, ConnectAct } from '../acts.js';
import { shown } from '../args.js';
import type { Rule } from './rule.js';

/** Cloud services answer these with the machine's credentials: AWS, GCP, Azure, OpenStack; ECS tasks; Alibaba; Azure's host. */
const METADATA = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
]);
const METADATA_NAMES =
  /^(?:metadata\.google\.internal|metadata\.goog|instance-data(?:\.ec2\.internal)?|metadata\.azure\.com)\.?$/i;
/** What miners say first: stratum (Bitcoin, Ethereum), the log-in of Monero pools. */
const POOL_TALK = /"method"\s*:\s*"(?:mining\.|eth_submitLogin|login")|stratum\+(?:tcp|ssl):/;
/** Ports that the large pools document for miners, and little else uses. */
const POOL_PORTS: ReadonlySet<number> = new Set([3333, 5555, 7777, 14433, 14444, 45700]);
const POOL_NAMES =
  /(?:^|\.)(?:xmr|monero|xmrpool|pool|stratum)[\w-]*\.|minexmr|nanopool|supportxmr|moneroocean|2miners|ethermine|nicehash|f2pool|hashvault|unmineable/i;
const ENGINES =
  /(?:^|\/)(?:docker|containerd(?:\/containerd)?|crio(?:\/crio)?|podman(?:\/podman)?|dockershim|buildkit(?:\/buildkitd)?)\.sock$/;
/** The C library asks these itself when it looks up a user or a host. */
const NAME_SERVICE =
  /^(?:\/var)?\/run\/(?:nscd\/socket|systemd\/userdb\/.*|systemd\/resolve\/.*|avahi-daemon\/socket)$/;

const isLoopback = (address: string): boolean => /^127\.|^::1$|^::ffff:127\.|^0\.0\.0\.0$|^::$/.test(address);
/** Of a look-up only the name counts, and the messages to the resolver carry it. */
const isResolver = (act: ConnectAct): boolean => act.port === 53 && isLoopback(act.address) && act.protocol !== 'TCP';
const where = (act: ConnectAct): string =>
  shown(act.port === undefined ? act.address : `${act.address} port ${act.port}`);
const isUnix = (act: ConnectAct): boolean => act.port === undefined;

const contacted =
  (applies: (act: ConnectAct) => boolean) =>
  (act: Act): string | undefined =>
    (act.act === 'connect' || act.act === 'send') && applies(act) ? where(act) : undefined;

const ADVICE =
  'Do not load this model on a machine with a network. Loading a model from a file contacts no other machine.';

export const NETWORK: readonly Rule[] = [
  {
    id: 'DYN-NET-SHELL',
    severity: 'critical',
    category: 'network',
    attack: 'T1059.004',
    title: 'Hands control of the computer to the other end of a connection',
    meaning:
      'A program whose input and output are a network connection does what another person types: a reverse shell.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model. If you have, disconnect the machine and treat it as taken over.',
    example: [
      '100 dup2(3<TCP:[10.0.0.2:40000->192.0.2.9:4444]>, 0</dev/null>) = 0<TCP:[10.0.0.2:40000->192.0.2.9:4444]>',
    ],
    subject: (act) => (act.act === 'socket-as-stdio' ? 'stdio' : undefined),
  },
  {
    id: 'DYN-NET-METADATA',
    severity: 'critical',
    category: 'credential-access',
    attack: 'T1552.005',
    title: 'Asks the cloud service for the secrets of this machine',
    meaning: 'On a machine in the cloud this address gives out the keys of its account.',
    harmless:
      'Where a library of a cloud looks for the region it runs in, in a program that uses that cloud; loading a file does not.',
    advice: 'Do not load this model. If you have on a cloud machine, replace the keys of its role.',
    example: [
      '100 connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("169.254.169.254")}, 16) = -1 ENETUNREACH (Network is unreachable)',
    ],
    subject: (act) => {
      if (act.act === 'look-up') return METADATA_NAMES.test(act.name) ? shown(act.name) : undefined;
      return contacted(({ address }) => METADATA.has(address.replace(/^::ffff:/, '')))(act);
    },
  },
  {
    id: 'DYN-NET-ENGINE',
    severity: 'critical',
    category: 'escape',
    attack: 'T1611',
    title: 'Tries to command the container engine',
    meaning: 'Who may speak to the engine owns the whole machine.',
    harmless: 'In a tool for containers that you start yourself.',
    advice: 'Do not load this model.',
    example: [
      '100 connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/var/run/docker.sock"}, 110) = -1 ENOENT (No such file or directory)',
    ],
    subject: (act) =>
      act.act === 'read'
        ? ENGINES.test(act.path)
          ? act.path
          : undefined
        : contacted((contact) => isUnix(contact) && ENGINES.test(contact.address))(act),
  },
  {
    id: 'DYN-NET-MINING',
    severity: 'critical',
    category: 'resource-abuse',
    attack: 'T1496.001',
    title: 'Talks to a crypto-currency mining pool',
    meaning: 'It would use this computer to earn money for another person.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model.',
    example: [
      '100 sendto(3<TCP:[10.0.0.2:40000->192.0.2.9:8080]>, "{\\"id\\":1,\\"method\\":\\"mining.subscribe\\"}\\n", 38, 0, NULL, 0) = 38',
    ],
    subject: (act) => {
      if (act.act === 'look-up') return POOL_NAMES.test(act.name) ? shown(act.name.toLowerCase()) : undefined;
      return contacted((to) => POOL_PORTS.has(to.port ?? 0) || POOL_TALK.test(to.data ?? ''))(act);
    },
  },
  {
    id: 'DYN-NET-TUNNEL',
    severity: 'critical',
    category: 'network',
    attack: 'T1048.003',
    title: 'Smuggles data out inside name look-ups',
    meaning: 'The names it asks for are long or many: data leaves this way even where nothing else may.',
    harmless: 'Never: loading a model needs nothing of the kind.',
    advice: 'Do not load this model. If you have, treat what it could read as known to others.',
    example: [
      '100 sendto(3<UDP:[127.0.0.1:4000->127.0.0.1:53]>, "\\22\\64\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0*6162636465666768696a6b6c6d6e6f707172737475\\7example\\3com\\0\\0\\1\\0\\1", 69, MSG_NOSIGNAL, NULL, 0) = 69',
    ],
    subject: (act) => (act.act === 'look-up' && (act.names > 20 || hasSmuggledLabel(act.name)) ? 'names' : undefined),
  },
  {
    id: 'DYN-NET-LOOKUP',
    severity: 'high',
    category: 'network',
    attack: 'T1071.004',
    title: 'Asks for the address of an internet name',
    meaning:
      'It wants to contact another machine, and the question alone tells the owner of the name that the model was opened.',
    harmless:
      'Where the model names files on a hub and the loader fetches them; give it a local copy and the look-up is gone.',
    advice: ADVICE,
    example: [
      '100 sendto(3<UDP:[127.0.0.1:4000->127.0.0.1:53]>, "\\22\\64\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1", 29, MSG_NOSIGNAL, NULL, 0) = 29',
    ],
    subject: (act) => (act.act === 'look-up' ? shown(act.name.toLowerCase()) : undefined),
  },
  {
    id: 'DYN-NET-LOCAL-SOCKET',
    severity: 'medium',
    category: 'network',
    attack: 'T1559',
    title: 'Contacts a program on this computer',
    meaning: 'Through a local socket it can make another program act for it.',
    harmless: 'Where a library asks a service of the system, such as the one for names, which is taken off.',
    advice: 'Do not load this model unless you know why it does that.',
    example: [
      '100 connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/dbus/system_bus_socket"}, 110) = -1 ENOENT (No such file or directory)',
    ],
    subject: contacted(
      (act) => isUnix(act) && !act.own && act.protocol !== 'netlink' && !NAME_SERVICE.test(act.address),
    ),
  },
  {
    id: 'DYN-NET-LOOPBACK',
    severity: 'medium',
    category: 'network',
    attack: 'T1046',
    title: 'Contacts a service on this computer',
    meaning: 'Services that listen only for programs on the same machine often ask for no password.',
    harmless: 'Where a library starts workers and speaks with them over the machine’s own network.',
    advice: 'Do not load this model unless you know why it does that.',
    example: [
      '100 connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(8888), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 ECONNREFUSED (Connection refused)',
    ],
    subject: contacted((act) => !isUnix(act) && isLoopback(act.address) && !isResolver(act)),
  },
  {
    id: 'DYN-NET-CONTACT',
    severity: 'high',
    category: 'network',
    attack: 'T1071',
    title: 'Contacts another machine over the network',
    meaning:
      'The owner of that machine learns who opened the model and where, can receive what it found and send more code.',
    harmless: 'Where the model names files on a hub and the loader fetches them; a file that is whole needs none.',
    advice: ADVICE,
    example: [
      '100 connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.7")}, 16) = -1 ENETUNREACH (Network is unreachable)',
    ],
    subject: contacted((act) => !isUnix(act) && !isLoopback(act.address)),
  },
  {
    id: 'DYN-NET-LISTEN',
    severity: 'high',
    category: 'network',
    attack: 'T1571',
    title: 'Opens a door for connections from outside',
    meaning: 'Anyone who can reach the machine could talk to the model: a back door.',
    harmless: 'In a server that you start yourself.',
    advice: 'Do not load this model.',
    example: ['100 bind(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(4444), sin_addr=inet_addr("0.0.0.0")}, 16) = 0'],
    subject: (act) => {
      if (act.act === 'listen') return act.local ? undefined : shown(act.where);
      // Port 0 on loopback, never listened on, is how libraries ask whether IPv6 works.
      return act.act === 'bind' &&
        !isUnix(act) &&
        !(act.port === 0 && isLoopback(act.address) && act.address !== '0.0.0.0')
        ? where(act)
        : undefined;
    },
  },
  {
    id: 'DYN-NET-LISTEN-LOCAL',
    severity: 'medium',
    category: 'network',
    attack: 'T1559',
    title: 'Opens a door for other programs on this computer',
    meaning: 'Whatever runs here can talk to the model, under a name that anybody finds.',
    harmless: 'Where a library speaks with workers that it started.',
    advice: 'Do not load this model unless you know why it does that.',
    example: [
      '100 bind(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path=@"door"}, 8) = 0',
      '100 listen(3<UNIX-STREAM:[1]>, 1) = 0',
    ],
    subject: (act) => (act.act === 'listen' && act.local && !act.apart ? shown(act.where) : undefined),
  },
  {
    id: 'DYN-NET-RAW',
    severity: 'high',
    category: 'network',
    attack: 'T1040',
    title: 'Asks for raw or unusual access to the network',
    meaning:
      'With it a program reads the traffic of others, sends packets under a false address, or speaks past what watches the usual protocols.',
    harmless: 'In a tool for networks that you start yourself.',
    advice: 'Do not load this model.',
    example: ['100 socket(AF_PACKET, SOCK_RAW, htons(0x3)) = -1 EPERM (Operation not permitted)'],
    subject: (act) => (act.act === 'raw-socket' ? act.family : undefined),
  },
];

/** A label of more than 32 characters, or of more than 20 that look like an encoding: names that users choose are shorter. */
function hasSmuggledLabel(name: string): boolean {
  return name
    .split('.')
    .some((label) => label.length > 32 || (label.length > 20 && /^[a-z]*\d[a-z]*\d[a-z]*\d[a-z0-9]*$/i.test(label)));
}
