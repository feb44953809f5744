export { type DashboardOptions, type DashboardServer, serveDashboard } from './serve-dashboard.ts';
