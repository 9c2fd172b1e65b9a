// A request without its body: what is needed to know who asks for what. node:http's requests are such.
import type { IncomingMessage } from 'node:http';

export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders' | 'socket'>;
