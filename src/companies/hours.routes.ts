import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { findMark } from './changes.queries.ts'
import { removeHours, saveHours, saveWindowZone } from './hours.commands.ts'
import { EVERY_OTHER, type WindowKey } from './hours.domain.ts'
import { choiceQuery, readHours, readKey, zoneForm } from './hours.input.ts'
import { countryHoursModel, hoursModel, keyName, type CountryHoursGiven, type HoursReader } from './hours.views.ts'
import { getSettings } from './queries.ts'

const EDIT = { config: { privilege: 'settings.edit' } } as const

/** When campaigns may text people, country by country. */
export async function hoursRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.hours, EDIT, async (request, reply) => {
    const reader = await readerOf(deps, request)
    return render(reply, 'admin/hours', hoursModel(reader), { title: translator(reader.language)('hours.title'), section: 'administration' })
  })

  app.post(paths.hoursZone, EDIT, async (request, reply) => {
    const form = zoneForm.safeParse(request.body)
    if (!form.success) return redirect(reply, paths.hours)
    const { isNew } = await saveWindowZone(deps, viewerOf(request), form.data['sms.window_zone'])
    return told(request, reply, paths.hours, isNew)
  })

  app.get(paths.hoursChoice, EDIT, (request, reply) => {
    const { country } = choiceQuery.parse(request.query)
    return redirect(reply, country ? paths.hoursOf(country) : paths.hours)
  })

  const one = paths.hoursOf(':country')
  app.get(one, EDIT, (request, reply) => show(deps, request, reply, keyOf(request)))

  app.post(one, EDIT, async (request, reply) => {
    const key = keyOf(request)
    const form = readHours(key, request.body)
    if (form.faults.length > 0) return show(deps, request, reply, key, { window: form.window, faults: form.faults, isConflict: false }, 422)
    const result = await saveHours(deps, viewerOf(request), key, form)
    if (!result.ok) return show(deps, request, reply, key, { window: form.window, faults: [], isConflict: true }, 409)
    return told(request, reply, request.url, result.value.isNew)
  })

  app.post(paths.hoursRemoval(':country'), EDIT, async (request, reply) => {
    const key = keyOf(request)
    const viewer = viewerOf(request)
    await removeHours(deps, viewer, key)
    flash(request, 'ok', translator(viewer.language)('hours.country.removed', { country: keyName(viewer.language, key) }))
    return redirect(reply, paths.hours)
  })
}

async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, key: WindowKey, refused?: CountryHoursGiven['refused'], status = 200): Promise<FastifyReply> {
  // Before what it marks: what is saved in between is told as a change by somebody else.
  const mark = await findMark(deps.db, viewerOf(request).scope)
  const reader = await readerOf(deps, request)
  const t = translator(reader.language)
  const title = key === EVERY_OTHER ? t('hours.country.allTitle') : t('hours.country.title', { country: keyName(reader.language, key) })
  return render(reply, 'admin/country-hours', countryHoursModel(reader, key, refused ? { mark, refused } : { mark }), { title, section: 'administration', status })
}

function told(request: FastifyRequest, reply: FastifyReply, url: string, isNew: boolean): FastifyReply {
  flash(request, 'ok', translator(viewerOf(request).language)(isNew ? 'hours.saved' : 'hours.unchanged'))
  return redirect(reply, url)
}

async function readerOf({ db }: Deps, request: FastifyRequest): Promise<HoursReader> {
  const { scope, language, company } = viewerOf(request)
  const [now, settings] = await Promise.all([getNow(db), getSettings(db, scope)])
  return { language, zone: company.timeZone, now, today: dateIn(company.timeZone, now), settings }
}

function keyOf(request: FastifyRequest): WindowKey {
  const key = readKey(request.params)
  if (key === undefined) throw notFound('country')
  return key
}
