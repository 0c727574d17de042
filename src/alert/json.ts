import { leakObject, toJson } from '../leaks/leak-object.ts';
import type { Leak } from '../model.ts';
import { type AlertContext, fitLeak } from './alert-fields.ts';

/**
 * Formats the alert as one line of JSON: the leak as in the report, with the report's settings. Names that do not fit
 * are left out, oldest first, and counted.
 */
export function alertJson(leak: Leak, { rule, windowSeconds, alertId, maxBytes }: AlertContext): string {
  return fitLeak(leak, maxBytes, (shown) =>
    toJson({ ...leakObject(shown, { alertId }), rule, windowSeconds, asOf: leak.asOf }),
  );
}
