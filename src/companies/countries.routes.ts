import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import type { CountryCode } from '../sms/phone.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator, type WordKey } from '../words/index.ts'
import { addBlock, removeBlock, saveBlockList, saveCountries } from './countries.commands.ts'
import { blockParams, listForm, listParams, readBlock, readCountries, testQuery } from './countries.input.ts'
import { listCountryChanges } from './countries.queries.ts'
import { countriesModel, type CountriesGiven } from './countries.views.ts'
import { countriesListed, countryColumns } from './export.views.ts'
import { getSettings } from './queries.ts'

const EDIT = { config: { privilege: 'settings.edit' } } as const
const CHANGES_SHOWN = 30

/** « Pays »: where texts may go, what they cost there, and what the provider refuses (S104 to S107). */
export async function countryRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.countries, EDIT, (request, reply) => show(deps, request, reply, testQuery.parse(request.query)))

  app.get(paths.exportOf(paths.countries), EDIT, async (request, reply) => {
    const { scope, language, company } = viewerOf(request)
    const settings = await getSettings(deps.db, scope)
    return sendExport(deps, request, reply, {
      name: translator(language)('exports.file.countries'),
      columns: countryColumns(language, settings, dateIn(company.timeZone, new Date())),
      next: async (last) => (last === undefined ? countriesListed(language, settings) : []),
    })
  })

  app.post(`${paths.countries}/allowed`, EDIT, async (request, reply) => {
    const form = readCountries(request.body)
    const badPrices = new Map(form.prices.flatMap(({ country, price, typed }) => (price === 'bad' ? [[country, typed] as const] : [])))
    const badCurrency = form.currency === 'bad'
    if (badPrices.size > 0 || badCurrency) return show(deps, request, reply, { badPrices, badCurrency }, 422)
    await saveCountries(deps, viewerOf(request), form)
    return tellDone(request, reply, 'countries.saved')
  })

  app.post<{ Params: { id: string } }>(`${paths.countries}/lists/:id`, EDIT, async (request, reply) => {
    const params = listParams.safeParse(request.params)
    if (!params.success || !(await saveBlockList(deps, viewerOf(request), params.data.id, listForm.parse(request.body ?? {})))) throw notFound('block list')
    return tellDone(request, reply, 'countries.saved')
  })

  app.post(`${paths.countries}/blocks`, EDIT, async (request, reply) => {
    const block = readBlock(request.body)
    if (!block.ok) return show(deps, request, reply, { badBlock: block }, 422)
    await addBlock(deps, viewerOf(request), { country: block.country, from: block.from })
    return tellDone(request, reply, 'countries.saved')
  })

  app.post<{ Params: { country: string } }>(`${paths.countries}/blocks/:country/removal`, EDIT, async (request, reply) => {
    const params = blockParams.safeParse(request.params)
    if (!params.success) throw notFound('block')
    await removeBlock(deps, viewerOf(request), params.data.country)
    return tellDone(request, reply, 'countries.saved')
  })
}

async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, more: Partial<CountriesGiven>, status = 200): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const { scope, language, company } = viewer
  const [settings, changes] = await Promise.all([getSettings(deps.db, scope), listCountryChanges(deps.db, scope, CHANGES_SHOWN)])
  const model = countriesModel(language, { settings, changes, today: dateIn(company.timeZone, new Date()), zone: company.timeZone, home: company.country as CountryCode, ...more })
  return render(reply, 'admin/countries', model, { title: translator(language)('countries.title'), section: 'administration', status })
}

function tellDone(request: FastifyRequest, reply: FastifyReply, key: WordKey): FastifyReply {
  flash(request, 'ok', translator(viewerOf(request).language)(key))
  return redirect(reply, paths.countries)
}
