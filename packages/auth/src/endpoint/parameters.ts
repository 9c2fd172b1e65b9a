// The parameters of a token request, from the query of its URL and from its form.
import { badParameter } from '../errors.ts';

export interface Parameters {
  readonly query: URLSearchParams;
  /** Undefined for a GET. */
  readonly form: URLSearchParams | undefined;
}

/** What must not stand in a URL, which lands in logs (RFC 6749, section 2.3.1). */
const SECRETS = ['password', 'refresh_token'];

/** Takes the query of a request's `url` and its form; throws an AuthError where a POST's URL holds secrets. */
export function parametersOf(url: string, form: URLSearchParams | undefined): Parameters {
  const question = url.indexOf('?');
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  const secret = form && SECRETS.find((name) => query.has(name));
  if (secret !== undefined) throw badParameter(secret, 'it belongs in the form, not in the URL');
  return { query, form };
}

/** Every value of a parameter that may be repeated, form first. */
export function values({ query, form }: Parameters, name: string): readonly string[] {
  return form === undefined ? query.getAll(name) : [...form.getAll(name), ...query.getAll(name)];
}

/**
 * The value of a parameter that is given once, or undefined where it is missing or empty. The same value
 * twice is no contradiction: clients add `service` to a realm that has it already.
 */
export function single(parameters: Parameters, name: string): string | undefined {
  const given = values(parameters, name);
  const value = given[0];
  if (given.length > 1 && given.some((other) => other !== value)) {
    throw badParameter(name, 'given more than once, with different values');
  }
  return value === '' ? undefined : value;
}

/** As `single`, from the form alone and never missing. */
export function required({ form }: Parameters, name: string): string {
  const value = single({ query: new URLSearchParams(), form }, name);
  if (value === undefined) throw badParameter(name, 'it is missing');
  return value;
}
