/** What a record of an IP database says, whoever published it. */

import { type AutonomousSystem, isAsNumber, parseAsNumber } from '../util/autonomous-system.ts';
import { sanitize } from '../util/text.ts';

/** In code points, with the ellipsis. Names of organizations are far shorter. */
const MAX_ORGANIZATION = 100;

type Fields = Readonly<Record<string, unknown>>;

/** Reads the AS as MaxMind, DB-IP (both also under `traits`, in Enterprise) and IPinfo spell it. */
export function readAs(record: unknown): AutonomousSystem | null {
  const fields = fieldsOf(record);
  return (
    autonomousSystem(fields.autonomous_system_number, fields.autonomous_system_organization) ??
    autonomousSystem(
      fieldsOf(fields.traits).autonomous_system_number,
      fieldsOf(fields.traits).autonomous_system_organization,
    ) ??
    autonomousSystem(fields.asn, fields.as_name ?? fields.name)
  );
}

/** Reads the ISO 3166 code of the country as MaxMind, DB-IP and IPinfo spell it. */
export function readCountry(record: unknown): string | null {
  const { country, country_code } = fieldsOf(record);
  return [fieldsOf(country).iso_code, country_code, country].find(isCountryCode) ?? null;
}

/** @param number an integer, or text such as `AS64496` */
function autonomousSystem(number: unknown, organization: unknown): AutonomousSystem | null {
  const value = typeof number === 'string' ? parseAsNumber(number) : number;
  return isAsNumber(value) ? { number: value, organization: organizationName(organization) } : null;
}

function organizationName(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  const points = [...sanitize(text).trim()];
  if (points.length > MAX_ORGANIZATION) points.splice(MAX_ORGANIZATION - 1, points.length, '…');
  return points.join('') || null;
}

function isCountryCode(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
