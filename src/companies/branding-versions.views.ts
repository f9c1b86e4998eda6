import { translator, type Translate } from '../words/index.ts'
import { longMoment } from '../words/format.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { differingParts, VERSIONS_KEPT, type BrandingPart } from './branding.domain.ts'
import type { PreviewLook } from './branding.input.ts'
import type { BrandingDraft, BrandingVersion } from './branding.queries.ts'
import { previewModel, type PreviewModel } from './branding-preview.views.ts'

export const VERSIONS_PER_PAGE = 10

export type VersionsModel = {
  crumbs: { label: string; href: string }[]
  intro: string
  conflict: { kind: 'warning'; text: string } | undefined
  revision: number
  /** What restoring would replace; empty when nothing is lost. */
  warning: string
  versions: { heading: string; isLive: boolean; when: { text: string; datetime: string }; author: string; changes: string; seeUrl: string; isSeen: boolean; restoreUrl: string; restoreLabel: string }[]
  emptyText: string
  preview: PreviewModel | undefined
  previewTitle: string
  olderUrl: string
  firstUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/branding-versions': VersionsModel
  }
}

/** `rows` has one more than is shown, so that the last one can be compared too. */
export type VersionsState = { rows: readonly BrandingVersion[]; draft: BrandingDraft; publishedVersion: number; seen: number | null; before: number | null; look: PreviewLook; isConflict: boolean }

export function versionsModel(viewer: Viewer, state: VersionsState): VersionsModel {
  const { language, company } = viewer
  const t = translator(language)
  const { rows, draft, publishedVersion, before } = state
  const shown = rows.slice(0, VERSIONS_PER_PAGE)
  const seen = state.seen ?? shown[0]?.version ?? null
  const at = (query: Record<string, string>) => `${paths.brandingVersions}?${new URLSearchParams(query)}`
  return {
    crumbs: [{ label: t('companies.branding.title'), href: paths.branding }],
    intro: t('companies.versions.intro', { count: VERSIONS_KEPT }),
    conflict: state.isConflict ? { kind: 'warning', text: t('companies.versions.moved') } : undefined,
    revision: draft.revision,
    warning: draft.publishedVersion === null ? t('companies.versions.replaces') : '',
    versions: shown.map((row, index) => ({
      heading: t('companies.versions.version', { version: row.version }), isLive: row.version === publishedVersion,
      when: { text: longMoment(language, row.publishedAt, company.timeZone), datetime: row.publishedAt.toISOString() }, author: row.publishedBy ?? '',
      changes: changesText(t, language, row, rows[index + 1]),
      // On a phone the preview stands below the list.
      seeUrl: `${at({ version: String(row.version), ...(before === null ? {} : { before: String(before) }) })}#preview-title`, isSeen: row.version === seen,
      restoreUrl: differingParts(draft, row).length > 0 ? paths.brandingRestoring(row.version) : '',
      restoreLabel: t(row.version === publishedVersion ? 'companies.versions.discard' : 'companies.versions.restore', { version: row.version }),
    })),
    emptyText: t('companies.versions.none'),
    preview: seen === null ? undefined : previewModel(viewer, { look: state.look, stamp: 0, version: seen, weight: undefined }),
    previewTitle: seen === null ? '' : t('companies.versions.preview', { version: seen }),
    olderUrl: rows.length > VERSIONS_PER_PAGE ? at({ before: String(shown.at(-1)!.version) }) : '',
    firstUrl: before === null ? '' : paths.brandingVersions,
  }
}

/** « Modifié : couleur de marque et image du haut. » */
function changesText(t: Translate, language: Viewer['language'], version: BrandingVersion, older: BrandingVersion | undefined): string {
  const from = version.restoredFrom === null ? '' : ` ${t('companies.versions.from', { version: version.restoredFrom })}`
  // Of the oldest one kept nobody knows any more what was before it.
  if (!older) return t(version.version === 1 ? 'companies.versions.first' : 'companies.versions.oldest') + from
  const names = differingParts(older, version).map((part: BrandingPart) => t(`companies.part.${part}`))
  return t('companies.versions.changed', { count: names.length, list: new Intl.ListFormat(language).format(names) }) + from
}
