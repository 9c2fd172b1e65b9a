/**
 * What is asked of the rules and what they answer: the values on both sides of `decide`.
 */

/** What is known of an account besides its name: groups, projects, whatever its source says. */
export type Labels = Readonly<Record<string, readonly string[]>>;

/** Who wants to do what, to which resource, from where. */
export interface AccessRequest {
  /** Empty for someone who did not log in. */
  readonly account: string;
  readonly type: string;
  readonly name: string;
  readonly service: string;
  /** The client's address without a port; what is no address matches no rule that has an `ip`. */
  readonly ip: string | undefined;
  readonly actions: readonly string[];
  readonly labels: Labels;
}

/** What is granted of the actions asked for, and which rule said so. */
export interface Decision {
  readonly actions: readonly string[];
  /** The first rule that matched; undefined where none did, and so nothing is granted. */
  readonly rule: { readonly index: number; readonly comment: string | undefined } | undefined;
  /** Set where nothing is granted because `rule` could not be decided within the limit of work: says why. */
  readonly undecided?: string;
}
