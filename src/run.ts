import { randomBytes } from 'node:crypto';
import { deliver } from './alert/deliver.ts';
import { alertText } from './alert/message.ts';
import { syslogSender } from './alert/syslog.ts';
import { SyslogError } from './errors.ts';
import { readDomainNames } from './events/domains.ts';
import { breakDown, groupPairs } from './events/group.ts';
import { eventsQuery } from './events/query.ts';
import { Tallier } from './events/tally.ts';
import type { AlertOutcome, Group, GroupField, Leak, Report, ReportedLeak, Status, Tally } from './model.ts';
import type { Options } from './options.ts';
import { renderCsv } from './report/csv.ts';
import { renderJson } from './report/json.ts';
import { renderTable } from './report/table.ts';
import { schemaText } from './schema-text.ts';
import { type Session, withSession } from './session.ts';
import { decide, isAlerted } from './state/decide.ts';
import type { DueAlert } from './state/pending.ts';
import { type OpenEpisodes, StateStore } from './state/store.ts';
import { type Terminal, withProgress } from './terminal.ts';
import { plural } from './text.ts';
import { scanWarnings, scopeWarnings } from './warnings.ts';

export interface RunResult {
  /** Groups that are above the threshold now. */
  readonly leaks: number;
}

const EXAMPLE_TARGET = {
  kind: 'mysql',
  user: 'leaktally',
  database: 'plixer',
  host: '',
  port: 0,
  password: '',
  socket: null,
  connectTimeoutSeconds: 0,
} as const;

/**
 * One run, from the options to the report.
 *
 * @throws ExpectedError when it could not be completed, SyslogError also when it was but alerts remain due
 */
export async function run(options: Options, terminal: Terminal): Promise<RunResult> {
  if (options.printSchema) {
    const database = options.database ?? EXAMPLE_TARGET;
    await terminal.out(await schemaText(database, options.state ?? database, options.stateTable));
    return { leaks: 0 };
  }
  return withSession(options, async (session) => {
    const store = session.state && new StateStore(session.state, options.stateTable, options);
    if (options.dryRun) return preview(options, terminal, session, (await store?.openEpisodes()) ?? new Map());
    return alertLeaks(options, terminal, session, store as StateStore);
  });
}

/** A dry run: shows what would be alerted, sends and writes nothing. */
async function preview(
  options: Options,
  terminal: Terminal,
  session: Session,
  episodes: OpenEpisodes,
): Promise<RunResult> {
  const found = await evaluate(options, terminal, session, episodes);
  await print(options, terminal, found, () => (options.syslog ? 'would-send' : 'none'));
  return { leaks: found.leaks.length };
}

/** A run that counts: alerts what is due and remembers it. */
async function alertLeaks(
  options: Options,
  terminal: Terminal,
  session: Session,
  store: StateStore,
): Promise<RunResult> {
  if (!(await store.tryLock())) {
    await terminal.err(`leaktally: another run of rule "${options.rule}" is under way; nothing done\n`);
    return { leaks: 0 };
  }
  await store.prepare();
  const episodes = await store.openEpisodes();
  const lastRun = await store.lastRun();
  const found = await evaluate(options, terminal, session, episodes);
  await warn(terminal, scopeWarnings(options.rule, options, lastRun));
  await store.reserve(found.due, episodes);

  const record = (alert: DueAlert) => store.recordSent(alert);
  if (!options.syslog) {
    // The report is the alert: it must be out before anything is recorded as alerted.
    await print(options, terminal, found, () => 'none');
    for (const alert of found.due) await record(alert);
    await store.finish(found.closed, session.asOf);
    return { leaks: found.leaks.length };
  }
  const sendText = syslogSender({ ...options, target: options.syslog, rfc3164: options.syslogFormat === 'rfc3164' });
  const send = ({ alertId, leak }: DueAlert) => sendText(alertText(leak, { ...options, alertId }));
  const { sent, failure } = await deliver(found.due, send, record);
  await store.finish(found.closed, session.asOf);
  await print(options, terminal, found, (alert) => (sent.has(alert) ? 'sent' : 'failed'));
  if (failure) {
    const remaining = `${found.due.length - sent.size} of ${plural(found.due.length, 'alert')} not sent, the next run tries again`;
    throw new SyslogError(`${failure.message}; ${remaining}`, { cause: failure });
  }
  return { leaks: found.leaks.length };
}

