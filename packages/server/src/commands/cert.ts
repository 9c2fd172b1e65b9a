// `berth cert`: a private CA, a server's certificate of it, and what clients do to trust it. Serves nothing.

import { type KeyObject, X509Certificate } from 'node:crypto';
import { type CertFiles, certFilesIn, readThere, type There, writeFiles } from '../cert/cert-files.ts';
import { type HostName, parseHostName } from '../cert/host-names.ts';
import { issueAuthority, issueServer, makeKey, namesIn, type Validity } from '../cert/issue.ts';
import { trustSteps } from '../cert/trust-steps.ts';
import { StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';

export interface CertOptions {
  /** Empty: those of the certificate that is there. */
  readonly names: readonly string[];
  readonly out: string;
  readonly days: number;
  /** Undefined: the usual ones, for a CA that has to be made. */
  readonly caDays: number | undefined;
  /** Of the registry, as clients write it. */
  readonly port: number;
  /** Whether somebody else's certificate and key for the server may go. */
  readonly replace: boolean;
}

interface Authority {
  /** PEM */
  readonly certificate: string;
  readonly parsed: X509Certificate;
  readonly privateKey: KeyObject;
  readonly isNew: boolean;
}

interface Made {
  readonly files: CertFiles;
  readonly authority: Authority;
  readonly names: readonly HostName[];
  /** Of the certificate that was there before, and not of this one. */
  readonly namesGone: readonly HostName[];
  readonly validTo: Date;
}

/**
 * Makes what is missing, and the server's certificate anew; tells what there is now, and how it is used.
 * @returns the exit code
 * @throws StartError
 */
export async function cert(options: CertOptions, write: (text: string) => void): Promise<number> {
  const given = parseNames(options.names);
  const files = certFilesIn(options.out);
  const there = await readThere(files, options.replace);
  write(textOf(await make(options, files, given, there, Date.now()), options.port));
  return 0;
}

/** @throws StartError with a line for each that is none */
function parseNames(texts: readonly string[]): readonly HostName[] {
  const mistakes: string[] = [];
  const names = new Map<string, HostName>();
  for (const text of texts) {
    const name = parseHostName(text);
    if ('problem' in name) mistakes.push(`${JSON.stringify(text)} ${name.problem}`);
    else names.set(name.text, name);
  }
  const { certNames: most } = serverLimits;
  if (names.size > most)
    mistakes.push(`${names.size} names are too many for a certificate; it takes ${most}`);
  if (mistakes.length > 0) throw new StartError(mistakes);
  return [...names.values()];
}

async function make(
  { days, caDays, replace }: CertOptions,
  files: CertFiles,
  given: readonly HostName[],
  there: There,
  nowMs: number,
): Promise<Made> {
  const before = there.certificate === undefined ? [] : namesIn(there.certificate);
  const names = given.length > 0 ? given : before;
  if (names.length === 0) {
    throw new StartError(
      'no name: give those by which clients reach the registry, as in berth cert registry.lan 192.168.1.10',
    );
  }
  const authority = await authorityOf(files, there, caDays, nowMs);
  const key = there.key ?? makeKey();
  const own = await issueServer(authority, key, names, within(validity(nowMs, days), authority.parsed));
  const texts = {
    authorityKey: there.authorityKey ? undefined : authority.privateKey,
    authority: authority.isNew ? authority.certificate : undefined,
    key: there.key ? undefined : key,
    certificate: own + authority.certificate,
  };
  await writeFiles(files, texts, replace);
  const namesGone = before.filter((one) => !names.some(({ text }) => text === one.text));
  return { files, authority, names, namesGone, validTo: new X509Certificate(own).validToDate };
}

/** The one that is there, or a new one, of the key that is there or of a new one. @throws StartError for one that ends */
async function authorityOf(
  { authority: file, authorityKey: keyFile }: CertFiles,
  { authority, authorityKey }: There,
  days: number | undefined,
  nowMs: number,
): Promise<Authority> {
  const privateKey = authorityKey ?? makeKey();
  if (authority === undefined) {
    const certificate = await issueAuthority(
      privateKey,
      validity(nowMs, days ?? serverLimits.certAuthorityDays),
    );
    return { certificate, privateKey, parsed: new X509Certificate(certificate), isNew: true };
  }
  const until = dayOf(authority.parsed.validToDate);
  if (authority.parsed.validToDate.getTime() < nowMs + day) {
    throw new StartError(
      `${file}: is valid until ${until}, and signs nothing any more: move it away, and berth cert makes another of ${keyFile}, which every client has to trust anew`,
    );
  }
  if (days !== undefined)
    throw new StartError(
      `--ca-days has no meaning with ${file}, which is there and valid until ${until}; leave it out`,
    );
  return { ...authority, privateKey, isNew: false };
}

const day = 86_400_000;

/** From a little before now, for clients whose clocks are late. The last second belongs to it (RFC 5280). */
function validity(nowMs: number, days: number): Validity {
  const fromMs = nowMs - serverLimits.certClockSkewMs;
  return { notBefore: new Date(fromMs), notAfter: new Date(fromMs + days * day - 1000) };
}

/** Nothing is valid for longer than the CA that signed it. */
function within({ notBefore, notAfter }: Validity, { validToDate }: X509Certificate): Validity {
  return { notBefore, notAfter: new Date(Math.min(notAfter.getTime(), validToDate.getTime())) };
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

const list = (names: readonly HostName[]): string => names.map(({ text }) => text).join(', ');

function textOf({ files, authority, names, namesGone, validTo }: Made, port: number): string {
  const state = authority.isNew
    ? 'new: clients have to trust it, see below'
    : 'as it was: who trusts it has nothing to do but for new names';
  return `${files.authority}
  the CA, valid until ${dayOf(authority.parsed.validToDate)}; ${state}
${files.authorityKey}
  its key. Whoever has it can be any host to who trusts the CA; only berth cert needs it, so keep it elsewhere
${files.certificate}
  the server's certificate, with the CA's; valid until ${dayOf(validTo)}, for ${list(names)}
${namesGone.length === 0 ? '' : `  no longer for ${list(namesGone)}\n`}${files.key}
  its key

${trustSteps({ files, hosts: names.map(({ text }) => text), port, name: nameOf(authority) })}`;
}

/** In a store: as the CA calls itself. */
function nameOf({ parsed }: Authority): string {
  const commonName = /^CN=(.*)$/m.exec(parsed.subject)?.[1] ?? '';
  return (
    commonName
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join('-') ?? 'berth-ca'
  );
}
