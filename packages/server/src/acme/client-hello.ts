// What a ClientHello asks for by ALPN (RFC 7301), from the first bytes of a connection. Pure.

/** Bytes that are still missing of the first record make the answer unknown: ask again with more. */
export function alpnProtocols(bytes: Uint8Array): readonly string[] | 'incomplete' {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const recordHeader = 5;
  if (bytes.byteLength < recordHeader) return 'incomplete';
  const end = recordHeader + view.getUint16(3);
  if (bytes.byteLength < end) return 'incomplete';
  try {
    return protocolsIn(new DataView(bytes.buffer, bytes.byteOffset, end), recordHeader);
  } catch (error) {
    // Past the end of the record: a hello in several, or none at all. TLS itself will say.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

const alpn = 16;

/** RFC 8446, section 4.1.2. @throws RangeError where a length leads past the end */
function protocolsIn(view: DataView, start: number): readonly string[] {
  let at = start + 4 + 2 + 32; // type and length, version, random
  at += 1 + view.getUint8(at); // session id
  at += 2 + view.getUint16(at); // cipher suites
  at += 1 + view.getUint8(at); // compression methods
  const end = at + 2 + view.getUint16(at);
  for (at += 2; at < end; at += 4 + view.getUint16(at + 2)) {
    if (view.getUint16(at) === alpn) return namesIn(view, at + 6, at + 4 + view.getUint16(at + 2));
  }
  return [];
}

function namesIn(view: DataView, start: number, end: number): readonly string[] {
  const names: string[] = [];
  for (let at = start; at < end; at += 1 + view.getUint8(at)) {
    const length = view.getUint8(at);
    const name = Array.from({ length }, (_, index) => view.getUint8(at + 1 + index));
    names.push(String.fromCharCode(...name));
  }
  return names;
}
