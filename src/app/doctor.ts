import type { Config } from '../config.ts'
import { Doctor } from '../doctor/doctor.ts'
import { webhookStates } from '../inbound/webhook-secrets.ts'
import { ehloName } from '../outbox/smtp/ehlo-name.ts'
import { parseSmtpUrl } from '../outbox/smtp/smtp-url.ts'
import { weakSecrets } from './check-secrets.ts'
import type { App } from './rest.ts'

/** The doctor of this installation. It keeps its last report, so open it once. */
export function openDoctor(config: Config, { database, publication, articles, digests, inbound }: App): Doctor {
  const { clock, render, tokens } = digests
  const { providerSecrets: secrets } = config
  return new Doctor({
    settings() {
      const { url, sender } = publication.current()
      const smtp = config.smtpUrl === undefined ? undefined : parseSmtpUrl(config.smtpUrl)
      return {
        smtp: smtp && { ...smtp, name: ehloName({ named: config.smtpName, publicUrl: url, senderEmail: sender.email }) },
        dkim: config.dkim,
        bounceAddress: config.bounceAddress,
        isMailRead: [config.inboundSmtpPort, config.bounceImap, secrets.ses, secrets.postmark].some((one) => one !== undefined),
        inboundSmtpPort: config.inboundSmtpPort,
        databaseAddress: config.databaseAddress,
        dataFolder: config.dataFolder,
        templatesFolder: config.templatesFolder,
        backups: config.backups,
        weakSecrets: weakSecrets(config),
        warnings: config.warnings,
      }
    },
    dnsServers: config.dnsServers,
    publication: () => publication.current(),
    articles: () => articles.current(),
    database,
    providerWebhooks: () => webhookStates(inbound, secrets),
    render,
    tokens,
    clock,
  })
}
