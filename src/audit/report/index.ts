// The leak report: the audit of a protected file, judged by a policy, as JSON and as a page.
// Source: issue 9, section 4.
// A report says what the attacks here got from this file: no attack succeeding is no proof of safety.

export { type AuditOptions, auditTable } from './audit.ts'
export { quoted } from './harm.ts'
export { imageReportPage } from './imagePage.ts'
export { type ImageLeakReport, imageReportSchema } from './imageSchema.ts'
export { modelReportPage } from './modelPage.ts'
export { type ModelReportParts, reportOnModel, rocFigure } from './modelReport.ts'
export { type ModelLeakReport, modelReportSchema } from './modelSchema.ts'
export { reportPage } from './page.ts'
export { type LeakReport, reportSchema } from './schema.ts'
export { metricTitle, shareText } from './words.ts'
export { jsonPathOf, writeImageReport, writeModelReport, writeReport } from './write.ts'
