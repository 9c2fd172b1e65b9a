/**
 * Runs the real clients against Berth.
 *
 *   pnpm e2e                      every suite whose programs are on this machine; says which it skipped and why
 *   pnpm e2e crane skopeo         only these suites
 *   pnpm e2e crane/1.GiB          only the cases of a suite whose name matches
 *   pnpm e2e --require-all        a missing program is a failure
 *   pnpm e2e --list               what there is
 *   pnpm e2e --keep               leaves the folders of failed cases for a look
 *   pnpm e2e --auth-files FOLDER  also reads the docker_auth files of that folder (may be given several times)
 *
 * The last line counts: `N passed, N failed`, and the exit code is 1 when anything failed.
 */
import { parseArgs } from 'node:util';
import { acme } from './cases/acme.ts';
import { archives } from './cases/archives.ts';
import { archivesOfDocker } from './cases/archives-of-docker.ts';
import { authFiles } from './cases/auth-files.ts';
import { badDisks } from './cases/bad-disks.ts';
import { berthItself } from './cases/berth-itself.ts';
import { binary } from './cases/binary.ts';
import { buildkit } from './cases/buildkit.ts';
import { clientSuite } from './cases/client-cases.ts';
import { completion } from './cases/completion.ts';
import { compose } from './cases/compose.ts';
import { conformance } from './cases/conformance.ts';
import { container } from './cases/container.ts';
import { containerd } from './cases/containerd.ts';
import { cosign } from './cases/cosign.ts';
import { doctor } from './cases/doctor.ts';
import { helm } from './cases/helm.ts';
import { manyClients } from './cases/many-clients.ts';
import { npmPackage } from './cases/package.ts';
import { privateCa } from './cases/private-ca.ts';
import { pullSecrets } from './cases/pull-secrets.ts';
import { regctlAdministers } from './cases/regctl.ts';
import { systemd } from './cases/systemd.ts';
import { tokens } from './cases/tokens.ts';
import { twoContainers } from './cases/two-containers.ts';
import { volume } from './cases/volume.ts';
import { buildah } from './clients/buildah.ts';
import { crane } from './clients/crane.ts';
import { dockerClassic, dockerToday } from './clients/docker.ts';
import { oras } from './clients/oras.ts';
import { podman } from './clients/podman.ts';
import { regctl } from './clients/regctl.ts';
import { skopeo } from './clients/skopeo.ts';
import { runSuites, type Tally } from './harness/runner.ts';
import { type Selection, select } from './harness/selection.ts';
import type { Suite } from './harness/suite.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'require-all': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'auth-files': { type: 'string', multiple: true, default: [] },
  },
});

const suites: readonly Suite[] = [
  berthItself,
  badDisks,
  completion,
  binary,
  container,
  compose,
  npmPackage,
  ...[crane, skopeo, oras, regctl, podman, buildah, dockerClassic, dockerToday].map(clientSuite),
  regctlAdministers,
  helm,
  cosign,
  containerd,
  buildkit,
  pullSecrets,
  doctor,
  acme,
  archives,
  ...[dockerClassic, dockerToday].map(archivesOfDocker),
  privateCa,
  conformance,
  manyClients,
  volume,
  systemd,
  tokens,
  twoContainers,
  ...values['auth-files'].map(authFiles),
];

const selected = select(suites, positionals);
if (values.list) {
  for (const { suite, cases } of selected)
    for (const { name } of cases) console.log(`${suite.name}: ${name}`);
} else {
  process.exitCode = await main(selected);
}

async function main(selection: readonly Selection[]): Promise<number> {
  const tally = await runSuites(selection, { requireAll: values['require-all'], keep: values.keep });
  console.log(`\n${counts(tally)}`);
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1;
}

function counts({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
