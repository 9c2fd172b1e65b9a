/** The npm package that `pnpm package` makes, installed as somebody installs it, in a folder that has nothing else. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectThat } from '../harness/expect.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PACKAGE = join(ROOT, 'dist', 'npm');

/** What a program does with it: push a blob with the password of the account, and get it back. */
const BODY = `
const run = async () => {
  const berth = await createBerth();
  const basic = btoa(\`\${berth.account?.name}:\${berth.account?.password}\`);
  const asked = await fetch(\`\${berth.url}/auth?service=berth&scope=repository:a/b:pull,push\`, {
    headers: { authorization: \`Basic \${basic}\` },
  });
  const { token } = (await asked.json()) as { token: string };
  const headers = { authorization: \`Bearer \${token}\`, 'content-type': 'application/octet-stream' };
  const body = Buffer.alloc(4_000_000, 'berth');
  const digest = \`sha256:\${createHash('sha256').update(body).digest('hex')}\`;
  const put = await fetch(\`\${berth.url}/v2/a/b/blobs/uploads/?digest=\${digest}\`, { method: 'POST', headers, body });
  const got = await fetch(\`\${berth.url}/v2/a/b/blobs/\${digest}\`, { headers });
  const same = Buffer.from(await got.arrayBuffer()).equals(body);
  const stranger = await fetch(\`\${berth.url}/v2/\`);
  await berth.close();
  console.log(JSON.stringify([put.status, got.status, same, stranger.status]));
};
void run();
`;
const EXPECTED = '[201,200,true,401]\n';

const MODULE = `import { createHash } from 'node:crypto';\nimport { createBerth } from 'berth';\n${BODY}`;
const COMMON = `const { createHash } = require('node:crypto');\nconst { createBerth } = require('berth');\n${BODY.replace(' as { token: string }', '')}`;

export const npmPackage: Suite = {
  name: 'package',
  needs: ['node', 'npm'],
  async prepare(place) {
    await place.run('node', [join(ROOT, 'build', 'package.ts')], { cwd: ROOT });
  },
  cases: [{ name: 'is installed, has types, and runs a registry by import and by require', run: installed }],
};

async function installed(place: Place): Promise<string> {
  const folder = place.dir('project');
  await place.run('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE]);
  const tarball = readdirSync(folder).find((file) => /^berth-.*\.tgz$/.test(file));
  if (tarball === undefined) throw new Error(`npm pack made ${readdirSync(folder)}`);
  writeFileSync(join(folder, 'package.json'), '{"name": "project", "private": true, "type": "module"}\n');
  await place.run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], {
    cwd: folder,
  });
  writeFileSync(join(folder, 'run.ts'), MODULE);
  writeFileSync(join(folder, 'run.cjs'), COMMON);
  await checkTypes(place, folder);
  for (const file of ['run.ts', 'run.cjs']) {
    const { stdout, stderr } = await place.run('node', [file], { cwd: folder });
    expectThat(stdout === EXPECTED, `${file} does what it should: ${stdout}${stderr}`);
  }
  return tarball;
}

/** As a project checks it that is strict about everything, the types of its packages too. */
async function checkTypes(place: Place, folder: string): Promise<void> {
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    lib: ['esnext'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['run.ts'] }));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  succeeded(await place.attempt('node', [tsc, '-p', folder]));
}
