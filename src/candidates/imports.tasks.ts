import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import type { TaskPayload } from '../queue/queue.ts'
import { applyImport, checkImport, endImport } from './imports.commands.ts'

export function registerImportTasks(deps: Deps): void {
  deps.queue.register('candidates.check-import', guarded(deps, checkImport))
  deps.queue.register('candidates.apply-import', guarded(deps, applyImport))
}

/** A failure is shown to the person who waits, who may start again; what was written stays written and is recognised. */
function guarded(deps: Deps, work: typeof checkImport) {
  return async ({ companyId, importId }: TaskPayload) => {
    try {
      await work(deps, Number(companyId), Number(importId))
    } catch (err) {
      deps.log.error({ err, companyId, importId }, 'import failed')
      await endImport(deps, companyScope(Number(companyId)), Number(importId), ['checking', 'importing'], 'failed')
    }
  }
}
