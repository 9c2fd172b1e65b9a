/**
 * What a certificate says of its own use that node:crypto doesn't tell: how long a chain it may head, and what
 * it declares critical. Reads just enough DER for that.
 *
 * RFC 5280 sections 4.1 and 4.2; X.690 section 8.1 for the form.
 */

export interface CertificateExtensions {
  /** basicConstraints: how many intermediates may stand between this and the leaf; undefined is any number. */
  readonly pathLength: number | undefined;
  /** Critical extensions that are not understood here: their certificate must not be used. */
  readonly unknownCritical: readonly string[];
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

interface Extension {
  /** The hex of the DER of its identifier. */
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

const TAG = { boolean: 0x01, integer: 0x02, extensions: 0xa3 } as const;

const BASIC_CONSTRAINTS = '551d13';

/** basicConstraints, keyUsage, extKeyUsage, subjectAltName, subject and authority key identifier. */
const UNDERSTOOD: readonly string[] = [BASIC_CONSTRAINTS, '551d0f', '551d25', '551d11', '551d0e', '551d23'];

/**
 * The extensions of a certificate in DER.
 * @throws Error where it isn't one
 */
export function readExtensions(der: Uint8Array): CertificateExtensions {
  const [certificate] = elementsOf(der);
  const [body] = elementsOf(contentOf(certificate));
  const wrapped = elementsOf(contentOf(body)).find((element) => element.tag === TAG.extensions);
  const [list] = wrapped === undefined ? [] : elementsOf(wrapped.content);
  const extensions = list === undefined ? [] : elementsOf(list.content).map(readExtension);
  const constraints = extensions.find((extension) => extension.oid === BASIC_CONSTRAINTS);
  return {
    pathLength: constraints && readPathLength(constraints.value),
    unknownCritical: extensions
      .filter((extension) => extension.critical && !UNDERSTOOD.includes(extension.oid))
      .map((extension) => extension.oid),
  };
}

/** Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue } */
function readExtension(element: Element): Extension {
  const parts = elementsOf(element.content);
  const [id, second] = parts;
  const critical = second?.tag === TAG.boolean && second.content[0] !== 0;
  return { oid: Buffer.from(contentOf(id)).toString('hex'), critical, value: contentOf(parts.at(-1)) };
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function readPathLength(value: Uint8Array): number | undefined {
  const [constraints] = elementsOf(value);
  const length = elementsOf(contentOf(constraints)).find((element) => element.tag === TAG.integer);
  return length?.content.reduce((sum, byte) => sum * 256 + byte, 0);
}

function contentOf(element: Element | undefined): Uint8Array {
  if (element === undefined) throw new Error('the certificate is cut off');
  return element.content;
}

/** The elements that stand one after the other in `der`. */
function elementsOf(der: Uint8Array): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < der.length; ) {
    const { start, end } = boundsOf(der, at);
    elements.push({ tag: der[at] ?? 0, content: der.subarray(start, end) });
    at = end;
  }
  return elements;
}

/** Where the content of the element at `at` starts and ends. Lengths of 128 and more say first how long they are. */
function boundsOf(der: Uint8Array, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  const length =
    lengthBytes === 0 ? first : der.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (start + length > der.length) throw new Error('the certificate is cut off');
  return { start, end: start + length };
}
