import { IMAGE_ROLES } from '../companies/images.ts'
import { pictureModel, type PictureModel, type PictureState } from '../companies/images.views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES } from '../words/define.ts'
import { translator, type Translate } from '../words/index.ts'
import { PAGE_ALTS, PAGE_LIMITS, type CodePageForm, type PageProblem } from './code-page.input.ts'
import type { CodePage } from './code-page.queries.ts'

type Field = { name: string; label: string; value: string; type?: string; rows?: number; maxlength: number; hint?: string; error?: string; isOptional: boolean; autocomplete: string }

export type CodePageModel = {
  crumbs: { label: string; href: string }[]
  state: { text: string; tone: 'ok' | 'neutral'; icon: string }
  action: string
  version: number
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string; detail: string } | undefined
  groups: { id: string; title: string; fields: Field[] }[]
  images: { place: PictureModel; alt: Field }[]
  /** The button that shows it to everybody, or takes it away. */
  publication: { action: string; label: string; icon: string; isDanger: boolean; note: string } | undefined
  needs: string
  preview: { frameUrl: string; tabs: { label: string; href: string }[] }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'references/page': CodePageModel
  }
}

export type CodePageState = PictureState & {
  page: CodePage
  /** What the form was made from: a refused one keeps its own, so that nobody saves over a colleague unseen. */
  version: number
  values: CodePageForm['values']
  problems: readonly PageProblem[]
  brandColor: string
  openCampaigns: number
  isConflict: boolean
}

export function codePageModel(viewer: Viewer, state: CodePageState): CodePageModel {
  const t = translator(viewer.language)
  const { page } = state
  const images = IMAGE_ROLES.map((role) => pictureModel(t, role, state, { url: paths.codePageImage(page.id, role), name: page.name, emptyText: t('references.page.image.none'), removeLabel: t('references.page.image.removed'), brandColor: state.brandColor }))
  const preview = paths.codePageStep(page.id, 'preview')
  const main = viewer.company.language
  const isReady = page.texts[main] !== undefined
  return {
    crumbs: [{ label: t('references.kind.codes'), href: paths.referenceKind('codes') }, { label: page.code, href: paths.reference('codes', page.id) }],
    state: page.isPublished ? { text: t('references.page.published'), tone: 'ok', icon: 'circle-check' } : { text: t('references.page.draft'), tone: 'neutral', icon: 'pencil' },
    action: paths.codePage(page.id), version: state.version,
    errors: [
      ...state.problems.map((problem) => ({ field: 'language' in problem ? `${problem.part}_${problem.language}` : problem.part, text: problemText(t, problem) })),
      ...images.flatMap(({ file }) => (file.error ? [{ field: file.name, text: `${file.label}. ${file.error}` }] : [])),
    ],
    conflict: state.isConflict ? { kind: 'warning', text: t('references.conflict'), detail: t('references.conflict.detail') } : undefined,
    groups: [main, ...LANGUAGES.filter((language) => language !== main)].map((language) => ({
      id: `texts-${language}`, title: t(`references.page.texts.${language}`),
      fields: (['heading', 'body'] as const).map((part): Field => {
        const problem = state.problems.find((one) => 'language' in one && one.language === language && one.part === part)
        return {
          name: `${part}_${language}`, label: t(`references.page.${part}`), value: state.values[`${part}_${language}`], maxlength: PAGE_LIMITS[part], isOptional: true, autocomplete: 'off',
          ...(part === 'body' ? { type: 'textarea', rows: 4, hint: t('references.page.body.hint') } : {}), ...(problem ? { error: problemText(t, problem) } : {}),
        }
      }),
    })),
    images: images.map((place) => ({ place, alt: altField(t, state, place.role) })),
    publication: page.isArchived || (!page.isPublished && !isReady) ? undefined : {
      action: paths.codePageStep(page.id, page.isPublished ? 'withdrawal' : 'publication'), label: t(page.isPublished ? 'references.page.withdraw' : 'references.page.publish'),
      icon: page.isPublished ? 'circle-slash' : 'send', isDanger: page.isPublished,
      note: page.isPublished && state.openCampaigns > 0 ? t('references.page.withdraw.open', { count: state.openCampaigns }) : '',
    },
    needs: page.isPublished || isReady || page.isArchived ? '' : t('references.page.publish.needs', { language: main }),
    preview: { frameUrl: `${preview}?state=page&lang=${main}`, tabs: [{ label: t('references.page.preview.page'), href: `${preview}?state=page&lang=${main}` }, { label: t('references.page.preview.form'), href: `${preview}?state=form&lang=${main}` }] },
  }
}

/** The stored page as the form's fields. */
export function storedValues(page: CodePage): CodePageForm['values'] {
  return Object.fromEntries([
    ...LANGUAGES.flatMap((language) => [[`heading_${language}`, page.texts[language]?.heading ?? ''], [`body_${language}`, page.texts[language]?.body ?? '']]),
    ...PAGE_ALTS.map((part) => [part, page[part]]),
  ]) as CodePageForm['values']
}

function altField(t: Translate, { values, problems }: CodePageState, role: PictureModel['role']): Field {
  const name = `${role}Alt` as const
  const problem = problems.find(({ part }) => part === name)
  return { name, label: t(`companies.${name}`), hint: t(`references.page.${name}.hint`), value: values[name], maxlength: PAGE_LIMITS[name], isOptional: true, autocomplete: 'off', ...(problem ? { error: problemText(t, problem) } : {}) }
}

function problemText(t: Translate, problem: PageProblem): string {
  if (problem.word === 'headingMissing') return t('references.page.headingMissing', { language: problem.language })
  const field = problem.part === 'heading' || problem.part === 'body' ? t(`references.page.${problem.part}`) : t(`companies.${problem.part}`)
  return t('references.problem.tooLong', { field, limit: PAGE_LIMITS[problem.part] })
}
