import type { Settings } from '../companies/settings.ts'
import { dateIn } from '../core/dates.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { shortDate, shortMoment, timeOfDay, wholeNumber } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { FIXED_DAYS, RETENTION_KINDS, RETENTION_SETTINGS, type RetentionKind } from './retention.domain.ts'
import type { Counted, Run } from './retention.queries.ts'

export type RetentionModel = {
  intro: string
  /** Undefined for who may not change how long things are kept. */
  limitsUrl: string | undefined
  rows: { name: string; what: string; rule: string; next: string; oldest: string; last: string; lastAt: string }[]
  always: string[]
  peopleUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/data': RetentionModel
  }
}

export function retentionModel(viewer: Viewer, given: { settings: Settings; due: ReadonlyMap<RetentionKind, Counted>; runs: readonly Run[]; nextRun: Date }): RetentionModel {
  const { language, company: { timeZone } } = viewer
  const t = translator(language)
  return {
    intro: t('data.intro', { time: timeOfDay(language, given.nextRun, timeZone) }),
    limitsUrl: viewer.privileges.has('settings.edit') ? `${paths.limits}#retention` : undefined,
    rows: RETENTION_KINDS.map((kind) => {
      const { n, oldest } = given.due.get(kind) ?? { n: 0, oldest: null }
      const run = given.runs.find((one) => one.kind === kind)
      return {
        name: t(`data.kind.${kind}`), what: t(`data.what.${kind}`), rule: ruleText(viewer, kind, given.settings),
        next: t('data.next', { count: n, number: wholeNumber(language, n) }),
        oldest: oldest ? t('data.oldest', { date: shortDate(language, dateIn(timeZone, oldest)) }) : '',
        last: run ? t('data.last', { count: run.removed, number: wholeNumber(language, run.removed), state: run.is_complete ? 'complete' : 'stopped' }) : t('data.lastNever'),
        lastAt: run ? shortMoment(language, run.finished_at, timeZone) : '',
      }
    }),
    always: [t('data.always.sessions'), t('data.always.counters'), t('data.always.uploads')],
    peopleUrl: paths.candidates,
  }
}

function ruleText({ language }: Viewer, kind: RetentionKind, settings: Settings): string {
  const t = translator(language)
  const name = RETENTION_SETTINGS[kind]
  const value = name === null ? FIXED_DAYS[kind]! : settings[name]
  return value === null ? t('data.kept') : t(`data.rule.${kind}`, { n: value })
}
