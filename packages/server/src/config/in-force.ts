// What of a configuration is in force: the file, the environment over it, and the defaults below, as YAML that can be served
// again. Secrets are hidden.

import { availableParallelism } from 'node:os';
import { Document, isNode, type Node, Scalar, visit } from 'yaml';
import { loopbackRanges } from '../http/trusted-proxies.ts';
import { parseAuthDocument } from './auth-file.ts';
import { type AuthDocument, authSchema } from './auth-schema.ts';
import type { Variables } from './environment.ts';
import { valueAt } from './key-mistakes.ts';
import { readRegistryDocument } from './registry-file.ts';
import { registryKeys } from './registry-keys.ts';
import type { RegistryDocument } from './registry-schema.ts';
import { parseYamlSource, unsetWords } from './yaml-source.ts';

const hidden = '(hidden)';

/** Headers whose values let somebody in. */
const secretName = /authorization|cookie|token|secret|password|api-?key/i;

/** @throws StartError naming `file` or a variable, and each mistake */
export function registryInForce(file: string, text: string, variables: Variables): string {
  const { document, value, variableOf } = readRegistryDocument(file, text, variables);
  const shown = emptyDocument();
  const computed = computedDefaults(document);
  for (const key of honouredKeys()) {
    const path = key.split('.');
    const set = valueAt(value, path);
    const inForce = set ?? defaultText(key, valueAt(document, path)) ?? computed[key];
    if (inForce === undefined || (set === undefined && isEmpty(inForce))) continue;
    const node = nodeOf(shown, withoutSecrets(inForce));
    shown.setIn(path, node);
    note(node, set === undefined ? 'default' : variableOf(path));
  }
  return `# ${file}, with what is set by the environment and by default\n${shown.toString({ lineWidth: 0 })}`;
}

/** What the schema has no default for, as it depends on something else. */
function computedDefaults({ loglevel, storage }: RegistryDocument): Readonly<Record<string, unknown>> {
  return {
    ...(loglevel === undefined && { 'log.level': 'info' }),
    'berth.workers': storage.inmemory ? 1 : availableParallelism(),
    'berth.trustedproxies': loopbackRanges,
  };
}

/** Lists are shown whole. */
function honouredKeys(): ReadonlySet<string> {
  const honoured = Object.entries(registryKeys).filter(([, { verdict }]) => verdict === 'honoured');
  return new Set(honoured.map(([key]) => key.replace(/\.\*.*$/, '')));
}

/** @throws StartError naming `file`, and each mistake in it */
export function authInForce(file: string, text: string): string {
  const document: AuthDocument = parseAuthDocument(file, text);
  const { value } = parseYamlSource(text);
  const shown = emptyDocument();
  for (const section of ['server', 'token'] as const) {
    for (const key of Object.keys(authSchema.shape[section].shape)) {
      const path = [section, key];
      const set = valueAt(value, path);
      const inForce = set ?? valueAt(document, path);
      if (inForce === undefined) continue;
      const node = nodeOf(shown, inForce);
      shown.setIn(path, node);
      note(node, set === undefined ? 'default' : undefined);
    }
  }
  shown.set('users', nodeOf(shown, withoutPasswords(document.users)));
  shown.set('acl', nodeOf(shown, valueAt(value, ['acl'])));
  return `# ${file}, with what is set by default\n${shown.toString({ lineWidth: 0 })}`;
}

/** A scalar is the text that it is, as where it is read: a number in quotes would be another value to other readers. */
function emptyDocument(): Document {
  return new Document({}, { schema: 'failsafe' });
}

function nodeOf(shown: Document, value: unknown): Node {
  const node = shown.createNode(asTexts(value));
  visit(node, {
    Scalar: (_key, scalar) => {
      if (unsetWords.has(String(scalar.value))) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return node;
}

function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTexts(inner)]));
}

function withoutPasswords(users: AuthDocument['users']): object {
  return Object.fromEntries(
    Object.entries(users).map(([account, user]) => [
      account,
      { ...user, ...(user.password !== undefined && { password: hidden }) },
    ]),
  );
}

function note(node: Node, from: string | undefined): void {
  if (from === undefined || !isNode(node)) return;
  if ('items' in node && Array.isArray(node.items) && node.items.length > 0) node.commentBefore = ` ${from}`;
  else node.comment = ` ${from}`;
}

/** Headers and fields that hold one; and a password in a URL. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/(:\/\/)[^/@\s]*@/, `$1${hidden}@`);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretName.test(key) ? hiddenLike(inner) : withoutSecrets(inner),
    ]),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function hiddenLike(value: unknown): unknown {
  return Array.isArray(value) ? value.map(() => hidden) : hidden;
}

/** Durations are counted in milliseconds once they are read. */
function defaultText(key: string, value: unknown): unknown {
  const isDuration = /\.(?:age|interval|draintimeout)$/.test(key);
  return isDuration && typeof value === 'number' ? `${value / 1000}s` : value;
}
