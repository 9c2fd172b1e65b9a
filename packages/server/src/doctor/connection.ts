// Does something listen, and what does it speak?

import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { errorCode } from '../errors.ts';
import { connectionWords } from '../http/connection-words.ts';
import { serverLimits } from '../limits.ts';
import { type Checked, finding } from './finding.ts';
import { isLoopbackName, type Target } from './target.ts';

export type Scheme = 'http' | 'https';

/** @returns what the port speaks, which is what was asked for */
export async function checkConnection(target: Target): Promise<Checked<Scheme>> {
  const { hostname, port, host } = target;
  try {
    const socket = connectTcp({ port, host: hostname });
    await opened(socket, 'connect').finally(() => socket.destroy());
  } catch (error) {
    const remedy = 'See that the registry runs, on which address and port, and what stands between';
    return { findings: [finding('connection', 'fail', `${host} ${connectionWords(error)}`, remedy)] };
  }
  const spoken = target.scheme === 'http' ? 'http' : await schemeOf(target);
  if (target.scheme === 'https' && spoken === 'http') {
    const remedy = `Give the registry a certificate, or name it as http://${host} and tell clients so`;
    return { findings: [finding('connection', 'fail', `${host} speaks no TLS: HTTP, perhaps`, remedy)] };
  }
  if (spoken === 'https' || isLoopbackName(hostname)) {
    const words = spoken === 'https' ? 'HTTPS' : 'plain HTTP, which clients take from their own machine';
    return { findings: [finding('connection', 'ok', `${host} speaks ${words}`)], value: spoken };
  }
  const remedy = `Give it a certificate, or name "${host}" in "insecure-registries" of every client's daemon.json`;
  const message = `${host} speaks plain HTTP, passwords too, which clients take only if they are told to`;
  return { findings: [finding('connection', 'warn', message, remedy)], value: spoken };
}

/** Whatever certificate there is: that is looked at later. */
export async function schemeOf(target: Target): Promise<Scheme> {
  try {
    const socket = await openTls(target, { rejectUnauthorized: false });
    socket.destroy();
    return 'https';
  } catch (error) {
    // A server that wants the client's certificate, or other versions, speaks TLS all the same.
    return /ALERT|UNSUPPORTED_PROTOCOL/.test(errorCode(error) ?? '') ? 'https' : 'http';
  }
}

/** @throws the error of the handshake */
export async function openTls(
  { hostname, port }: Target,
  options: { readonly rejectUnauthorized: boolean; readonly ca?: readonly string[] },
): Promise<TLSSocket> {
  const { ca, rejectUnauthorized } = options;
  const socket = connectTls({
    host: hostname,
    port,
    rejectUnauthorized,
    ...(ca !== undefined && { ca: [...ca] }),
    ...(isIP(hostname) === 0 && { servername: hostname }),
  });
  try {
    await opened(socket, 'secureConnect');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.on('error', () => undefined);
  return socket;
}

async function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  await once(socket, event, { signal: AbortSignal.timeout(serverLimits.doctorAnswerMs) });
}
