import type { Check } from './check.ts';
import { eventAddresses } from './events/addresses.ts';
import { clock } from './events/clock.ts';
import { eventsColumns, namesColumns } from './events/columns.ts';
import { eventsConnection } from './events/connection.ts';
import { duplicates } from './events/duplicates.ts';
import { epochIndex } from './events/epoch-index.ts';
import { epochs } from './events/epochs.ts';
import { ipDatabaseLookups } from './events/ip-database-lookups.ts';
import { newestEvent } from './events/newest.ts';
import { periods } from './events/periods.ts';
import { policyEvents } from './events/policy.ts';
import { policyPrefix } from './events/prefix.ts';
import { readableCounts } from './events/readable.ts';
import { exceptionsUnused } from './events/unused-exceptions.ts';
import { namesCoverage } from './names/coverage.ts';
import { testRecord } from './receiver/test-record.ts';
import { exceptionsEnded } from './settings/ended-exceptions.ts';
import { ipDatabaseFiles } from './settings/ip-databases.ts';
import { settingOrigins } from './settings/origins.ts';
import { writtenFiles } from './settings/written-files.ts';
import { stateConnection } from './state/connection.ts';
import { ruleLock } from './state/lock.ts';
import { rememberedRuns } from './state/runs.ts';
import { ruleSettings } from './state/settings.ts';
import { stateTablesThere } from './state/state-tables.ts';
import { stateWritable } from './state/writable.ts';

/** All checks, in the order in which they are shown and, within a lane, run. */
export const CHECKS: readonly Check[] = [
  settingOrigins,
  ipDatabaseFiles,
  exceptionsEnded,
  writtenFiles,
  eventsConnection,
  clock,
  eventsColumns,
  epochIndex,
  namesColumns,
  epochs,
  newestEvent,
  policyEvents,
  policyPrefix,
  readableCounts,
  eventAddresses,
  duplicates,
  periods,
  namesCoverage,
  ipDatabaseLookups,
  exceptionsUnused,
  stateConnection,
  stateTablesThere,
  stateWritable,
  ruleLock,
  rememberedRuns,
  ruleSettings,
  testRecord,
];
