import type { Check } from './check.ts'
import { alignmentCheck } from './checks/alignment.ts'
import { backupsCheck } from './checks/backups.ts'
import { bounceMxCheck } from './checks/bounce-mx.ts'
import { clockCheck } from './checks/clock.ts'
import { contentCheck } from './checks/content.ts'
import { databaseCheck } from './checks/database.ts'
import { diskCheck } from './checks/disk.ts'
import { dkimCheck } from './checks/dkim.ts'
import { dmarcCheck } from './checks/dmarc.ts'
import { dmarcReportsCheck } from './checks/dmarc-reports.ts'
import { oneClickCheck } from './checks/one-click.ts'
import { providerWebhooksCheck } from './checks/provider-webhooks.ts'
import { publicUrlCheck } from './checks/public-url.ts'
import { returnPathCheck } from './checks/return-path.ts'
import { reverseDnsCheck } from './checks/reverse-dns.ts'
import { searchCheck } from './checks/search.ts'
import { secretsCheck } from './checks/secrets.ts'
import { settingsCheck } from './checks/settings.ts'
import { smtpServerCheck } from './checks/smtp-server.ts'
import { spfCheck } from './checks/spf.ts'
import { vacuumCheck } from './checks/vacuum.ts'

/** All checks, in the order of the page. */
export const checks: readonly Check[] = [
  smtpServerCheck,
  spfCheck,
  dkimCheck,
  dmarcCheck,
  dmarcReportsCheck,
  alignmentCheck,
  returnPathCheck,
  bounceMxCheck,
  providerWebhooksCheck,
  reverseDnsCheck,
  publicUrlCheck,
  oneClickCheck,
  clockCheck,
  diskCheck,
  databaseCheck,
  backupsCheck,
  vacuumCheck,
  searchCheck,
  secretsCheck,
  settingsCheck,
  contentCheck,
]
