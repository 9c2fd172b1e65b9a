/** end-1: is this a registry? Reached only with a credential, where there are accounts. */

import { type Answer, jsonAnswer } from '../answer.ts';

export function getBase(): Answer {
  return jsonAnswer({});
}
