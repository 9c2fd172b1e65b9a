// The workflows of docs/ci.md: YAML that says what the page around it does. Their steps are run by e2e/cases/compose.ts.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const page = await readFile(new URL('../../../docs/ci.md', import.meta.url), 'utf8');

/** The indented block that begins with that line. */
function block(first: string): string {
  const [, after = ''] = page.split(`\n    ${first}\n`);
  const lines = after.split('\n');
  const end = lines.findIndex((line) => line !== '' && !line.startsWith('    '));
  return [first, ...lines.slice(0, end).map((line) => line.slice(4))].join('\n');
}

test("GitHub's workflow has a service with a password that its steps log in with", () => {
  const { berth } = parse(block('jobs:')).jobs.test.services;
  const [login, ...others] = parse(block('jobs:')).jobs.test.steps;
  expect(berth).toMatchObject({ image: 'ghcr.io/YOU/berth', ports: ['5000:5000'] });
  expect(login.run).toContain(
    `echo "${berth.env.BERTH_ADMIN_PASSWORD}" | docker login localhost:5000 -u admin`,
  );
  expect(others.map(({ run }: { run: string }) => run.slice(0, 12))).toEqual([
    'docker build',
    'docker push ',
  ]);
});

test("GitLab's job has both services, and scripts that are lines of a shell", () => {
  const { services, variables, script } = parse(block('test:')).test;
  expect(services.map(({ alias = '' }) => alias)).toEqual(['berth', '']);
  expect(services[1].command).toEqual(['--insecure-registry=berth:5000']);
  expect(variables.BERTH_ADMIN_PASSWORD).toBe('$CI_COMMIT_SHA-$CI_JOB_ID');
  for (const line of script) expect(line).toEqual(expect.any(String));
});
