import type { ImportTable } from './architecture.ts'

/** Who may import whom in `src/`, type imports included; see ARCHITECTURE.md and docs/decisions/0001-modules.md. */
export const importTable: ImportTable = {
  base: {
    platform: [],
    publication: ['platform'],
  },
  modules: {
    articles: [],
    email: [],
    mailbox: [],
    operators: ['email', 'outbox'],
    outbox: [],
    webhooks: [],
    feeds: ['articles', 'webhooks'],
    subscribers: ['email', 'outbox', 'webhooks'],
    inbound: ['outbox', 'subscribers', 'webhooks'],
    digests: ['articles', 'email', 'outbox', 'subscribers', 'webhooks'],
    backups: ['operators', 'outbox', 'subscribers'],
    doctor: ['articles', 'backups', 'digests', 'email', 'feeds', 'inbound', 'operators', 'outbox', 'subscribers', 'webhooks'],
  },
  outer: {
    'config.ts': ['inbound', 'outbox', 'platform'],
    'web/site': ['articles', 'digests', 'email', 'feeds', 'inbound', 'outbox', 'subscribers', 'publication', 'platform'],
    'web/admin': ['every module'],
    'web/api': ['every module'],
    app: ['config.ts', 'every module'],
    server: ['web/admin', 'web/api', 'web/site', 'app', 'config.ts', 'every module'],
    cli: ['server', 'app', 'config.ts', 'every module'],
  },
  compositionRoot: 'app/core.ts',
}
