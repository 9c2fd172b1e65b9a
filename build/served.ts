/** A Berth that was started, as one who builds it looks at it: where it listens, and that it does what it is for. */

import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';

/** Where the process listens, by the line of its log. Rejects if it ends before. */
export function listeningUrl({ stdout }: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = '';
  stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const url = /listening on (\S+)\n/.exec(said)?.[1];
    if (url !== undefined) resolve(url);
  });
  stdout?.once('end', () => reject(new Error(`it ended before it listened:\n${said}`)));
  return promise;
}

/** A login, a push and a pull: what makes up most of a registry's day. @throws at the first answer that is wrong */
export async function useRegistry(url: string, password: string): Promise<void> {
  await expectAnswer(401, `${url}/v2/`);
  const basic = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const tokenUrl = `${url}/auth?service=berth&scope=repository:admin/built:pull,push`;
  const answer = await expectAnswer(200, tokenUrl, { headers: { authorization: basic } });
  const { token }: { token: string } = JSON.parse(await answer.text());
  const headers = { authorization: `Bearer ${token}` };

  const blob = Buffer.from('{}');
  const digest = sha256(blob);
  const repository = `${url}/v2/admin/built`;
  const upload = await expectAnswer(202, `${repository}/blobs/uploads/`, { method: 'POST', headers });
  const location = new URL(upload.headers.get('location') ?? '', url);
  location.searchParams.set('digest', digest);
  await expectAnswer(201, location.href, { method: 'PUT', headers, body: blob });

  const descriptor = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: blob.length };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    artifactType: 'application/x',
    config: descriptor,
    layers: [descriptor],
  });
  const typed = { ...headers, 'content-type': mediaType };
  await expectAnswer(201, `${repository}/manifests/1`, { method: 'PUT', headers: typed, body: manifest });
  for (const path of ['manifests/1', `blobs/${digest}`, 'tags/list', `referrers/${digest}`]) {
    await expectAnswer(200, `${repository}/${path}`, { headers });
  }
}

async function expectAnswer(status: number, url: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { ...init, headers: { connection: 'close', ...init.headers } });
  if (answer.status === status) return answer;
  throw new Error(
    `${init.method ?? 'GET'} ${url}: ${answer.status} in place of ${status}: ${await answer.text()}`,
  );
}

function sha256(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
