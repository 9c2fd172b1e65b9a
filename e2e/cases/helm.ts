/** Helm charts in the registry: made, packaged, pushed, shown and pulled by helm, and what helm is refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, usualPeople } from '../harness/accounts.ts';
import { manifestOf, tagsOf } from '../harness/api.ts';
import { Berth, type BerthOptions } from '../harness/berth.ts';
import { makeCertificate } from '../harness/certificate.ts';
import { expectFailure, expectThat } from '../harness/expect.ts';
import type { Finished } from '../harness/finished.ts';
import { sha256Of } from '../harness/image.ts';
import { type Place, succeeded } from '../harness/place.ts';
import type { Suite } from '../harness/suite.ts';
import { repositoryFiles } from '../harness/volume.ts';

const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
/** A build's number after a `+` can't stand in a tag: helm writes an underscore. */
const VERSION = '1.2.3+build.4';
const TAG = '1.2.3_build.4';

export const helm: Suite = {
  name: 'helm',
  needs: ['helm', 'openssl'],
  cases: [
    { name: 'pushes a chart, shows it and pulls the same again', run: pushShowPull },
    {
      name: 'does so over TLS',
      run: async (place) => {
        const scene = await openHelm(place, { certificate: await makeCertificate(place) });
        await scene.login(scene.alice);
        succeeded(await scene.push(await packageChart(place)));
        expectThat((await pullChart(scene)).endsWith('.tgz'), 'the chart is pulled');
        return undefined;
      },
    },
    { name: 'is refused a wrong password, and a push without the right', run: refused },
  ],
};

interface HelmScene {
  readonly place: Place;
  readonly berth: Berth;
  readonly alice: Account;
  readonly reader: Account;
  /** What each command has to be told of the registry. */
  readonly trust: readonly string[];
  attemptLogin(account: Account): Promise<Finished>;
  login(account: Account): Promise<void>;
  push(archive: string): Promise<Finished>;
}

async function openHelm(place: Place, options: BerthOptions = {}): Promise<HelmScene> {
  const { authFile, alice, reader } = usualPeople();
  const berth = await Berth.start(place, { ...options, authFile });
  const { certificate } = berth;
  const trust = certificate === undefined ? ['--plain-http'] : ['--ca-file', certificate.certificateFile];
  const attemptLogin = ({ name, password }: Account) =>
    place.attempt('helm', ['registry', 'login', ...trust, '-u', name, '--password-stdin', berth.host], {
      input: password,
    });
  return {
    ...{ place, berth, alice, reader, trust, attemptLogin },
    async login(account) {
      succeeded(await attemptLogin(account));
    },
    push: (archive) => place.attempt('helm', ['push', ...trust, archive, `oci://${berth.host}/alice`]),
  };
}

/** The archive of a chart as `helm create` makes it. */
async function packageChart(place: Place): Promise<string> {
  const cwd = place.dir('charts');
  await place.run('helm', ['create', 'app'], { cwd });
  writeFileSync(join(cwd, 'app', 'README.md'), '# The chart of a case\n');
  await place.run('helm', ['package', '--version', VERSION, 'app'], { cwd });
  return join(cwd, `app-${VERSION}.tgz`);
}

/** Pulls it into a new folder; the archive's name. */
async function pullChart({ place, berth, trust }: HelmScene): Promise<string> {
  const folder = place.dir('pulled', String(place.history.length));
  const what = [`oci://${berth.host}/alice/app`, '--version', VERSION, '--destination', folder];
  await place.run('helm', ['pull', ...trust, ...what]);
  return join(folder, `app-${VERSION}.tgz`);
}

async function pushShowPull(place: Place): Promise<undefined> {
  const scene = await openHelm(place);
  const { berth, alice, reader, trust } = scene;
  await scene.login(alice);
  const archive = await packageChart(place);
  const { stdout, stderr } = succeeded(await scene.push(archive));
  const { digest, document } = await manifestOf(berth, alice, 'alice/app', TAG);
  expectThat(`${stdout}${stderr}`.includes(digest), 'helm and the registry agree on the digest');
  const [layer] = document.layers ?? [];
  expectThat(layer?.digest === `sha256:${await sha256Of(archive)}`, 'the layer is the archive');
  expectThat(JSON.stringify(layer).includes(CHART_LAYER), 'and has the type of a chart');
  expectThat((await tagsOf(berth, alice, 'alice/app')).join() === TAG, 'its version is the only tag');

  await scene.login(reader);
  const chart = [`oci://${berth.host}/alice/app`, '--version', VERSION];
  const shown = await place.run('helm', ['show', 'chart', ...trust, ...chart]);
  expectThat(shown.stdout.includes(`version: ${VERSION}`), `helm shows the chart (${shown.stdout})`);
  const readme = await place.run('helm', ['show', 'readme', ...trust, ...chart]);
  expectThat(readme.stdout.includes('The chart of a case'), 'and its readme');
  const pulled = await pullChart(scene);
  expectThat(readFileSync(pulled).equals(readFileSync(archive)), 'what is pulled is what was pushed');
}

async function refused(place: Place): Promise<undefined> {
  const scene = await openHelm(place);
  const { berth, alice, reader } = scene;
  const wrong = { name: alice.name, password: `${alice.password}x` };
  expectFailure(await scene.attemptLogin(wrong), /401|unauthorized|invalid/i);
  await scene.login(reader);
  expectFailure(await scene.push(await packageChart(place)), /401|403|denied|insufficient/i);
  expectThat(repositoryFiles(berth.data, 'alice').length === 0, 'nothing of the chart is in the volume');
}
