const LABELS = [
  'Source IP',
  'Destination IP',
  'Total Byte Exfil',
  'Events',
  'Window',
  'Grown by',
  'Rule',
  'Alert',
  'AS',
  'Country',
  'FQDN',
] as const;

/** Missing from the first alert of an episode, or where there is no IP database. */
const OPTIONAL = ['Grown by', 'AS', 'Country'] as const;
type Optional = (typeof OPTIONAL)[number];

type Label = (typeof LABELS)[number];

/** An alert as a receiver reads it. */
export interface ReceivedAlert
  extends Readonly<Record<Exclude<Label, Optional>, string>>,
    Readonly<Partial<Record<Optional, string>>> {
  /** Everything before `Data Leak: `. */
  readonly header: string;
}

/** Parses a syslog record that holds an alert in text form. Throws unless every label is there, once and in order. */
export function parseAlert(record: string): ReceivedAlert {
  const [header, body, ...more] = record.split('Data Leak: ');
  const fields = (body ?? '').split('; ').map((field) => /^([^:]+): (.*)$/.exec(field)?.slice(1) ?? [field]);
  const labels = fields.map(([label]) => label);
  const expected = LABELS.filter((label) => !OPTIONAL.some((optional) => optional === label) || labels.includes(label));
  if (more.length > 0 || labels.join() !== expected.join()) throw new Error(`not an alert: ${record}`);
  return { header, ...Object.fromEntries(fields) } as ReceivedAlert;
}

export function alertIds(records: readonly string[]): string[] {
  return records.map((record) => parseAlert(record).Alert);
}

export function alertDestinations(records: readonly string[]): string[] {
  return records.map((record) => parseAlert(record)['Destination IP']);
}
