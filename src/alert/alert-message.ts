import type { Leak } from '../model.ts';
import type { Options } from '../options/options.ts';
import type { AlertContext } from './alert-fields.ts';
import { alertCef } from './cef.ts';
import { alertJson } from './json.ts';
import { alertText } from './text.ts';

/** Formats the alert as one line that fits into a record. */
export function alertMessage(format: Options['alertFormat'], leak: Leak, context: AlertContext): string {
  switch (format) {
    case 'text':
      return alertText(leak, context);
    case 'json':
      return alertJson(leak, context);
    case 'cef':
      return alertCef(leak, context);
  }
}
