/**
 * The words of a scope: `type(class):name:action,action`, what a client asks a token for and what a token
 * holds. Knows nothing of rules.
 *
 * distribution, docs/spec/auth/scope.md, "Resource Scope Grammar"; read as docker_auth reads it.
 */

/** What is asked for: some actions on one resource. `class` is empty where the scope names none. */
export interface Scope {
  readonly type: string;
  readonly class: string;
  readonly name: string;
  /** In byte order; not empty, but an action may be the empty string. */
  readonly actions: readonly string[];
}

/** One entry of a token's `access` claim. */
export interface Access {
  readonly type: string;
  readonly class?: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A text that is no scope; the message says what it is and what would be one. */
export class ScopeError extends Error {
  override readonly name = 'ScopeError';
  readonly scope: string;

  constructor(scope: string, reason: string) {
    super(`invalid scope ${JSON.stringify(scope)}: ${reason}`);
    this.scope = scope;
  }
}

const RESOURCE_TYPE = /^([a-z0-9]+)(?:\(([a-z0-9]+)\))?$/;
const FORM = 'a scope is type:name:actions, such as repository:team/app:pull,push';

/**
 * The scope that `text` is. The name may hold one colon (`host:5000/app`); actions come sorted, none is
 * dropped, also not a double or an empty one.
 *
 * @throws {ScopeError} for anything else
 */
export function parseScope(text: string): Scope {
  if (text.includes(' ')) throw new ScopeError(text, `a space separates scopes; ${FORM}`);
  const parts = text.split(':');
  const type = RESOURCE_TYPE.exec(parts[0] ?? '');
  if (type === null)
    throw new ScopeError(
      text,
      `a type is lower-case letters and digits, with a (class) after it or none; ${FORM}`,
    );
  if (parts.length < 3 || parts.length > 4)
    throw new ScopeError(
      text,
      `it has ${parts.length - 1} colons instead of 2, or 3 with a host's port; ${FORM}`,
    );
  const [, name = '', second = ''] = parts;
  const hasPort = parts.length === 4;
  const actions = parts.at(-1) ?? '';
  return {
    type: type[1] ?? '',
    class: type[2] ?? '',
    name: hasPort ? `${name}:${second}` : name,
    actions: actions.includes(',') ? actions.split(',').sort(byteOrder) : [actions],
  };
}

/**
 * All scopes of a request's `scope` parameters: several to a parameter, one space between them, and several
 * parameters. An empty first parameter means that nothing is asked for, whatever follows, as in docker_auth.
 *
 * @throws {ScopeError} for the first that is none
 */
export function parseScopes(parameters: readonly string[]): readonly Scope[] {
  if ((parameters[0] ?? '') === '') return [];
  return parameters.flatMap((parameter) => parameter.split(' ').map(parseScope));
}

/** The text of a scope: what `parseScope` reads back as the same, given names and actions that it takes. */
export function formatScope(scope: Access): string {
  const resourceType = scope.class ? `${scope.type}(${scope.class})` : scope.type;
  return `${resourceType}:${scope.name}:${scope.actions.join(',')}`;
}

/** Compares as Go's strings do, by the bytes of their UTF-8; a plain sort would go by UTF-16 units. */
export function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
