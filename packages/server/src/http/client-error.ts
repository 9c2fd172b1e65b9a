// Answers to what is not a request: bad framing, headers too large, headers that don't come. Node has no request and
// no response object for these, only a socket; the answer is the spec's error JSON, and then the connection closes.

import { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode } from '../errors.ts';
import type { Log } from '../log/log.ts';
import { rawAnswer } from './raw-answer.ts';
import { httpsExpectedElsewhere, isTlsHello, type WrongProtocol, wrongProtocol } from './wrong-protocol.ts';

interface Answer {
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

const badRequest: Answer = {
  status: '400 Bad Request',
  code: 'UNSUPPORTED',
  message: 'this is not a well-formed HTTP/1.1 request',
};
const httpsHere: Answer = { ...badRequest, message: httpsExpectedElsewhere };
const badLength: Answer = {
  status: '400 Bad Request',
  code: 'SIZE_INVALID',
  message:
    'the length of the body is unclear: send one Content-Length, or Transfer-Encoding: chunked, not both',
};

/** By the codes of Node and of llhttp. */
const answers: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'UNSUPPORTED',
    message: 'the request line and headers are longer than the server takes',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'UNSUPPORTED',
    message: 'the headers of a request did not come in time',
  },
  HPE_UNEXPECTED_CONTENT_LENGTH: badLength,
  HPE_INVALID_CONTENT_LENGTH: badLength,
  HPE_INVALID_TRANSFER_ENCODING: badLength,
};

/**
 * For a server's `clientError` event.
 * @param tell hears of clients that speak HTTPS
 */
export function onClientError(
  log: Log,
  tell: (what: WrongProtocol) => void,
): (error: Error, socket: Duplex) => void {
  return (error, socket) => {
    const code = errorCode(error);
    const isHttps = speaksTls(error);
    if (isHttps) tell(wrongProtocol('https', socket));
    const answer = isHttps ? httpsHere : (code !== undefined && answers[code]) || badRequest;
    if (code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
      socket.destroy();
      return;
    }
    log.debug('not a request', { status: Number(answer.status.slice(0, 3)), reason: code });
    socket.end(rawAnswer(answer.status, answer.code, answer.message), () => socket.destroy());
  };
}

/** Did the client begin with a handshake? Node hands over the bytes that its parser did not take. */
function speaksTls(error: Error): boolean {
  return 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) && isTlsHello(error.rawPacket);
}

/** Has an answer on this connection begun? Nothing can be put into the middle of it. */
function isAnswering(socket: Duplex): boolean {
  if (!('_httpMessage' in socket)) return false;
  const { _httpMessage: response } = socket;
  return response instanceof ServerResponse && response.headersSent;
}