/** What one look at the window found. */
interface Evaluation {
  readonly asOf: number;
  readonly tally: Tally;
  /** Groups above the threshold, largest first. */
  readonly leaks: readonly Leak[];
  /** Alerts to send: those of this evaluation, and those an earlier run could not deliver. */
  readonly due: readonly DueAlert[];
  /** Keys of the groups whose episode ends. */
  readonly closed: readonly string[];
}

async function evaluate(
  options: Options,
  terminal: Terminal,
  { source, asOf }: Session,
  episodes: OpenEpisodes,
): Promise<Evaluation> {
  const from = asOf - options.windowSeconds;
  const tallier = new Tallier();
  const query = eventsQuery(source, { policies: options.policies, from, to: asOf });
  const progress = () => `reading events: ${tallier.matched.toLocaleString('en-US')}`;
  await withProgress(terminal, progress, () => source.stream(query, tallier.add));
  const tally = tallier.result();
  await warn(terminal, scanWarnings(options, tally));

  const groups = groupPairs(
    tally.pairs,
    options.groupBy,
    (bytes, key) => bytes > options.thresholdBytes || (episodes.size > 0 && episodes.has(key())),
  );
  const decisions = new Map(
    groups.map((group) => [group.key, decide(group, episodes.get(group.key) ?? null, asOf, options)]),
  );
  const leaking = groups.filter(({ bytes }) => bytes > options.thresholdBytes);
  const names = await readDomainNames(
    source,
    leaking.flatMap(({ pairs }) => pairs),
    from,
    asOf,
  );

  const due = new Map<string, DueAlert>();
  // Episodes whose group has no event left are not among the groups; undelivered alerts are due whatever became of the group.
  for (const [groupKey, { pending }] of episodes) if (pending) due.set(groupKey, pending);
  const leaks = leaking.map((group) => {
    const decision = decisions.get(group.key) as Status;
    const pending = episodes.get(group.key)?.pending;
    const status = !isAlerted(decision) && pending ? pending.leak.status : decision;
    const leak = toLeak(group, options.groupBy, names.of(group.pairs), status, asOf);
    if (isAlerted(status)) due.set(group.key, { alertId: pending?.alertId ?? newAlertId(), groupKey: group.key, leak });
    return leak;
  });
  const closed = [...episodes].flatMap(([key, episode]) => {
    const decision = decisions.get(key) ?? decide({ bytes: 0n, lastSeen: 0 }, episode, asOf, options);
    return decision === 'closed' && !episode.pending ? key : [];
  });
  return { asOf, tally, leaks, due: [...due.values()], closed };
}

function toLeak(
  group: Group,
  groupBy: readonly GroupField[],
  fqdns: readonly string[],
  status: Status,
  asOf: number,
): Leak {
  const { source, destination, bytes, events, firstSeen, lastSeen } = group;
  const behind = (field: GroupField) => (groupBy.includes(field) ? null : breakDown(group, field));
  return {
    source,
    sources: behind('source'),
    destination,
    destinations: behind('destination'),
    bytes,
    events,
    firstSeen,
    lastSeen,
    fqdns,
    status,
    asOf,
  };
}

/** Prints the report, unless it is to be quiet and there is nothing new in it. */
async function print(
  options: Options,
  terminal: Terminal,
  found: Evaluation,
  outcome: (alert: DueAlert) => AlertOutcome,
): Promise<void> {
  if (options.quiet && found.due.length === 0) return;
  const alerts = new Map(found.due.map((alert) => [alert.leak, alert]));
  const past = found.due.map(({ leak }) => leak).filter(({ asOf }) => asOf < found.asOf);
  const report: Report = {
    rule: options.rule,
    dryRun: options.dryRun,
    asOf: found.asOf,
    windowSeconds: options.windowSeconds,
    thresholdBytes: options.thresholdBytes,
    groupBy: options.groupBy,
    policies: options.policies,
    tally: found.tally,
    leaks: [...found.leaks, ...past].map((leak): ReportedLeak => {
      const alert = alerts.get(leak);
      return { ...leak, alert: alert ? outcome(alert) : 'none' };
    }),
  };
  await terminal.out(render(report, options, terminal));
}

function render(report: Report, { format }: Options, { chalk, columns }: Terminal): string {
  switch (format) {
    case 'table':
      return renderTable(report, chalk, columns);
    case 'json':
      return renderJson(report);
    case 'csv':
      return renderCsv(report);
  }
}

async function warn(terminal: Terminal, lines: readonly string[]): Promise<void> {
  for (const line of lines) await terminal.err(`leaktally: ${line}\n`);
}

function newAlertId(): string {
  return randomBytes(8).toString('hex');
}
