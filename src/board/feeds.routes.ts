import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { listBranches } from '../candidates/branches.queries.ts'
import { readerOf } from '../candidates/views.ts'
import { notFound } from '../core/problem.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths, pattern } from '../web/paths.ts'
import { limitRate, subscriber } from '../web/rate-limit.ts'
import { flash, redirect, render } from '../web/render.ts'
import { hashToken } from '../web/secrets.ts'
import { viewerOf } from '../web/viewer.ts'
import { endFeed, makeFeed } from './feeds.commands.ts'
import { readFeedToken } from './feeds.domain.ts'
import { feedForm } from './feeds.input.ts'
import { findLiveFeed, listFeedPeople, listFeeds, noteRead } from './feeds.queries.ts'
import { calendarText, feedsModel, type FeedsModel } from './feeds.views.ts'

const VIEW = { config: { privilege: 'candidates.view' } } as const

/** Programs look once an hour or so; a person who tries it looks more often. */
const READS_PER_HOUR = 120
/** Whoever asks for addresses that are none is guessing. */
const MISSES_PER_MINUTE = 20

/** The page on which calendars are made and ended. */
export async function feedRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.feeds, VIEW, (request, reply) => show(deps, request, reply, {}))

  app.post(paths.feeds, VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { t } = readerOf(viewer)
    const form = feedForm.safeParse(request.body ?? {})
    const made = form.success ? await makeFeed(deps, viewer, form.data.of) : undefined
    if (!made?.ok) return show(deps, request, reply, { error: t(made ? 'feeds.branchGone' : 'feeds.choose') })
    // Told in this very answer: it is written down nowhere.
    return show(deps, request, reply, { freshUrl: deps.config.appUrl + paths.calendar(made.value.token) })
  })

  app.post<{ Params: { id: string } }>(pattern(paths.feedRevocation), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const params = idParams.safeParse(request.params)
    if (!params.success || !(await endFeed(deps, viewer, params.data.id))) throw notFound('calendar')
    flash(request, 'ok', readerOf(viewer).t('feeds.revoked'))
    return redirect(reply, paths.feeds)
  })
}

async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, shown: { freshUrl?: string; error?: string }): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const reader = readerOf(viewer)
  const showsOwners = viewer.privileges.has('users.manage')
  const [feeds, branches] = await Promise.all([listFeeds(deps.db, viewer.scope, showsOwners ? undefined : viewer.userId), listBranches(deps.db, viewer.scope)])
  const model: FeedsModel = feedsModel(reader, { feeds, branches, showsOwners, ...shown })
  return render(reply, 'board/feeds', model, { title: reader.t('feeds.title'), section: 'availability', status: shown.error === undefined ? 200 : 422 })
}

/** What calendar programs read: no session, only the secret in the address. Whatever is no calendar any more is as unknown as a wrong one. */
export async function calendarRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<{ Params: { file: string } }>(paths.calendarFile, { config: { public: true } }, async (request, reply) => {
    const token = readFeedToken(request.params.file)
    const feed = token === undefined ? undefined : await findLiveFeed(deps.db, hashToken(token))
    if (!feed) {
      await limitRate(deps.db, `calendar miss ${subscriber(request.ip)}`, MISSES_PER_MINUTE, 60)
      throw notFound('calendar')
    }
    await limitRate(deps.db, `calendar ${feed.id}`, READS_PER_HOUR, 3_600)
    const scope = companyScope(feed.company_id)
    const text = calendarText(feed, await listFeedPeople(deps.db, scope, feed), deps.config.appUrl)
    await noteRead(deps.db, scope, feed.id)
    const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
    reply.header('cache-control', 'private, no-cache').header('etag', tag).header('x-robots-tag', 'noindex').header('referrer-policy', 'no-referrer')
    if (tagsOf.parse(request.headers['if-none-match']).includes(tag)) return reply.status(304).send()
    return reply.type('text/calendar; charset=utf-8').header('content-disposition', 'inline; filename="dispo.ics"').send(text)
  })
}

/** A proxy that compresses marks the tag it passes on as weak. */
const tagsOf = z.string().catch('').transform((header) => header.split(',').map((tag) => tag.trim().replace(/^W\//, '')))
