/** Certificates for tests, made when they are asked for. */
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Writes ca.pem, cert.pem and key.pem: one certificate that signed itself, for 127.0.0.1. */
export async function certificates(folder: string): Promise<void> {
  await promisify(execFile)('openssl', [
    ...[
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=test',
    ],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
  ]);
  await copyFile(join(folder, 'cert.pem'), join(folder, 'ca.pem'));
}
