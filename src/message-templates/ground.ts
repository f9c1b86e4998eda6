import { findBranding } from '../companies/branding.queries.ts'
import { sendersByCountry, type Sender } from '../companies/senders.domain.ts'
import { listPools } from '../companies/senders.queries.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/pool.ts'
import { linkFor, SAMPLE_CODE } from '../links/codes.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Ground } from './inspection.ts'

export type Sending = Ground & { sender: Sender | undefined }

/** What a text to this country meets when the viewer sends it from the company's usual pool; without a country, one to its own. */
export async function findGround({ db, config }: { db: Db; config: Pick<Config, 'linkUrl'> }, viewer: Viewer, country = viewer.company.country): Promise<Sending> {
  const [branding, [pool]] = await Promise.all([findBranding(db, viewer.scope), listPools(db, viewer.scope)])
  const [senderId] = sendersByCountry(pool?.senders ?? [], [country]).get(country) ?? []
  const sender = pool?.senders.find(({ id }) => id === senderId)
  return {
    mainLanguage: viewer.company.language, company: viewer.company.name, agency: branding.displayName, recruiter: viewer.name,
    link: linkFor(config, SAMPLE_CODE), stopText: sender?.stop_text ?? '', sender,
  }
}
