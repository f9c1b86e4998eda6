import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

export interface Chromium {
  executablePath: string
  env: Record<string, string>
}

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')

/** The browser of the tests: `CHROMIUM_PATH`, else the one that came with `npm ci`, else an installed one. */
export async function findChromium(): Promise<Chromium> {
  const given = process.env['CHROMIUM_PATH']
  if (given) {
    if (!existsSync(given)) throw new Error(`CHROMIUM_PATH names ${given}, which does not exist`)
    return { executablePath: given, env: inheritedEnvironment() }
  }
  // The package holds one binary: Linux on x86-64.
  if (process.platform === 'linux' && process.arch === 'x64') return packagedChromium()
  const installed = findInstalled(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])
  if (installed) return { executablePath: installed, env: inheritedEnvironment() }
  throw new Error('No browser for the browser tests: install chromium, or set CHROMIUM_PATH to the program of a Chromium or Chrome')
}

/**
 * Unpacks the packaged browser once, next to the packages. It comes with the libraries and the font that
 * a server lacks (NSS, NSPR, expat, Open Sans) and uses them everywhere, so pages look alike on every machine.
 */
async function packagedChromium(): Promise<Chromium> {
  const folder = path.join(root, 'node_modules/.cache', `chromium-${await packageVersion()}`)
  if (!existsSync(folder)) await unpack(folder)
  const libraries = [path.join(folder, 'al2023/lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  return {
    executablePath: path.join(folder, 'chromium'),
    env: { ...inheritedEnvironment(), LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: path.join(folder, 'fonts'), HOME: folder },
  }
}

async function packageVersion(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const description = JSON.parse(await readFile(path.resolve(main, '../../package.json'), 'utf8')) as { version: string }
  return description.version
}

/**
 * The package unpacks into the temporary folder under fixed names and trusts what it finds there. A process
 * with a temporary folder of its own does it here instead; the rename makes it whole or absent.
 */
async function unpack(folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true })
  const partial = await mkdtemp(`${folder}.`)
  try {
    const script = "await (await import('@sparticuz/chromium')).default.executablePath()"
    // The variable makes it unpack its system libraries too.
    const env = { ...inheritedEnvironment(), TMPDIR: partial, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' }
    await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, env })
    await writeFile(path.join(partial, 'fonts/fonts.conf'), fontSettings(folder))
    await rename(partial, folder)
  } catch (cause) {
    await rm(partial, { recursive: true, force: true })
    // Another process may have been faster: its copy serves as well.
    if (!existsSync(folder)) throw new Error('The packaged Chromium could not be unpacked; CHROMIUM_PATH can name another browser', { cause })
  }
}

/** Font settings that know the unpacked fonts first, then those of the machine. */
function fontSettings(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`
}

function findInstalled(names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file))
}

function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
