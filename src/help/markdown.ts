import { Marked, type RendererObject, type Tokens } from 'marked'

export type Picture = { url: string; width: number; height: number }

/** What a text of the documentation points at. */
export type Surroundings = {
  /** The address of another text here; undefined where it leads to something that is not shown, and only its words stay. */
  link(target: string): string | undefined
  picture(target: string): Picture | undefined
}

export type Page = { title: string; html: string; contents: { text: string; href: string }[] }

/**
 * One text of `docs/` as a part of a page: the first heading becomes its title, those of the second level its contents. Only what
 * Markdown writes comes out; HTML inside is shown as it stands.
 */
export function renderMarkdown(text: string, around: Surroundings): Page {
  const page: Page = { title: '', html: '', contents: [] }
  page.html = new Marked({ renderer: rendererOf(page, around) }).parse(text, { async: false })
  return page
}

/** The anchor of a heading, made as code forges make it, so that one link works in both places. */
export function anchorOf(heading: string): string {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-')
}

function rendererOf(page: Page, around: Surroundings): RendererObject {
  /** Of the heading that was last: it names the table below it. */
  let heading = ''
  return {
    heading({ tokens, depth, text }: Tokens.Heading) {
      heading = text
      if (depth === 1 && page.title === '') {
        page.title = text
        return ''
      }
      const anchor = anchorOf(text)
      if (depth === 2) page.contents.push({ text, href: `#${anchor}` })
      return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`
    },
    link({ href, tokens }: Tokens.Link) {
      const words = this.parser.parseInline(tokens)
      if (/^https?:\/\//.test(href)) return `<a href="${escape(href)}" rel="noopener noreferrer">${words}</a>`
      const target = href.startsWith('#') ? href : around.link(href)
      return target === undefined ? words : `<a href="${escape(target)}">${words}</a>`
    },
    image({ href, text }: Tokens.Image) {
      const picture = around.picture(href)
      if (!picture) return escape(text)
      // On a telephone it is small: a touch shows it whole.
      return `<a href="${escape(picture.url)}"><img src="${escape(picture.url)}" alt="${escape(text)}" width="${picture.width}" height="${picture.height}" loading="lazy"></a>`
    },
    table({ header, rows }: Tokens.Table) {
      const names = header.map(({ text }) => text)
      const head = header.map(({ tokens }) => `<th scope="col">${this.parser.parseInline(tokens)}</th>`).join('')
      const body = rows.map((row) => `<tr>${row.map(({ tokens }, at) => cell(this.parser.parseInline(tokens), at, names)).join('')}</tr>`).join('\n')
      return `<div class="table-wrap" role="region" aria-label="${escape(heading)}" tabindex="0"><table class="table cards"><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>\n`
    },
    // A long line scrolls sideways, which the keyboard must reach.
    code({ text }: Tokens.Code) {
      return `<pre tabindex="0"><code>${escape(text)}</code></pre>\n`
    },
    html({ text }: Tokens.HTML | Tokens.Tag) {
      return escape(text)
    },
  }
}

/** On telephones a cell is a line with its label, so that all it says is one piece. */
function cell(html: string, at: number, names: readonly string[]): string {
  return at === 0 ? `<th scope="row"><div>${html}</div></th>` : `<td data-label="${escape(names[at] ?? '')}"><div>${html}</div></td>`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
