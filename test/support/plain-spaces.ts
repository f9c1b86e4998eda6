import type { Page, Visitor } from './page.ts'

/** The same visitor, reading no-break spaces as spaces: so that tests can be written as people read. */
export function plainSpaces<Kind extends Visitor>(visitor: Kind): Kind {
  const read = (page: Page): Page => ({ ...page, text: plain(page.text), title: plain(page.title), heading: plain(page.heading) })
  return {
    ...visitor,
    get: async (...args) => read(await visitor.get(...args)),
    submit: async (...args) => read(await visitor.submit(...args)),
    post: async (...args) => read(await visitor.post(...args)),
  }
}

function plain(text: string): string {
  return text.replaceAll(/[\u00a0\u202f]/g, ' ')
}
