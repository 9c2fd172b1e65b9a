// What zod found wrong in a configuration, in words for the person who wrote it. Pure.

import type { z } from 'zod';
import { nearest } from './nearest.ts';
import type { ValuePath } from './yaml-source.ts';

export interface KeyMistake {
  readonly path: ValuePath;
  /** What of the path the mistake is about: where it is pointed at. */
  readonly what: 'key' | 'value';
  readonly problem: string;
}

/**
 * @param refusal what to say of a key that is known and not honoured; undefined for every other
 * @param allowedKeys the keys that the map at a path may have
 */
export function keyMistakes(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  refusal: (path: ValuePath) => string | undefined,
  allowedKeys: (path: ValuePath) => readonly string[],
): readonly KeyMistake[] {
  const isRefused = ({ path }: KeyMistake) => refusal(path) !== undefined;
  const mistakes = issues.flatMap((issue): KeyMistake[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ path: issue.path, what: 'value', problem: problemOf(issue, valueAt(value, issue.path)) }];
    }
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { path, what: 'key', problem: refusal(path) ?? unknownKey(path, allowedKeys(issue.path)) };
    });
  });
  // Where accounts or rules are somewhere else, that is the mistake, not that they are missing here.
  if (!mistakes.some(isRefused)) return mistakes;
  return mistakes.filter(({ path }) => path.length > 1 || valueAt(value, path) !== undefined);
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return `is missing; ${issue.message}`;
  return `${issue.message}${isSecret(issue.path) ? '' : `, not ${show(value)}`}`;
}

/** A person may have written the password itself where its hash belongs. */
function isSecret(path: ValuePath): boolean {
  return path.includes('password');
}

function unknownKey(path: ValuePath, allowed: readonly string[]): string {
  const suggestion = nearest(String(path.at(-1)), allowed);
  if (suggestion !== undefined) return `is not a known key; did you mean ${suggestion}?`;
  return `is not a known key; here are allowed: ${allowed.join(', ')}`;
}

/** `users."a.b".password`, `acl[2].match`: as exact as the file needs it. */
export function formatPath(path: ValuePath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(String(step))) text += text ? `.${String(step)}` : String(step);
    else text += `${text ? '.' : ''}${JSON.stringify(String(step))}`;
  }
  return text;
}

/** What `path` leads to; undefined where nothing is there. */
export function valueAt(value: unknown, path: ValuePath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value).replace(/(:\/\/)[^/@\s]*@/, '$1…@');
  return text.length > 80 ? `${text.slice(0, 77)}…"` : text;
}
