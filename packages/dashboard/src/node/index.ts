export { type DashboardOptions, type DashboardServer, serveDashboard } from './serve-dashboard.ts';
export { serveRun, type ServeRunOptions } from './serve-run.ts';
