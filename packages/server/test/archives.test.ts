// /upload and /download of a whole server: who may, and what the log tells.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { cleanUp, folder, serve } from './berth.ts';
import { ask, bearer, token } from './client.ts';

afterEach(cleanUp);

const alice = 'alice:wonder';
const reader = 'reader:glasses';

async function start() {
  const file = join(await folder(), 'docker_auth.yml');
  const text = `
server: {addr: ":5001"}
token: {issuer: Acme, expiration: 900}
users:
  alice: {password: "${bcrypt.hashSync('wonder', 4)}"}
  reader: {password: "${bcrypt.hashSync('glasses', 4)}"}
acl:
  - {match: {account: alice, name: "alice/*"}, actions: ["*"]}
  - {match: {account: reader, name: "alice/*"}, actions: [pull]}
`;
  await writeFile(file, text);
  return await serve(['--auth-config', file, '--workers', '1']);
}

const boundary = 'b0undary';
const body = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncontent\r\n--${boundary}--\r\n`;

function upload(url: string, target: string, headers: Record<string, string> = {}, user?: string) {
  const type = `multipart/form-data; boundary=${boundary}`;
  const options = { method: 'POST', headers: { 'content-type': type, ...headers }, body };
  return ask(`${url}/upload/${target}`, user === undefined ? options : { ...options, user });
}

test('a password and a token do, as for a push; what it was is in the log', async () => {
  const server = await start();
  const url = await server.url();
  expect((await upload(url, 'alice/file:1', {}, alice)).status).toBe(201);
  const push = bearer(await token(url, alice, 'repository:alice/file:pull,push'));
  expect((await upload(url, 'alice/file:2', push)).status).toBe(201);
  const pull = bearer(await token(url, reader, 'repository:alice/file:pull'));
  for (const options of [{ user: reader }, { user: alice }, { headers: pull }]) {
    const answer = await ask(`${url}/download/alice/file:1`, options);
    expect([answer.status, answer.text]).toEqual([200, 'content']);
  }
  await server.said(/POST \/upload\/alice\/file:1 201 .*alice/);
  await server.said(/GET \/download\/alice\/file:1 200 .*reader/);
});

test('whoever may not gets the refusals of /v2, and learns nothing of what is there', async () => {
  const url = await (await start()).url();
  expect((await upload(url, 'alice/file:1', {}, alice)).status).toBe(201);
  const pull = bearer(await token(url, reader, 'repository:alice/file:pull'));
  const strangers = [
    await upload(url, 'alice/file:1'),
    await upload(url, 'alice/file:1', {}, 'alice:wrong'),
    await upload(url, 'alice/file:1', {}, 'nobody:wrong'),
    await ask(`${url}/download/alice/file:1`),
    await ask(`${url}/download/alice/file:1`, { user: 'alice:wrong' }),
  ];
  for (const answer of strangers) {
    expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([401, 'UNAUTHORIZED']);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer realm=".*\/auth",service="berth",scope="repository:alice\/file:pull/,
    );
  }
  const denied = [
    await upload(url, 'alice/file:1', {}, reader),
    await upload(url, 'alice/file:1', pull),
    await ask(`${url}/download/secret/file:1`, { user: reader }),
  ];
  for (const answer of denied) {
    expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([401, 'DENIED']);
    expect(answer.headers['www-authenticate']).toContain('insufficient_scope');
  }
  const [there, absent] = [
    await ask(`${url}/download/alice/file:1`, { user: 'reader:wrong' }),
    await ask(`${url}/download/alice/none:1`, { user: 'reader:wrong' }),
  ];
  expect(there.text.replaceAll('alice/file', 'X')).toBe(absent.text.replaceAll('alice/none', 'X'));
});
