// The leak report: the audit of a protected file, judged by a policy, as JSON and as a page.
// Source: issue 9, section 4.
// A report says what the attacks here got from this file: no attack succeeding is no proof of safety.

export { type ImageLeakReport, imageReportSchema } from '../images/reportSchema.ts'
export { type ModelReportParts, reportOnModel, rocFigure } from '../membership/modelReport.ts'
export { type ModelLeakReport, modelReportSchema } from '../membership/reportSchema.ts'
export { quoted } from '../policy/harm.ts'
export { type AuditOptions, auditTable } from '../tables/auditTable.ts'
export { type LeakReport, reportSchema } from '../tables/reportSchema.ts'
export { metricTitle, shareText } from '../words.ts'
export { imageReportPage } from './imagePage.ts'
export { modelReportPage } from './modelPage.ts'
export { reportPage } from './page.ts'
export { jsonPathOf, writeImageReport, writeModelReport, writeReport } from './write.ts'
