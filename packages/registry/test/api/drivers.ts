/** Drivers that do something else than the one behind them: fail, count, forget. */

import type { Driver } from '../../src/index.ts';

/** `driver` with some of its calls replaced. Reads are never quick, so that all of them come by. */
export function withCalls(driver: Driver, calls: Partial<Driver>): Driver {
  return new Proxy(driver, {
    get: (target, name) => {
      if (name === 'quick') return undefined;
      if (Object.hasOwn(calls, name)) return Reflect.get(calls, name);
      const call: unknown = Reflect.get(target, name);
      return typeof call === 'function' ? call.bind(target) : call;
    },
  });
}
