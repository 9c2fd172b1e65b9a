// `REGISTRY_…`: variables of the environment over the values of a configuration of distribution's, by the rules of
// distribution's configuration/parser.go: steps between underscores, in any case, lists by index, values in YAML, longer
// names after shorter ones. Beside them `…_FILE` names a file that holds the value.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fileReason, StartError } from '../errors.ts';
import { isRegistryVariable, registryPrefix, type Variables } from './environment.ts';
import { valueAt } from './key-mistakes.ts';
import { nearest } from './nearest.ts';
import { registryKeys } from './registry-keys.ts';
import { registrySchema } from './registry-schema.ts';
import { childOf, keysOf, unwrapped } from './schema-keys.ts';
import { parseYamlSource, type ValuePath } from './yaml-source.ts';

export interface WithEnvironment {
  readonly value: unknown;
  /** The variable that the value at `path` comes from. */
  readonly variableOf: (path: ValuePath) => string | undefined;
  /** What the log should say: variables that name no key. */
  readonly notes: readonly string[];
}

/** Sections that may be a word, which is short for a map with that key: `storage: inmemory`, `auth: none`. */
export const haveShortForms: ReadonlySet<string> = new Set(['storage', 'auth']);

/** Keys that mean something without a value. */
export const emptyMaps: ReadonlySet<string> = new Set(['inmemory', 'filesystem', 'none']);

const fileSuffix = '_FILE';

/** Where distribution's variables are called otherwise than its keys. */
const otherNames: Readonly<Record<string, string>> = {
  'health.filecheckers': 'file',
  'health.httpcheckers': 'http',
  'health.tcpcheckers': 'tcp',
  'notifications.eventconfig': 'events',
  'compatibility.schema1.trustkey': 'signingkeyfile',
};

/** @throws StartError naming the variable whose value can't be taken */
export function withEnvironment(fileValue: unknown, variables: Variables): WithEnvironment {
  const value: unknown = structuredClone(isContainer(fileValue) ? fileValue : {});
  const origins = new Map<string, string>();
  const notes: string[] = [];
  for (const variable of Object.keys(variables).toSorted()) {
    if (!isRegistryVariable(variable, variables[variable])) continue;
    const found = resolve(value, variable);
    if (found === undefined) {
      notes.push(unknownVariable(variable));
      continue;
    }
    set(value, found.path, valueIn(variable, variables[variable] ?? '', found));
    origins.set(keyOf(found.path), variable);
  }
  return {
    value: isContainer(fileValue) || origins.size > 0 ? value : fileValue,
    variableOf: originIn(origins, fileValue),
    notes,
  };
}

interface Found {
  readonly path: readonly string[];
  readonly isFile: boolean;
}

function resolve(value: unknown, variable: string): Found | undefined {
  const steps = variable.slice(registryPrefix.length).split('_');
  const path = pathOf(value, steps);
  if (path !== undefined) return { path, isFile: false };
  if (!variable.endsWith(fileSuffix)) return undefined;
  const ofFile = pathOf(value, steps.slice(0, -1));
  return ofFile === undefined || isSection(schemaAt(ofFile)) ? undefined : { path: ofFile, isFile: true };
}

/** The path that `steps` name, or undefined where there is no such key. */
function pathOf(value: unknown, steps: readonly string[]): readonly string[] | undefined {
  const path: string[] = [];
  let schema: unknown = registrySchema;
  let current = value;
  for (const step of steps) {
    const key = keyFor(unwrapped(schema), current, path, step.toLowerCase());
    if (key === undefined) return undefined;
    schema = childOf(unwrapped(schema), key);
    current = isContainer(current) ? Reflect.get(current, key) : undefined;
    path.push(key);
  }
  return path.length === 0 ? undefined : path;
}

function keyFor(
  schema: unknown,
  current: unknown,
  path: readonly string[],
  step: string,
): string | undefined {
  if (step === '') return undefined;
  if (schema instanceof z.ZodObject) {
    const key = otherNames[[...path, step].join('.')] ?? step;
    return Object.hasOwn(schema.shape, key) || isRefused([...path, key]) ? key : undefined;
  }
  if (schema instanceof z.ZodArray) return isNextIndex(current, step) ? step : undefined;
  // A map's own keys keep their case; what is refused or ignored as a whole is a map as well.
  if (schema instanceof z.ZodRecord || schema === undefined || schema instanceof z.ZodUnknown) {
    return isContainer(current) ? (ownKey(current, step) ?? step) : step;
  }
  return undefined;
}

function isRefused(path: readonly string[]): boolean {
  const key = path.join('.');
  return Object.keys(registryKeys).some((known) => known === key || known.startsWith(`${key}.`));
}

/** Of an element that is there, or of the one after the last. */
function isNextIndex(list: unknown, step: string): boolean {
  return /^\d{1,4}$/.test(step) && Number(step) <= (Array.isArray(list) ? list.length : 0);
}

function ownKey(map: object, step: string): string | undefined {
  return Object.keys(map).find((key) => key.toLowerCase() === step);
}

function schemaAt(path: readonly string[]): unknown {
  let schema: unknown = registrySchema;
  for (const step of path) schema = childOf(unwrapped(schema), step);
  return unwrapped(schema);
}

function isSection(schema: unknown): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord || schema === undefined;
}

function valueIn(variable: string, text: string, { path, isFile }: Found): unknown {
  if (isFile) return text === '' ? undefined : secretIn(variable, text);
  const yaml = parseYamlSource(text, emptyMaps);
  const [mistake] = yaml.mistakes;
  if (mistake !== undefined) throw new StartError(`${variable}: is not YAML: ${mistake.problem}`);
  if (haveShortForms.has(path.join('.')) && typeof yaml.value === 'string') return { [yaml.value]: {} };
  return yaml.value ?? (emptyMaps.has(path.at(-1) ?? '') ? {} : undefined);
}

function secretIn(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new StartError(`${variable}: ${file} cannot be read: ${fileReason(error)}`, { cause: error });
  }
}

function set(root: unknown, path: readonly string[], value: unknown): void {
  let current = root;
  for (const [index, step] of path.slice(0, -1).entries()) {
    if (!isContainer(current)) return;
    const next: unknown = Reflect.get(current, step);
    if (!isContainer(next)) Reflect.set(current, step, /^\d+$/.test(path[index + 1] ?? '') ? [] : {});
    current = Reflect.get(current, step);
  }
  const last = path.at(-1) ?? '';
  if (!isContainer(current)) return;
  // An empty variable takes the file's value away, as compose files and distribution mean it.
  if (value === undefined) Reflect.deleteProperty(current, last);
  else Reflect.set(current, last, value);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function keyOf(path: ValuePath): string {
  return path.map((step) => String(step).toLowerCase()).join('_');
}

/** Of the value itself, of what it is in, or, where the file has nothing there, of what is in it. */
function originIn(
  origins: ReadonlyMap<string, string>,
  fileValue: unknown,
): (path: ValuePath) => string | undefined {
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const origin = origins.get(keyOf(path.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    if (valueAt(fileValue, path) !== undefined) return undefined;
    return origins.entries().find(([key]) => key.startsWith(`${keyOf(path)}_`))?.[1];
  };
}

function unknownVariable(variable: string): string {
  const known = keysOf(registrySchema).filter((key) => !key.includes('*'));
  const names = known.map((key) => `${registryPrefix}${key.replaceAll('.', '_').toUpperCase()}`);
  const suggestion = nearest(variable, names);
  const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return `${variable} is ignored: it names no key of the configuration${hint}`;
}
