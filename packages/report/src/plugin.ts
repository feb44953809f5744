import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { reportSection } from './report-section.ts';
import { standardSections } from './standard-sections.ts';

/** Contributes the standard report sections. */
const report: Plugin = definePlugin({
  name: '@graft/report',
  apiVersion,
  contributes: standardSections.map((section) => reportSection(section)),
});
export default report;
