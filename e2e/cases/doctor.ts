/**
 * `berth doctor` in front of a real Berth, and of one behind a real nginx: first as nginx comes, with bodies of 1 MiB at
 * most, then with the lines that docs/configuration.md gives.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, usualPeople } from '../harness/accounts.ts';
import { Berth } from '../harness/berth.ts';
import { berthProgram } from '../harness/berth-program.ts';
import { type Certificate, makeCertificate } from '../harness/certificate.ts';
import { expectThat } from '../harness/expect.ts';
import type { Finished } from '../harness/finished.ts';
import { freePort } from '../harness/free-port.ts';
import type { Place } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { blobsIn, repositoryFiles } from '../harness/volume.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'configuration.md');
const START_LIMIT_MS = 30_000;

export const doctor: Suite = {
  name: 'doctor',
  needs: ['nginx', 'openssl', 'sh'],
  needsRoot: true,
  cases: [
    { name: 'finds nothing wrong with Berth, and leaves nothing behind', run: healthy },
    { name: 'names the nginx that takes no large bodies, and what it says mends it', run: behindNginx },
    { name: 'says which password is refused, and pushes nothing', run: wrongPassword },
  ],
};

interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly message: string;
  readonly remedy?: string;
}

interface Diagnosis {
  readonly code: number | undefined;
  readonly findings: readonly Finding[];
}

async function examine(place: Place, account: Account, args: readonly string[]): Promise<Finished> {
  const { file, args: own } = berthProgram();
  const command = [file, ...own, 'doctor', '--user', account.name, ...args];
  const env = { BERTH_PASSWORD: account.password };
  return await place.attempt('sh', ['-c', 'exec "$@"', 'sh', ...command], { env });
}

async function diagnose(place: Place, account: Account, args: readonly string[]): Promise<Diagnosis> {
  const { code, stdout } = await examine(place, account, [...args, '--json']);
  return { code, findings: JSON.parse(stdout) };
}

function expectAllOk({ code, findings }: Diagnosis, except: readonly string[]): void {
  const other = findings.filter(({ check, outcome }) => outcome !== 'ok' && !except.includes(check));
  expectThat(other.length === 0, `all is ok but ${except}: ${JSON.stringify(other, null, 1)}`);
  expectThat(code === 0, `it exits with 0 (${code})`);
  const checks = findings.map(({ check }) => check);
  for (const check of ['token', 'push', 'pull', 'delete'])
    expectThat(checks.includes(check), `it checks ${check} (${checks})`);
}

async function healthy(place: Place): Promise<string> {
  const { authFile, alice } = usualPeople();
  const certificate = await makeCertificate(place);
  const berth = await Berth.start(place, { authFile, certificate });
  const args = [berth.url, '--ca', certificate.certificateFile, '--data', berth.data];
  expectAllOk(await diagnose(place, alice, args), []);
  const spoken = await examine(place, alice, args);
  const lines = spoken.stdout.trim().split('\n');
  expectThat(spoken.code === 0, `without --json it exits with 0 as well (${spoken.code})`);
  const allOk = lines.every((line) => line.startsWith('ok '));
  expectThat(allOk, `each line says ok:\n${spoken.stdout}`);
  const links = repositoryFiles(berth.data, 'alice').filter((file) => file.endsWith('/link'));
  expectThat(links.length === 0, `nothing is left in its repository (${links})`);
  return `${lines.length} checks`;
}

async function behindNginx(place: Place): Promise<string> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const certificate = await makeCertificate(place);
  const port = await freePort();
  const [body, other] = partitioned(recommended(), (line) =>
    /client_max_body_size|request_buffering/.test(line),
  );
  expectThat(body.length === 2, `docs/configuration.md has two lines about bodies (${body})`);

  const nginx = await startNginx(place, { port, berth, certificate, lines: other });
  const args = [`https://127.0.0.1:${port}`, '--ca', certificate.certificateFile];
  const ill = await diagnose(place, alice, args);
  const push = ill.findings.find(({ check }) => check === 'push');
  expectThat(ill.code === 1, `it exits with 1 (${ill.code})`);
  expectThat(push?.outcome === 'fail', `the push fails (${JSON.stringify(push)})`);
  expectThat(/^nginx\/[\d.]+ .*answered 413/.test(push?.message ?? ''), `nginx is named (${push?.message})`);
  const remedy = `${push?.message} ${push?.remedy}`;
  for (const line of body) expectThat(remedy.includes(line), `it says ${line} (${remedy})`);
  await nginx.stop();

  await startNginx(place, { port, berth, certificate, lines: [...other, ...body] });
  // Without --data, which is on the registry's machine.
  expectAllOk(await diagnose(place, alice, args), ['disk', 'owner']);
  return push?.message ?? '';
}

async function wrongPassword(place: Place): Promise<string> {
  const { authFile, alice } = usualPeople();
  const berth = await Berth.start(place, { authFile });
  const { code, findings } = await diagnose(place, { ...alice, password: 'wrong' }, [berth.url]);
  const token = findings.find(({ check }) => check === 'token');
  expectThat(code === 1 && token?.outcome === 'fail', `the token is refused (${JSON.stringify(token)})`);
  expectThat(blobsIn(berth.data).length === 0, 'nothing was pushed');
  return token?.message ?? '';
}

interface Front {
  readonly port: number;
  readonly berth: Berth;
  readonly certificate: Certificate;
  /** What its location says beside proxy_pass. */
  readonly lines: readonly string[];
}

/** Debian's nginx as one process's configuration: its own folder, TLS, everything to Berth. */
async function startNginx(place: Place, { port, berth, certificate, lines }: Front) {
  const folder = place.dir('nginx');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; user root; pid ${join(folder, 'pid')}; error_log stderr notice;
events { worker_connections 64; }
http {
  access_log off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate.certificateFile}; ssl_certificate_key ${certificate.keyFile};
    location / {
      proxy_pass ${berth.url};
      ${lines.join('\n      ')}
    }
  }
}
`,
  );
  const daemon = place.startProgram('nginx', ['-e', 'stderr', '-p', folder, '-c', file]);
  await daemon.lineThat(
    (line) => (line.includes('start worker process ') ? true : undefined),
    START_LIMIT_MS,
  );
  return daemon;
}

/** What docs/configuration.md says to write for nginx. */
function recommended(): readonly string[] {
  const [, rest = ''] = readFileSync(PAGE, 'utf8').split('\nFor nginx:\n\n');
  const lines =
    rest
      .split('\n\n')[0]
      ?.split('\n')
      .map((line) => line.trim()) ?? [];
  if (lines.length === 0) throw new Error('docs/configuration.md says nothing for nginx');
  return lines;
}

function partitioned<T>(items: readonly T[], holds: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(holds), items.filter((item) => !holds(item))];
}
