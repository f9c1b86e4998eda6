import type { Deps } from '../deps.ts'
import { applyImport, checkImport } from './imports.commands.ts'

export function registerImportTasks(deps: Deps): void {
  deps.queue.register('candidates.check-import', ({ companyId, importId }) => checkImport(deps, Number(companyId), Number(importId)))
  deps.queue.register('candidates.apply-import', ({ companyId, importId }) => applyImport(deps, Number(companyId), Number(importId)))
}
