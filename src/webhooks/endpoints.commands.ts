import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { whereLeads } from '../web/outbound.ts'
import type { Viewer } from '../web/viewer.ts'
import type { JournalAction } from '../words/journal.ts'
import { ROTATION_HOURS, TEST_EVENT, type EndpointState } from './domain.ts'
import { insertTest } from './emit.queries.ts'
import { findEndpoint, insertEndpoint, lockEndpoints, moveEndpoint, replaceSecret, updateEndpoint, type EndpointChange } from './endpoints.queries.ts'
import { makeSecret, sealSecret } from './secrets.ts'

export type AddressFault = 'insecure' | 'inside' | 'unknown'
type SaveDeps = Pick<Deps, 'db' | 'config'>

/** Its secret is in the answer and nowhere else: the database keeps it sealed. */
export async function createEndpoint(deps: SaveDeps, viewer: Viewer, endpoint: EndpointChange): Promise<Outcome<{ id: number; secret: string }, AddressFault | 'taken' | 'full'>> {
  const fault = await addressFault(deps, endpoint.url)
  if (fault) return refused(fault)
  const secret = makeSecret()
  return deps.db.transaction().execute(async (trx) => {
    const { isFull, isTaken } = await lockEndpoints(trx, viewer.scope, endpoint.url)
    if (isTaken) return refused('taken')
    if (isFull) return refused('full')
    const id = await insertEndpoint(trx, viewer.scope, { ...endpoint, sealedSecret: sealSecret(deps.config.secretKey, secret), userId: viewer.userId })
    await writeDown(trx, viewer, 'webhook.created', id)
    return done({ id, secret })
  })
}

/** `stale`: somebody else saved since the form was made. */
export async function changeEndpoint(deps: SaveDeps, viewer: Viewer, id: number, version: number, change: EndpointChange): Promise<Outcome<void, AddressFault | 'taken' | 'stale'>> {
  const fault = await addressFault(deps, change.url)
  if (fault) return refused(fault)
  return deps.db.transaction().execute(async (trx) => {
    const { isTaken } = await lockEndpoints(trx, viewer.scope, change.url, id)
    if (isTaken) return refused('taken')
    if (!(await updateEndpoint(trx, viewer.scope, id, version, change))) {
      await getEndpoint(trx, viewer, id)
      return refused('stale')
    }
    await writeDown(trx, viewer, 'webhook.changed', id)
    return done(undefined)
  })
}

const MOVES = {
  pause: { from: ['active'], to: 'paused', action: 'webhook.paused' },
  resume: { from: ['paused', 'off'], to: 'active', action: 'webhook.resumed' },
  remove: { from: ['active', 'paused', 'off'], to: 'removed', action: 'webhook.removed' },
} as const satisfies Record<string, { from: readonly EndpointState[]; to: EndpointState; action: JournalAction }>
export type EndpointMove = keyof typeof MOVES

/** Asked twice it is done once; `moved` where it is somewhere else by now. */
export async function moveEndpointTo(deps: Pick<Deps, 'db'>, viewer: Viewer, id: number, move: EndpointMove): Promise<Outcome<void, 'moved'>> {
  const { from, to, action } = MOVES[move]
  return deps.db.transaction().execute(async (trx) => {
    const { url, state } = await getEndpoint(trx, viewer, id)
    if (state === to) return done(undefined)
    if (!(await moveEndpoint(trx, viewer.scope, id, from, to))) return refused('moved')
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action, subjectKind: 'webhook', subjectId: id, detail: { name: new URL(url).host } })
    return done(undefined)
  })
}

/** The new secret, in this answer only. The one before signs beside it for a day, so that the receiver can change in its time. */
export async function rotateSecret(deps: SaveDeps, viewer: Viewer, id: number): Promise<string> {
  const secret = makeSecret()
  return deps.db.transaction().execute(async (trx) => {
    if (!(await replaceSecret(trx, viewer.scope, id, sealSecret(deps.config.secretKey, secret), ROTATION_HOURS))) throw notFound('webhook endpoint')
    await writeDown(trx, viewer, 'webhook.rotated', id)
    return secret
  })
}

/** An event of no meaning, delivered like any other; which one, or that the endpoint takes none now. */
export async function sendTest(deps: Pick<Deps, 'db'>, viewer: Viewer, id: number): Promise<Outcome<number, 'moved'>> {
  return deps.db.transaction().execute(async (trx) => {
    const delivery = await insertTest(trx, viewer.scope, id, TEST_EVENT)
    if (delivery !== undefined) return done(delivery)
    await getEndpoint(trx, viewer, id)
    return refused('moved')
  })
}

async function getEndpoint(trx: Transaction<DB>, viewer: Viewer, id: number) {
  const endpoint = await findEndpoint(trx, viewer.scope, id)
  if (!endpoint) throw notFound('webhook endpoint')
  return endpoint
}

/** Only encrypted, and only to the public internet, but for what the operator allows beside this server while nothing is at stake. */
async function addressFault({ config }: Pick<Deps, 'config'>, address: string): Promise<AddressFault | undefined> {
  const url = new URL(address)
  if (url.protocol !== 'https:' && (config.production || !config.privateHosts.includes(url.hostname))) {
    // An address that is refused either way is told the reason that cannot be mended.
    return (await whereLeads(config.privateHosts, url)) === 'inside' ? 'inside' : 'insecure'
  }
  const leads = await whereLeads(config.privateHosts, url)
  return leads === 'outside' ? undefined : leads
}

async function writeDown(trx: Transaction<DB>, { scope, userId }: Viewer, action: JournalAction, id: number): Promise<void> {
  await recordInJournal(trx, { companyId: scope.companyId, userId, action, subjectKind: 'webhook', subjectId: id })
}
