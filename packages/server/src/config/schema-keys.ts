// What keys a zod schema has, for suggestions, for variables of the environment, and for the documentation. Pure.

import { z } from 'zod';

/** The keys that the map at `path` below the schema `root` may have, in the order of the schema. */
export function allowedKeysAt(root: unknown, path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = root;
  for (const step of path) schema = childOf(unwrapped(schema), String(step));
  const map = unwrapped(schema);
  return map instanceof z.ZodObject ? Object.keys(map.shape) : [];
}

/** The schema of what is behind `step`: a key, or an index. */
export function childOf(schema: unknown, step: string): unknown {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodObject ? schema.shape[step] : undefined;
}

/** The schema itself, without what says that it may be missing. */
export function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? unwrapped(schema.unwrap())
    : schema;
}

/** The path of every key, with `*` for indexes and for keys that a person chooses. */
export function keysOf(wrapped: unknown, prefix = ''): string[] {
  const schema = unwrapped(wrapped);
  if (schema instanceof z.ZodArray) return keysOf(schema.element, `${prefix}.*`);
  if (schema instanceof z.ZodRecord) return keysOf(schema.valueType, `${prefix}.*`);
  if (!(schema instanceof z.ZodObject)) return [prefix.replace(/(?:\.\*)+$/, '')];
  if (Object.keys(schema.shape).length === 0) return [prefix];
  return Object.entries(schema.shape).flatMap(([key, value]) =>
    keysOf(value, prefix ? `${prefix}.${key}` : key),
  );
}
