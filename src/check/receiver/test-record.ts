import { openSender } from '../../alert/alert-sender.ts';
import { formatSyslogTarget, type SyslogTarget } from '../../options/syslog-target.ts';
import { type Check, ok } from '../check.ts';

/** Begins like no alert, so that no policy for alerts matches it. */
const RECORD = 'leaktally test: this is no alert, leaktally --check has sent it to see whether alerts would arrive';

/** Sends one test record as an alert would be sent. */
export const testRecord: Check = {
  name: 'syslog.test',
  title: 'Syslog receiver',
  lane: 'receiver',
  limit: 'rest of the run',
  run: async ({ options, remainingSeconds }) => {
    const { syslog, dryRun } = options;
    if (!syslog) return ok('none (--no-syslog): the report is the alert');
    const receiver = formatSyslogTarget(syslog);
    if (dryRun) return ok(`not tried in a dry run; otherwise one test record goes to ${receiver}`);
    const sender = await openSender(options, syslog);
    const started = performance.now();
    try {
      await sender.send(RECORD, remainingSeconds());
    } finally {
      sender.close();
    }
    return ok(`${receiver} ${describeOutcome(syslog, Math.round(performance.now() - started))}`);
  },
};

function describeOutcome({ transport, ackSeconds }: SyslogTarget, milliseconds: number): string {
  if (transport === 'udp') {
    return 'took a test record, as far as UDP tells: its port is not known to be closed. Look there for "leaktally test:"';
  }
  if (ackSeconds === null) return 'took a test record; with ack=none, look there for "leaktally test:"';
  return `acknowledged a test record within ${milliseconds} ms`;
}
