import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { findBranding } from './branding.queries.ts'
import { countCampaigns, findLastChanges, findMark, listSettingChanges } from './changes.queries.ts'
import { CHANGES_PER_PAGE, changeColumns, settingChangesModel } from './changes.views.ts'
import { saveIdentity } from './identity.commands.ts'
import { KEEPS_ITS_ZONE } from './identity.domain.ts'
import { readIdentity } from './identity.input.ts'
import { findIdentity } from './identity.queries.ts'
import type { IdentityGiven } from './identity.views.ts'
import { saveLimits } from './limits.commands.ts'
import { changesQuery, readLimits } from './limits.input.ts'
import { limitsModel, savedText, type LimitsGiven } from './limits.views.ts'
import { getSettings } from './queries.ts'

const EDIT = { config: { privilege: 'settings.edit' } } as const

/** Every setting of a company on one page (S3, S4, S60), who the company is, and who changed what. */
export async function limitRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.limits, EDIT, (request, reply) => show(deps, request, reply))

  app.post(paths.limits, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const form = readLimits(request.body, viewer.language)
    const result = await saveLimits(deps, viewer, form)
    if (!result.ok) return show(deps, request, reply, { limits: { ...form, ...result.detail } }, result.reason === 'conflict' ? 409 : 422)
    flash(request, 'ok', savedText(translator(viewer.language), result.value))
    return redirect(reply, paths.limits)
  })

  app.post(paths.companyIdentity, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const form = readIdentity(request.body)
    const result = await saveIdentity(deps, viewer, form)
    if (!result.ok) return show(deps, request, reply, { identity: { ...result.detail, typed: form.typed } }, result.reason === 'conflict' ? 409 : 422)
    const { changed, keeping } = result.value
    const effects = [...(changed.includes('time_zone') ? [t('limits.effect.zone', { count: keeping })] : []), ...(changed.includes('can_send_sms') && !form.identity.can_send_sms ? [t('limits.effect.off')] : [])]
    flash(request, 'ok', [t('limits.saved', { count: changed.length }), ...effects].join(' '))
    return redirect(reply, paths.limits)
  })

  app.get(paths.settingChanges, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const { after: before, name } = changesQuery.parse(request.query)
    const changes = await listSettingChanges(deps.db, viewer.scope, { before, name, limit: CHANGES_PER_PAGE + 1 })
    const model = settingChangesModel(readerOf(viewer), { changes, name, before })
    return render(reply, 'admin/setting-changes', model, { title: name === undefined ? t('limits.changes.title') : t('limits.changes.one', { label: model.only }), section: 'administration' })
  })

  app.get(paths.exportOf(paths.settingChanges), EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.settings'),
      columns: changeColumns(readerOf(viewer)),
      next: (last, limit) => listSettingChanges(deps.db, viewer.scope, { before: last?.id, limit }),
    })
  })
}

type Refused = { limits?: LimitsGiven['refused']; identity?: IdentityGiven['refused'] }

async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, refused: Refused = {}, status = 200): Promise<FastifyReply> {
  const { db } = deps
  const viewer = viewerOf(request)
  const { scope } = viewer
  // Before what it marks: what is saved in between is told as a change by somebody else.
  const mark = await findMark(db, scope)
  const [settings, last, identity, keeping, contact] = await Promise.all([getSettings(db, scope), findLastChanges(db, scope), findIdentity(db, scope), countCampaigns(db, scope, KEEPS_ITS_ZONE), findBranding(db, scope)])
  const given: LimitsGiven = {
    settings, last, mark, privileges: viewer.privileges,
    identity: { identity, keeping, contact, mayBrand: viewer.privileges.has('branding.edit'), ...(refused.identity ? { refused: refused.identity } : {}) },
    ...(refused.limits ? { refused: refused.limits } : {}),
  }
  return render(reply, 'admin/limits', limitsModel(readerOf(viewer), given), { title: translator(viewer.language)('limits.title'), section: 'administration', status })
}

function readerOf({ language, company }: Viewer) {
  return { language, zone: company.timeZone, home: company.country }
}
