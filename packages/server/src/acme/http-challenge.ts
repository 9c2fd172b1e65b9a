// The server of HTTP-01 (RFC 8555, section 8.3): there while an order is, with nothing but the answers to its challenges.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { formatListenAddress, type ListenAddress } from '../config/listen-address.ts';
import { fileReason } from '../errors.ts';

const path = '/.well-known/acme-challenge/';

export interface HttpChallenge {
  /** Undefined: nothing any more. */
  set(token: string, text: string | undefined): void;
  close(): void;
}

/** @throws Error with words for a person where the address can't be had */
export async function openHttpChallenge(address: ListenAddress): Promise<HttpChallenge> {
  const texts = new Map<string, string>();
  const server = createServer((request, response) => {
    const text = texts.get(request.url?.startsWith(path) ? request.url.slice(path.length) : '');
    response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': 'application/octet-stream' });
    response.end(text);
  });
  if (address.kind === 'unix') server.listen(address.path);
  else server.listen({ port: address.port, ...(address.host !== undefined && { host: address.host }) });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`HTTP-01 can't be answered at ${formatListenAddress(address)}: ${fileReason(error)}`, {
      cause: error,
    });
  }
  return {
    set: (token, text) => void (text === undefined ? texts.delete(token) : texts.set(token, text)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
