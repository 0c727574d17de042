import { deflateRawSync } from 'node:zlib';
import { mmdb } from './mmdb.ts';

const record = (asn: string, as_name: string, country_code: string) => ({ asn, as_name, country_code });

/** The IP database of the sample day, of whose addresses no real one knows an AS. */
const DEMO_RECORDS = {
  '192.0.2.0/24': record('AS64499', 'Example Telecom', 'DE'),
  '198.51.100.0/24': record('AS64497', 'Example Cloud', 'US'),
  '203.0.113.0/24': record('AS64496', 'Example Hosting', 'NL'),
  '2001:db8:ffff::/48': record('AS64497', 'Example Cloud', 'US'),
};

export const DEMO_MMDB = mmdb(DEMO_RECORDS, { databaseType: 'ipinfo leaktally demo' });

/** What to put into the source when the records change. */
export const demoSource = () => deflateRawSync(DEMO_MMDB, { level: 9 }).toString('base64');
