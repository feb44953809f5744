export { type Card, cardOf, cards } from './cards.ts';
export { featureMap, lineChart, type Mark, rateChart, reliabilityDiagram, type Series } from './charts.ts';
export { dataAddress } from './data-address.ts';
export { differenceInterval, type Fraction } from './difference-interval.ts';
export { exactMcNemar } from './exact-mcnemar.ts';
export { htmlTable } from './html-table.ts';
export { interval } from './interval.ts';
export { learningCurves, otherTitles } from './learning-section.ts';
export { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts';
export { Markup, markup } from './markup.ts';
export { default as reportPlugin } from './plugin.ts';
export { errorHistogram, precisionRecallChart, scatterChart } from './prediction-charts.ts';
export { counted, duration, meanAndDeviation, megabytes, percent, shortNumber } from './quantities.ts';
export type {
  Comparing,
  EvaluatedExample,
  Evaluation,
  Exhibit,
  Highlight,
  Label,
  Picture,
  Recording,
  ReportedContradictions,
  ReportedPhase,
  ReportedRejection,
  ReportedRun,
  ScoredUnknowns,
  Scoring,
  UnknownScore,
} from './reported-run.ts';
export { type ReportPage, reportPage } from './report-page.ts';
export { type ReportSection, reportSection } from './report-section.ts';
export { hardestOf, standardSections } from './standard-sections.ts';
export { sourceOf, style } from './style.ts';
export { csv, textTable } from './text-table.ts';
export { visible } from './visible.ts';
