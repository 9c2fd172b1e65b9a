/**
 * The npm package: what a program imports to have a registry inside, in one file with the types beside it.
 *
 *   pnpm package     dist/npm, ready for `npm pack` and `npm install`
 */

import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleEmbedded, ROOT } from './bundle.ts';

const PACKAGE = join(ROOT, 'dist', 'npm');
const TYPES = join(ROOT, 'packages', 'server', 'src', 'embedded', 'berth.ts');

/** Node 22 is the oldest that has what the sources use, and that is still looked after. */
const OLDEST_NODE = '>=22.15';

rmSync(PACKAGE, { recursive: true, force: true });
mkdirSync(PACKAGE, { recursive: true });
writeFileSync(join(PACKAGE, 'berth.cjs'), await bundleEmbedded());
writeFileSync(join(PACKAGE, 'index.js'), "export { createBerth } from './berth.cjs';\n");
writeFileSync(join(PACKAGE, 'index.d.ts'), typesOf(readFileSync(TYPES, 'utf8')));
writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`);
cpSync(join(PACKAGE, 'index.d.ts'), join(PACKAGE, 'index.d.cts'));
copyFileSync(join(ROOT, 'docs', 'embedding.md'), join(PACKAGE, 'README.md'));
copyFileSync(join(ROOT, 'LICENSE'), join(PACKAGE, 'LICENSE'));
console.log('dist/npm: npm install ./dist/npm');

function manifest(): object {
  const { version, description, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return {
    name: 'berth',
    version,
    description,
    license,
    type: 'module',
    engines: { node: OLDEST_NODE },
    exports: {
      '.': {
        import: { types: './index.d.ts', default: './index.js' },
        require: { types: './index.d.cts', default: './berth.cjs' },
      },
    },
    files: ['berth.cjs', 'index.js', 'index.d.ts', 'index.d.cts'],
  };
}

/** Beside the function there are only the types that it takes and gives, which are a declaration file already. */
function typesOf(source: string): string {
  return `${source}
/**
 * Starts a registry in this process.
 * @throws Error whose message says what can't be used, and where
 */
export declare function createBerth(options?: BerthOptions): Promise<Berth>;
`;
}
