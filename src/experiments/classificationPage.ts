export const classificationPage = (_: unknown) => '# x'
export const classificationSummary = (_: unknown) => 'x'
