/** The sources as single files of JavaScript, by esbuild. It knows where programs begin, and nothing of where they end up. */

import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

export const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'packages');

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node26',
  minify: true,
  // In ASCII each character is a byte, also in memory.
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} as const satisfies BuildOptions;

/** What would be bundled because something names it, and what stands in its place. */
const LEFT_OUT: readonly (readonly [filter: RegExp, replacement: string])[] = [
  // Express loads it for its parsers of bodies, which nothing here calls; with it come the tables of iconv-lite.
  [
    /^body-parser$/,
    'const gone = () => { throw new Error("body-parser is not in the bundle: see build/bundle.ts"); };' +
      'module.exports = { json: gone, raw: gone, text: gone, urlencoded: gone };',
  ],
  // Every language that zod speaks, of which English is imported by itself.
  [/^\.\.\/locales\/index\.js$/, 'export {};'],
];

const leftOut: Plugin = {
  name: 'left-out',
  setup(building) {
    for (const [filter, contents] of LEFT_OUT) {
      const namespace = `left-out-${filter}`;
      building.onResolve({ filter }, ({ path }) => ({ path, namespace }));
      building.onLoad({ filter: /./, namespace }, () => ({ contents }));
    }
  },
};

/** The program as one CommonJS file: an ES module would load every export of each module of Node that it names. */
export async function bundleProgram(): Promise<string> {
  return bundle(join(SOURCES, 'server', 'src', 'main.js'), await wholeOptions());
}

/** `createBerth` for programs that run on another Node than Berth's own. */
export async function bundleEmbedded(): Promise<string> {
  const entry = join(SOURCES, 'server', 'src', 'embedded', 'create-berth.ts');
  return bundle(entry, { ...(await wholeOptions()), target: 'node22' });
}

async function wholeOptions(): Promise<BuildOptions> {
  return {
    format: 'cjs',
    // There is no folder to look into; what is named relative to a module is replaced by the thread programs.
    define: { 'import.meta.dirname': 'undefined', 'import.meta.url': '"file:///berth"' },
    plugins: [leftOut, await withThreadPrograms()],
  };
}

/** Puts the texts of the thread programs where the server looks for them. */
async function withThreadPrograms(): Promise<Plugin> {
  const [hash, bcrypt] = await Promise.all([
    bundle(join(SOURCES, 'registry', 'src', 'store', 'hash-worker.ts'), { format: 'cjs' }),
    bundle(join(SOURCES, 'auth', 'src', 'authn', 'bcrypt-worker.ts'), { format: 'cjs' }),
  ]);
  const programs = JSON.stringify({ hash: { source: hash }, bcrypt: { source: bcrypt } });
  return {
    name: 'thread-programs',
    setup(building) {
      building.onLoad({ filter: /server\/src\/thread-programs\.ts$/ }, () => ({
        contents: `export const threadPrograms = ${programs};`,
      }));
    },
  };
}

/** @throws where esbuild fails; it has said why */
async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({ ...COMMON, ...options, write: false, entryPoints: [entry] });
  const text = outputFiles[0]?.text;
  if (text === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return text;
}
