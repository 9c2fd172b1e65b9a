// `berth doctor`: what is wrong between this machine and a registry, of whatever make.

import { parseRepositoryName } from '@berth/registry';
import { readClientEnvironment } from '../config/environment.ts';
import { examine } from '../doctor/examine.ts';
import { type Finding, findingLine } from '../doctor/finding.ts';
import { parseTarget } from '../doctor/target.ts';
import { trustedCertificates } from '../doctor/trust.ts';
import { StartError } from '../errors.ts';

export interface DoctorOptions {
  readonly url: string | undefined;
  readonly user: string | undefined;
  readonly ca: string | undefined;
  readonly repository: string | undefined;
  readonly pushSizeBytes: number;
  readonly data: string | undefined;
  readonly json: boolean;
}

/**
 * @returns 0 if no check failed, 1 otherwise
 * @throws StartError for flags and files that can't be used
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { repository } = options;
  if (repository !== undefined && parseRepositoryName(repository) === undefined) {
    throw new StartError(
      `--repository ${repository}: is no name of a repository; it must be one as in alice/berth-doctor`,
    );
  }
  const target = parseTarget(options.url);
  const ca = await trustedCertificates(options.ca);
  const { password, dockerConfigDirectory } = readClientEnvironment();
  const given =
    options.user === undefined
      ? undefined
      : { account: options.user, password: password ?? (await passwordFromStdin()) };
  const findings: Finding[] = [];
  for await (const each of examine({
    target,
    ca,
    login: { given, dockerConfigDirectory },
    repository,
    pushSizeBytes: options.pushSizeBytes,
    dataDirectory: options.data,
  })) {
    findings.push(each);
    if (!options.json) process.stdout.write(`${findingLine(each)}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`);
  return findings.some(({ outcome }) => outcome === 'fail') ? 1 : 0;
}

/** The first line. A terminal would show what is typed. */
async function passwordFromStdin(): Promise<string> {
  const hint = '--user needs the password in BERTH_PASSWORD or on stdin';
  if (process.stdin.isTTY) throw new StartError(hint);
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  const password = text.split(/\r?\n/)[0] ?? '';
  if (password === '') throw new StartError(hint);
  return password;
}
