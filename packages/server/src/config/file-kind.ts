// Which of the two configurations a file is: told by its sections, which the two have none of in common. Pure.

import { authSchema, refusedKeys } from './auth-schema.ts';
import { registryKeys } from './registry-keys.ts';
import { parseYamlSource } from './yaml-source.ts';

export type FileKind = 'registry' | 'docker_auth';

const ofRegistry: ReadonlySet<string> = new Set(Object.keys(registryKeys).map(sectionOf));
const ofAuth: ReadonlySet<string> = new Set(
  [...Object.keys(authSchema.shape), ...Object.keys(refusedKeys)].map(sectionOf),
);

function sectionOf(key: string): string {
  return key.split('.')[0] ?? key;
}

/** The kind that most of its sections are of; undefined where that is none. */
export function kindOf(text: string): FileKind | undefined {
  const { value } = parseYamlSource(text);
  const sections = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const registry = sections.filter((section) => ofRegistry.has(section)).length;
  const auth = sections.filter((section) => ofAuth.has(section)).length;
  if (registry === auth) return undefined;
  return registry > auth ? 'registry' : 'docker_auth';
}
