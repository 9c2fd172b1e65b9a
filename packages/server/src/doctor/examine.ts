// All checks in their order. Each needs what those before it found out: where one cannot go on, the rest is skipped, and
// its findings say for which.

import { findCredentials, type Login } from './account.ts';
import { checkCertificate } from './certificate.ts';
import { checkClock } from './clock.ts';
import { checkConnection } from './connection.ts';
import type { Context } from './context.ts';
import { checkDelete } from './delete.ts';
import { checkDisk } from './disk.ts';
import { type Check, checks, type Finding, finding } from './finding.ts';
import { checkName } from './name.ts';
import { checkOwner } from './owner.ts';
import { checkPull } from './pull.ts';
import { checkPush } from './push.ts';
import { checkRealm } from './realm.ts';
import { checkRegistry } from './registry.ts';
import { baseUrl, type Target } from './target.ts';
import { checkToken } from './token.ts';

export interface Examination {
  readonly target: Target;
  /** PEM texts of the certificates that are trusted. */
  readonly ca: readonly string[];
  readonly login: Login;
  /** Undefined for one of the account's own. */
  readonly repository: string | undefined;
  readonly pushSizeBytes: number;
  /** The registry's data directory, if it is on this machine. */
  readonly dataDirectory: string | undefined;
}

/**
 * One finding for each of {@link checks}, as soon as it is there.
 * @throws StartError for docker's configuration, if it can't be read
 */
export async function* examine(examination: Examination): AsyncGenerator<Finding> {
  const told = new Set<Check>();
  let last: Finding | undefined;
  for await (const each of remote(examination)) {
    told.add(each.check);
    if (each.outcome === 'fail' || (each.outcome === 'skipped' && last?.outcome !== 'fail')) last = each;
    yield each;
  }
  const needed = `needs ${last?.check ?? 'another check'}, which ${last?.outcome === 'fail' ? 'failed' : 'was skipped'}`;
  for (const check of checks) {
    if (!told.has(check) && check !== 'disk' && check !== 'owner') yield finding(check, 'skipped', needed);
  }
  const { dataDirectory } = examination;
  if (dataDirectory === undefined) {
    const remedy = 'On its machine: --data DIR';
    for (const check of ['disk', 'owner'] as const)
      yield finding(check, 'skipped', 'the folder of the registry is not given', remedy);
    return;
  }
  yield await checkDisk(dataDirectory);
  yield await checkOwner(dataDirectory);
}

async function* remote({ target, ca, login, ...rest }: Examination): AsyncGenerator<Finding> {
  const name = await checkName(target);
  yield* name.findings;
  if (name.value === undefined) return;
  const connection = await checkConnection(target);
  yield* connection.findings;
  if (connection.value === undefined) return;
  if (connection.value === 'https') {
    const certificate = await checkCertificate(target, ca);
    yield* certificate.findings;
    if (certificate.value === undefined) return;
  } else {
    for (const check of ['certificate', 'host', 'expiry'] as const)
      yield finding(check, 'skipped', 'plain HTTP has none');
  }
  const found = await findCredentials(target.host, login);
  const context: Context = {
    base: baseUrl(target, connection.value),
    ca,
    credentials: found.value,
    repository: rest.repository ?? ownRepository(found.value?.account),
    pushSizeBytes: rest.pushSizeBytes,
  };
  yield* withLogin(context, target, found.findings);
}

async function* withLogin(
  context: Context,
  target: Target,
  accountFindings: readonly Finding[],
): AsyncGenerator<Finding> {
  const registry = await checkRegistry(context, target);
  yield* registry.findings;
  if (registry.value === undefined) return;
  const { challenge, answer } = registry.value;
  const realm = await checkRealm(context, challenge);
  yield* realm.findings;
  yield* accountFindings;
  const token = await checkToken(context, challenge, realm.value);
  yield* token.findings;
  yield checkClock(answer, token.value?.answer);
  if (token.value !== undefined) yield* content(context, token.value.authorization);
}

async function* content(context: Context, authorization: string | undefined): AsyncGenerator<Finding> {
  const { finding: pushFinding, pushed, layer } = await checkPush(context, authorization);
  yield pushFinding;
  if (layer !== undefined && pushed.manifest !== undefined) {
    yield await checkPull(context, authorization, pushed.manifest, layer);
  }
  if (pushed.blobs.length > 0) yield await checkDelete(context, authorization, pushed);
}

/** An account whose name no repository can begin with has to be told where it may push. */
function ownRepository(account: string | undefined): string {
  const isComponent = account !== undefined && /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/.test(account);
  return isComponent ? `${account}/berth-doctor` : 'berth-doctor';
}
