import { navigation, type Tabs } from '../web/navigation.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import type { Shelf, Text } from './shelf.ts'

/** The guides, in the order of their tabs; every other text is for who runs or extends the product. */
const GUIDES = ['recruiter', 'admin'] as const

export type HelpModel = {
  text: { html: string; language: Language; contents: Text['contents'] }
  tabs: Tabs[]
  /** For who administers: texts in English. */
  technical: { label: string; href: string; isCurrent: boolean }[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'help/show': HelpModel
  }
}

export function helpModel(viewer: Viewer, { texts }: Shelf, shown: Text): HelpModel {
  const t = translator(viewer.language)
  const isGuide = ({ name }: Pick<Text, 'name'>) => (GUIDES as readonly string[]).includes(name)
  const administers = navigation(viewer, viewer.language, undefined).some(({ section }) => section === 'administration')
  const guides = GUIDES.filter((name) => name === 'recruiter' || name === shown.name || administers)
  return {
    text: { html: shown.html, language: shown.language, contents: shown.contents },
    tabs: guides.length < 2 ? [] : [{
      label: t('help.title'), look: 'segments',
      items: guides.map((name) => ({ href: name === 'recruiter' ? paths.help : paths.helpText(name), label: t(`help.guide.${name}`), isCurrent: name === shown.name })),
    }],
    technical: administers || !isGuide(shown) ? texts.filter((text) => !isGuide(text)).map(({ name, title }) => ({ label: title, href: paths.helpText(name), isCurrent: name === shown.name })) : [],
  }
}
