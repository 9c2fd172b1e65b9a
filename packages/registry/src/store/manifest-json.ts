/**
 * The JSON of a manifest, read so that no other program can read it differently: UTF-8 without a byte order mark,
 * an object, not nested deeply, no field that is another's name in other letters. What the fields mean is not
 * known here.
 *
 * RFC 8259; CVE-2021-41190.
 */

import { refuse } from '../errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/** @throws RegistryError MANIFEST_INVALID */
export function parseJson(bytes: Uint8Array, limitDepth: number): Json {
  checkDepth(bytes, limitDepth);
  const json = parseObject(bytes);
  checkSpelling(json);
  return json;
}

/** What is stored already, perhaps by another program; undefined if it isn't JSON. */
export function tryParseJson(bytes: Uint8Array): Json | undefined {
  try {
    return parseObject(bytes);
  } catch {
    return undefined;
  }
}

function parseObject(bytes: Uint8Array): Json {
  let value: unknown;
  try {
    // A byte order mark is no JSON, and most clients can't read past it: it must not be dropped here.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw invalid(
      `the manifest is not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!isObject(value)) throw invalid('the manifest is not a JSON object');
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Before parsing, so that no parser, here or at a client, has to stand deep nesting. */
function checkDepth(bytes: Uint8Array, limit: number): void {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (isInString && byte === BACKSLASH) index += 1;
    else if (byte === QUOTE) isInString = !isInString;
    else if (!isInString && OPENING.has(byte)) depth += 1;
    else if (!isInString && CLOSING.has(byte)) depth -= 1;
    if (depth > limit) throw invalid(`the manifest nests deeper than ${limit}`);
  }
}

const FIELDS: readonly string[] = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'fsLayers',
  'manifests',
  'subject',
  'annotations',
];
const FIELD_OF_FOLDED: ReadonlyMap<string, string> = new Map(FIELDS.map((field) => [folded(field), field]));

/** Go's JSON reads `Manifests` as `manifests`, others don't: such a document is two. */
function checkSpelling(json: Json): void {
  for (const name of Object.keys(json)) {
    const field = FIELD_OF_FOLDED.get(folded(name));
    if (field === undefined || field === name) continue;
    throw invalid(`the field ${shown(name)} must be written ${field}: some programs take it for that`);
  }
}

/** As Go's encoding/json folds names: the Kelvin sign is a k, the long s an s. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** Most programs read null as if nothing were there. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function bad(where: string, value: unknown, allowed: string): Error {
  return invalid(`${where} must be ${allowed}, not ${shown(value)}`, { where });
}

export function invalid(message: string, detail?: unknown): Error {
  return refuse('MANIFEST_INVALID', { message, detail });
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
