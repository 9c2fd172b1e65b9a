/**
 * What was asked of a registry and what it answered, and so what it may hold now: of everything that can be
 * looked up (a blob, a manifest, a tag of a repository), the values that are allowed.
 *
 * What was acknowledged holds until something else that was asked for later. What was asked for and never
 * acknowledged may hold or not.
 */

export type Key = `${'blob' | 'manifest' | 'tag'} ${string} ${string}`;

/** A tag's digest, or THERE for a blob or manifest; undefined if it isn't there. */
export type Value = string | undefined;

export const THERE = 'there';

export interface Effect {
  readonly key: Key;
  readonly value: Value;
  /** Whatever else was acknowledged at the same time goes before this. */
  readonly isWeak?: boolean;
}

export const blobKey = (repository: string, digest: string): Key => `blob ${repository} ${digest}`;
export const manifestKey = (repository: string, digest: string): Key => `manifest ${repository} ${digest}`;
export const tagKey = (repository: string, tag: string): Key => `tag ${repository} ${tag}`;

interface Operation extends Effect {
  readonly begun: number;
  /** When it was answered, or Infinity. */
  ended: number;
  isAcknowledged: boolean;
}

export class History {
  readonly #operations = new Map<Key, Operation[]>();
  #time = 0;

  /** Something was asked for; tell `answered` of the result what came of it. */
  begin(effects: readonly Effect[]): { answered: (isAcknowledged: boolean) => void } {
    this.#time += 1;
    const begun = this.#time;
    const operations = effects.map((effect) => {
      const operation = { ...effect, begun, ended: Number.POSITIVE_INFINITY, isAcknowledged: false };
      this.#of(effect.key).push(operation);
      return operation;
    });
    return {
      answered: (isAcknowledged) => {
        this.#time += 1;
        for (const operation of operations) Object.assign(operation, { isAcknowledged, ended: this.#time });
      },
    };
  }

  /** What is there has been seen: from now on that holds. */
  observe(key: Key, value: Value): void {
    this.#time += 1;
    const seen = { key, value, begun: 0, ended: 0, isAcknowledged: true };
    this.#operations.set(key, [seen]);
  }

  get keys(): readonly Key[] {
    return [...this.#operations.keys()];
  }

  /** The values that are allowed now. */
  allowed(key: Key): ReadonlySet<Value> {
    const operations = this.#of(key);
    const possible = operations.filter(
      (operation) => !operations.some((other) => isOvertaken(operation, other)),
    );
    return new Set(possible.map(({ value }) => value));
  }

  /** Whether somebody asked for it to be removed. */
  wasRemoved(key: Key): boolean {
    return this.#of(key).some(({ value, begun }) => value === undefined && begun > 0);
  }

  #of(key: Key): Operation[] {
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const absent = { key, value: undefined, begun: 0, ended: 0, isAcknowledged: true };
    const operations = [absent];
    this.#operations.set(key, operations);
    return operations;
  }
}

function isOvertaken(operation: Operation, other: Operation): boolean {
  if (!other.isAcknowledged) return false;
  const isLater = other.begun > operation.ended;
  const isStronger = operation.isWeak === true && other.isWeak !== true && other.ended > operation.begun;
  return isLater || isStronger;
}
