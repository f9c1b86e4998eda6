import { findBranding } from '../companies/branding.queries.ts'
import { listSenders } from '../companies/queries.ts'
import type { Config } from '../config.ts'
import type { Db } from '../db/pool.ts'
import { CODE_LENGTH, linkFor } from '../links/codes.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Ground } from './inspection.ts'

/** As long as every real link, and recognisable as none. */
const SAMPLE_CODE = '7k2mq9c4tz1a'.slice(0, CODE_LENGTH)

export type Sending = Ground & { sender: { id: number; address: string } | undefined }

/** What a text meets when this person sends it from the company's usual sender. */
export async function findGround({ db, config }: { db: Db; config: Pick<Config, 'linkUrl'> }, viewer: Viewer): Promise<Sending> {
  const [branding, [sender]] = await Promise.all([findBranding(db, viewer.scope), listSenders(db, viewer.scope)])
  return {
    mainLanguage: viewer.company.language, company: viewer.company.name, agency: branding.displayName, recruiter: viewer.name,
    link: linkFor(config, SAMPLE_CODE), stopText: sender?.stop_text ?? '', sender,
  }
}
