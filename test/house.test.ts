/** The arrows of the house: who may know whom. A picture that can't go stale. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Which packages a package may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  acl: [],
  auth: ['acl'],
  registry: ['acl'],
  server: ['acl', 'auth', 'registry'],
};

/** What the registry may take from acl: the words of a scope, never the rules. */
const SCOPE_WORDS: ReadonlySet<string> = new Set([
  'Access',
  'Scope',
  'formatScope',
  'parseScope',
  'parseScopes',
]);

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly names: readonly string[];
}

const IMPORT =
  /^(?:import|export)\s(?:type\s)?([^'"]*?)\sfrom\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm;

function sourcesOf(name: string): string[] {
  const folder = join(ROOT, 'packages', name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}

function importsOf(name: string): Import[] {
  return sourcesOf(name).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(IMPORT)].map((match) => ({
      file: relative(ROOT, file),
      specifier: match[2] ?? match[3] ?? match[4] ?? '',
      names: (match[1] ?? '').match(/\w+/g)?.filter((word) => word !== 'type') ?? [],
    })),
  );
}

const packageOf = (specifier: string): string | undefined => /^@berth\/([^/]+)/.exec(specifier)?.[1];

describe.each(Object.keys(ARROWS))('packages/%s', (name) => {
  const imports = importsOf(name);
  const dependencies = JSON.parse(
    readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8'),
  ).dependencies;

  test('has imports to look at', () => {
    expect(sourcesOf(name).length).toBeGreaterThan(1);
  });

  test('imports only the packages that its arrows lead to', () => {
    const others = imports.filter(({ specifier }) => packageOf(specifier) !== undefined);
    const wrong = others.filter(({ specifier }) => !ARROWS[name]?.includes(packageOf(specifier) ?? ''));
    expect(wrong).toEqual([]);
  });

  test('reaches other packages by their face only', () => {
    const past = imports.filter(({ specifier }) => /^@berth\/[^/]+\//.test(specifier));
    const sideways = imports.filter(
      ({ file, specifier }) =>
        specifier.startsWith('.') && !join(file, '..', specifier).startsWith(join('packages', name, 'src')),
    );
    expect([...past, ...sideways]).toEqual([]);
  });

  test('declares what it imports', () => {
    const undeclared = imports
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .map((specifier) =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((dependency) => dependencies[dependency] === undefined);
    expect(undeclared).toEqual([]);
  });
});

test('acl is pure: it imports no module of Node', () => {
  expect(importsOf('acl').filter(({ specifier }) => specifier.startsWith('node:'))).toEqual([]);
});

test('registry takes from acl the words of a scope and nothing else', () => {
  const taken = importsOf('registry')
    .filter(({ specifier }) => specifier === '@berth/acl')
    .flatMap(({ names }) => names);
  expect(taken.filter((word) => !SCOPE_WORDS.has(word))).toEqual([]);
});

test('in the registry, only the layout knows a path', () => {
  const knowing = sourcesOf('registry')
    .filter((file) => /['"`/](_layers|_manifests|_uploads|_referrers)\b/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(join(ROOT, 'packages/registry/src'), file));
  expect(knowing).toEqual([join('store', 'layout.ts')]);
});

test('in the registry, routes reach no driver and drivers know no meaning', () => {
  const imports = importsOf('registry');
  const routes = imports.filter(
    ({ file, specifier }) => file.includes('/src/routes/') && specifier.includes('/drivers/'),
  );
  const drivers = imports.filter(
    ({ file, specifier }) =>
      file.includes('/src/drivers/') &&
      (specifier.includes('/routes/') ||
        (specifier.includes('/store/') && !specifier.endsWith('/layout.ts'))),
  );
  expect([...routes, ...drivers]).toEqual([]);
});

test('every dependency has a line in docs/dependencies.md', () => {
  const known = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8');
  const manifests = ['package.json', ...Object.keys(ARROWS).map((name) => `packages/${name}/package.json`)];
  const names = manifests.flatMap((file) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    return Object.keys({ ...dependencies, ...devDependencies });
  });
  const unnamed = [...new Set(names)].filter(
    (name) => !name.startsWith('@berth/') && !known.includes(`\`${name}\``),
  );
  expect(unnamed).toEqual([]);
});
