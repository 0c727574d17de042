/** Examples for -h, --help and the manual. */

interface Example {
  readonly command: string;
  /** Says what it does, to precede the command. */
  readonly purpose: string;
}

/** Short help has the first of them. */
export const EXAMPLES: readonly Example[] = [
  { command: 'leaktally --demo', purpose: 'See a report of a built-in sample day' },
  {
    command: 'leaktally --database postgres://leaktally@scrutinizer/plixer --dry-run',
    purpose: 'Show what would be alerted; the password is in LEAKTALLY_DATABASE_PASSWORD',
  },
  {
    command: 'leaktally --quiet --env-file /etc/leaktally/env --syslog tcp://siem:514',
    purpose: 'What cron runs every five minutes',
  },
  {
    command: 'leaktally --dry-run --window 2d --threshold 250MB --group-by source',
    purpose: 'Ask about slower and larger leaks of one source to many destinations',
  },
  {
    command: 'leaktally --as-of 2025-11-24T02:00:00Z --format csv > leaks.csv',
    purpose: 'Look at a day in the past',
  },
];
