// From the plain values of a file to those of its schema, or to all that is wrong, each with file, line, column, path and
// what is allowed. Knows neither of the files that there are.

import type { z } from 'zod';
import { StartError } from '../errors.ts';
import { formatPath, type KeyMistake, keyMistakes } from './key-mistakes.ts';
import { allowedKeysAt } from './schema-keys.ts';
import type { ValuePath, YamlSource } from './yaml-source.ts';

export interface TypedFile<Schema extends z.ZodType> {
  readonly file: string;
  readonly source: YamlSource;
  readonly schema: Schema;
  /** What to say of a key that is known and not honoured; undefined for every other. */
  readonly refusal: (path: ValuePath) => string | undefined;
  /** What single values cannot say. */
  readonly moreMistakes: (document: z.output<Schema>) => readonly KeyMistake[];
  /** The variable of the environment that a value comes from, if it isn't the file. */
  readonly variableOf?: (path: ValuePath) => string | undefined;
}

interface Told {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** @throws StartError with every mistake, in the order of the file; those of the environment come first */
export function parseTyped<Schema extends z.ZodType>(typed: TypedFile<Schema>): z.output<Schema> {
  const { file, source, schema, refusal } = typed;
  // Where tabs indent, what is inside of what is anybody's guess: no more is said then.
  if (source.isTabbed)
    throw new StartError(source.mistakes.map((mistake) => at(file, mistake, mistake.problem).text));
  const parsed = schema.safeParse(source.value);
  const mistakes = parsed.success
    ? typed.moreMistakes(parsed.data)
    : keyMistakes(parsed.error.issues, source.value, refusal, (path) => allowedKeysAt(schema, path));
  const told = [
    ...source.mistakes.map(({ line, column, problem }) => at(file, { line, column }, problem)),
    ...mistakes.map((mistake) => tell(typed, mistake)),
  ];
  if (told.length === 0 && parsed.success) return parsed.data;
  told.sort((a, b) => a.line - b.line || a.column - b.column);
  throw new StartError(told.map(({ text }) => text));
}

function tell(
  { file, source, variableOf }: Pick<TypedFile<z.ZodType>, 'file' | 'source' | 'variableOf'>,
  { path, what, problem }: KeyMistake,
): Told {
  const text = `${formatPath(path) || 'the file'} ${problem}`;
  const variable = variableOf?.(path);
  if (variable !== undefined) return { line: 0, column: 0, text: `${variable}: ${text}` };
  return at(file, source.placeOf(path, what), text);
}

function at(file: string, { line, column }: Pick<Told, 'line' | 'column'>, text: string): Told {
  return { line, column, text: `${file}:${line}:${column}: ${text}` };
}
