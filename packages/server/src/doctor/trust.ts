// Which certificates are trusted: Node's own list, the system's store, which docker and podman use, and the given file.

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { fileReason, StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';

/** PEM texts for `ca`. @param file of `--ca` @throws StartError */
export async function trustedCertificates(file: string | undefined): Promise<string[]> {
  const given = file === undefined ? [] : await certificatesIn(file);
  return [...getCACertificates('default'), ...getCACertificates('system'), ...given];
}

async function certificatesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StartError(`--ca ${file}: ${fileReason(cause)}`, { cause });
  });
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || text.length > serverLimits.pemBytes) {
    throw new StartError(`--ca ${file}: holds no certificate (PEM, -----BEGIN CERTIFICATE-----)`);
  }
  for (const block of blocks) assertCertificate(file, block);
  return blocks;
}

function assertCertificate(file: string, block: string): void {
  try {
    new X509Certificate(block);
  } catch (cause) {
    throw new StartError(`--ca ${file}: holds a certificate that cannot be read`, { cause });
  }
}
