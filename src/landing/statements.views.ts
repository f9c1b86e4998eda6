import type { Settings } from '../companies/settings.ts'
import { translator } from '../words/index.ts'
import { richText, type RichText } from './domain.ts'
import { frameModel, type FrameModel, type PageContext } from './frame.views.ts'

export type StatementModel = FrameModel & {
  /** The agency's own words, in their language. */
  own: RichText
  ownLanguage: string
  facts: { term: string; text: string }[]
  backUrl: string
  backLabel: string
}

/** Who uses what, why, how long, and what the person may ask for (GDPR, articles 13 and 14). Times are those that the company has set. */
export function privacyStatement(context: PageContext, settings: Settings): StatementModel {
  const t = translator(context.language)
  const agency = context.brand.displayName
  const months = settings['retention.candidates_months']
  const { frame } = frameModel(context, '', false)
  // The ready-made text says in short what follows.
  const isOwn = Object.values(context.brand.privacyTexts).some((text) => text !== '')
  const fact = (name: 'who' | 'why' | 'what' | 'source' | 'readers' | 'rights' | 'complaint' | 'page') => ({ term: t(`landing.statement.${name}`), text: t(`landing.statement.${name}Text`, { agency, phone: phoneOf(context) }) })
  return {
    ...frameOf(context, t('landing.statement.privacyHeading', { agency })),
    own: isOwn ? frame.privacy.text : [], ownLanguage: isOwn ? frame.privacy.language : '',
    facts: [
      fact('who'), fact('why'), fact('what'), fact('source'), fact('readers'),
      {
        term: t('landing.statement.times'),
        text: t('landing.statement.timesText', { texts: settings['retention.bodies_days'], comments: settings['retention.answers_months'], record: months === null ? 'kept' : 'months', months: months ?? 0 }),
      },
      fact('rights'), fact('complaint'), fact('page'),
    ],
  }
}

/** What the page can do, what is known of it, and whom to tell. Nobody has audited it, and it does not say so. */
export function accessibilityStatement(context: PageContext): StatementModel {
  const t = translator(context.language)
  const agency = context.brand.displayName
  return {
    ...frameOf(context, t('landing.statement.accessibilityHeading')),
    own: richText(t('landing.statement.accessibilityText', { agency })), ownLanguage: '',
    facts: (['state', 'works', 'tell', 'recourse'] as const).map((name) => ({ term: t(`landing.statement.${name}`), text: t(`landing.statement.${name}Text`, { agency, phone: phoneOf(context) }) })),
  }
}

function phoneOf(context: PageContext): string {
  return frameModel(context, '', false).frame.call?.phone ?? 'none'
}

function frameOf(context: PageContext, heading: string): Omit<StatementModel, 'own' | 'ownLanguage' | 'facts'> {
  return { ...frameModel(context, heading, false), backUrl: context.links.page, backLabel: translator(context.language)('landing.statement.back') }
}
