import { moment, readerOf, type Moment, type Pill } from '../candidates/views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { wordDiff, type DiffPart } from './diff.ts'
import { EXAMPLES } from './example.ts'
import { menuOf, type EditorModel } from './editor.views.ts'
import type { Sending } from './ground.ts'
import type { Template, TemplateVersion } from './library.queries.ts'
import { languageList, statePill, usesText } from './list.views.ts'
import { phoneModel, type PhoneModel } from './preview.views.ts'
import type { TemplateBodies } from './domain.ts'

export const VERSIONS_PER_PAGE = 10

export type VersionsModel = {
  heading: string
  crumbs: { label: string; href: string }[]
  revision: number
  versions: {
    heading: string
    when: Moment
    author: string
    pills: Pill[]
    isOpen: boolean
    note: string
    texts: { label: string; language: Language; parts: DiffPart[] }[]
    restoreUrl: string
    restoreLabel: string
  }[]
  olderUrl: string
  firstUrl: string
}

export type ShowModel = {
  heading: string
  state: Pill
  facts: { term: string; text: string }[]
  menu: { label: string; look: 'plain'; items: ReturnType<typeof menuOf> } | undefined
  notice: EditorModel['notice']
  texts: { heading: string; samples: { label: string; phone: PhoneModel['phone'] }[] }[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'templates/versions': VersionsModel
    'templates/show': ShowModel
  }
}

/** `rows` has one more than is shown, so that the last one can be compared too. */
export function versionsModel(viewer: Viewer, template: Template, rows: readonly TemplateVersion[], before: number | null): VersionsModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const shown = rows.slice(0, VERSIONS_PER_PAGE)
  return {
    heading: t('templates.versions.title', { name: template.name }),
    crumbs: [{ label: t('templates.title'), href: paths.templates }, { label: template.name, href: paths.template(template.id) }],
    revision: template.revision,
    versions: shown.map((row, index) => {
      const older = rows[index + 1]
      const isNewest = row.version === template.version
      return {
        heading: t('templates.versions.version', { version: row.version }), when: moment(reader, row.created_at), author: row.author ?? '',
        pills: [
          ...(row.version === template.published_version ? [{ text: t('templates.versions.published'), tone: 'ok', icon: 'circle-check' } as const] : []),
          ...(isNewest ? [{ text: t('templates.versions.newest'), tone: 'neutral', icon: 'pencil' } as const] : []),
        ],
        isOpen: index === 0 && before === null,
        note: older ? t('templates.versions.compared', { version: older.version }) : t('templates.versions.first'),
        texts: LANGUAGES.filter((language) => row.texts[language] !== undefined || older?.texts[language] !== undefined).map((language) => ({
          label: t(`templates.text.${language}`), language,
          parts: older ? wordDiff(older.texts[language] ?? '', row.texts[language] ?? '') : [{ text: row.texts[language] ?? '', mark: 'same' as const }],
        })),
        restoreUrl: isNewest || template.archived_at ? '' : paths.templateRestoring(template.id, row.version),
        restoreLabel: t('templates.versions.restore', { version: row.version }),
      }
    }),
    olderUrl: rows.length > VERSIONS_PER_PAGE ? `${paths.templateStep(template.id, 'versions')}?before=${shown.at(-1)!.version}` : '',
    firstUrl: before === null ? '' : paths.templateStep(template.id, 'versions'),
  }
}

/** To read only: the published texts for who may send, the newest ones of an archived template for who may edit. */
export function showModel(viewer: Viewer, template: Template, texts: TemplateBodies, ground: Sending): ShowModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const written = LANGUAGES.filter((language) => texts[language] !== undefined)
  return {
    heading: template.name,
    state: statePill(reader, template.archived_at ? template : { ...template, version: template.published_version ?? template.version }),
    facts: [
      { term: t('templates.column.kind'), text: t(`templates.kind.${template.kind}`) },
      { term: t('templates.column.languages'), text: languageList(reader, written) },
      { term: t('templates.column.uses'), text: usesText(reader, template) },
      ...(template.site_name ? [{ term: t('templates.column.site'), text: template.site_name }] : []),
    ],
    menu: viewer.privileges.has('templates.edit') ? { label: t('templates.edit.more'), look: 'plain', items: menuOf(reader, template) } : undefined,
    notice: { kind: 'info', text: t(template.archived_at ? 'templates.show.archived' : 'templates.show.readOnly') },
    texts: written.map((language) => ({
      heading: t(`templates.text.${language}`),
      samples: EXAMPLES.map((example) => ({ label: t(`templates.example.${example}`), phone: phoneModel(reader, { kind: template.kind, texts, example, shown: language }, ground).phone })),
    })),
  }
}
