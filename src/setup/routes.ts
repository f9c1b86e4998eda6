import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { passwordFaults } from '../auth/password.domain.ts'
import { beginSession } from '../auth/sign-in.ts'
import { hasCompany } from '../companies/companies.queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { languageOf, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { setUp } from './commands.ts'
import { readSetup, type SetupForm } from './input.ts'
import { findProgress } from './queries.ts'
import { guideModel, setupModel, type GuideModel, type SetupFault, type SetupModel } from './views.ts'

declare module '../web/render.ts' {
  interface ViewModels {
    'setup/first': SetupModel
    'setup/guide': GuideModel
  }
}

export async function setupRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  // Once there is a company there always is one.
  let isSetUp = false

  async function isOpen(): Promise<boolean> {
    isSetUp ||= await hasCompany(deps.db)
    return !isSetUp
  }

  // Whoever comes to an installation that nobody has set up is led there.
  app.addHook('preHandler', async (request, reply) => {
    if (isSetUp || request.viewer || request.method !== 'GET' || request.routeOptions.url !== paths.login) return
    if (await isOpen()) return redirect(reply, paths.setup)
  })

  app.get(paths.setup, { config: { public: true } }, async (request, reply) => {
    if (!(await isOpen())) throw notFound('setup')
    return showForm(request, reply, { country: 'FR', zone: 'Europe/Paris', language: languageOf(request) })
  })

  app.post(paths.setup, { config: { public: true } }, async (request, reply) => {
    if (!(await isOpen())) throw notFound('setup')
    const language = languageOf(request)
    const form = readSetup(request.body)
    const { typed } = form
    const faults: SetupFault[] = [
      ...form.problems,
      ...(typed.password === '' ? [] : passwordFaults(language, typed.password, [typed.email, typed.name, typed.company]).map((text) => ({ field: 'password' as const, text }))),
    ]
    if (faults.length > 0) return showForm(request, reply, typed, faults)
    const outcome = await setUp(deps, form, request.ip)
    if (!outcome.ok && outcome.reason === 'exists') throw notFound('setup')
    if (!outcome.ok) return showForm(request, reply, typed, [{ field: 'code', word: 'wrong' }])
    await beginSession(deps, request, outcome.value.userId, 'setup')
    return redirect(reply, paths.guide)
  })

  app.get(paths.guide, { config: { privilege: 'settings.edit' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const model = guideModel(viewer, await findProgress(deps.db, viewer.scope))
    return render(reply, 'setup/guide', model, { title: translator(viewer.language)('setup.guide.title'), section: 'administration' })
  })
}

function showForm(request: FastifyRequest, reply: FastifyReply, typed: Partial<SetupForm['typed']>, faults: readonly SetupFault[] = []) {
  const language = languageOf(request)
  return render(reply, 'setup/first', setupModel(language, typed, faults), { title: translator(language)('setup.title'), status: faults.length > 0 ? 422 : 200 })
}
