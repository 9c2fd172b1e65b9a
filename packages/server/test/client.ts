// A client of the registry over plain sockets and node:http, for what fetch hides.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask extends RequestOptions, Pick<SecureContextOptions, 'maxVersion' | 'ciphers'> {
  /** The name that the certificate is to be for, in place of the URL's. */
  readonly servername?: string;
  readonly body?: string | Buffer;
  readonly user?: string;
  readonly ca?: string;
}

/** One request on a connection of its own. */
export async function ask(url: string, { body, user, ...options }: Ask = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(url, { agent: false, ...options, ...(user !== undefined && { auth: user }) });
  request.end(body);
  const [response] = await once(request, 'response');
  return answerOf(response);
}

export async function answerOf(response: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Bytes to the server as they are, and all that comes back until it closes. */
export async function raw(url: string, bytes: string): Promise<string> {
  const socket = await open(url);
  socket.write(bytes);
  return readAll(socket);
}

export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** A token as a docker client gets one: from the realm of the challenge. */
export async function token(url: string, user: string, scope: string): Promise<string> {
  const answer = await ask(`${url}/auth?service=berth&scope=${encodeURIComponent(scope)}`, { user });
  return JSON.parse(answer.text).token;
}

export function bearer(text: string): { authorization: string } {
  return { authorization: `Bearer ${text}` };
}

export function digestOf(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Pushes an image of one config and no layers. @returns the manifest's digest, or the answer that refused it */
export async function pushImage(url: string, repository: string, tag: string, user: string): Promise<Answer> {
  const headers = bearer(await token(url, user, `repository:${repository}:pull,push`));
  const config = '{}';
  const started = await ask(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  if (started.status !== 202) return started;
  const put = `${url}${started.headers.location}${started.headers.location?.includes('?') ? '&' : '?'}digest=${digestOf(config)}`;
  const stored = await ask(put, { method: 'PUT', headers, body: config });
  if (stored.status !== 201) return stored;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const configDescriptor = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: configDescriptor, layers: [] });
  return ask(`${url}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': mediaType },
    body: manifest,
  });
}

/** GET of a manifest by tag as `user`. */
export async function pullManifest(
  url: string,
  repository: string,
  tag: string,
  user: string,
): Promise<Answer> {
  const headers = bearer(await token(url, user, `repository:${repository}:pull`));
  return ask(`${url}/v2/${repository}/manifests/${tag}`, { headers });
}

/** A blob of which the first half is sent, to `admin/app`, on a connection of its own. */
export async function halfSent(url: string, user: string): Promise<{ socket: Socket; rest: string }> {
  const authorization = bearer(await token(url, user, 'repository:admin/app:pull,push')).authorization;
  const body = 'x'.repeat(1000);
  const { headers } = await ask(`${url}/v2/admin/app/blobs/uploads/`, {
    method: 'POST',
    headers: { authorization },
  });
  const socket = await open(url);
  const target = `${headers.location}${headers.location?.includes('?') ? '&' : '?'}digest=${digestOf(body)}`;
  socket.write(
    `PUT ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n`,
  );
  await once(socket, 'data'); // 100 Continue: the server has begun to read
  socket.write(body.slice(500));
  return { socket, rest: body.slice(500) };
}
