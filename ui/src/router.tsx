// The map of the console: one line a screen. Search parameters are filters, so every view has an address.
import type { QueryClient } from '@tanstack/react-query';
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import * as q from './api/queries';
import { NotFound } from './shell/NotFound';
import { Shell } from './shell/Shell';

type Search = Record<string, string | undefined>;
const only = (...names: string[]) => (search: Record<string, unknown>): Search => {
  const kept: Search = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === 'string' && value) kept[name] = value;
    if (typeof value === 'number') kept[name] = String(value);
  }
  return kept;
};

function tree(queries: QueryClient) {
  const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
  const signin = createRoute({
    getParentRoute: () => root,
    path: '/signin',
    validateSearch: only('to', 'code'),
    component: lazyRouteComponent(() => import('./screens/signin/SignIn'), 'SignIn'),
  });
  const shell = createRoute({
    getParentRoute: () => root,
    id: 'shell',
    component: Shell,
    beforeLoad: async ({ location }) => {
      const session = await queries.ensureQueryData(q.session).catch(() => undefined);
      if (session === null) throw redirect({ to: '/signin', search: { to: location.href } });
    },
  });
  const screen = <P extends string>(path: P, names: string[], component: ReturnType<typeof lazyRouteComponent>) =>
    createRoute({ getParentRoute: () => shell, path, validateSearch: only(...names), component });
  return root.addChildren([
    signin,
    shell.addChildren([
      createRoute({ getParentRoute: () => shell, path: '/', beforeLoad: () => { throw redirect({ to: '/desk', search: {} }); } }),
      screen('/desk', ['client', 'queue', 'kind', 'intent', 'view', 'item', 'steps'], lazyRouteComponent(() => import('./screens/desk/Desk'), 'Desk')),
      screen('/floor', ['q', 'state', 'kind'], lazyRouteComponent(() => import('./screens/floor/Floor'), 'Floor')),
      screen('/cases', ['client', 'state', 'intent', 'actor_kind', 'actor', 'at_risk', 'upset', 'q', 'closed_from_ms', 'closed_today', 'ended_by_person'], lazyRouteComponent(() => import('./screens/cases/Cases'), 'Cases')),
      screen('/cases/$client/$id', ['tab', 'steps'], lazyRouteComponent(() => import('./screens/cases/CasePage'), 'CasePage')),
      screen('/customers/$client/$id', [], lazyRouteComponent(() => import('./screens/cases/CustomerPage'), 'CustomerPage')),
      screen('/processes', ['client'], lazyRouteComponent(() => import('./screens/processes/Processes'), 'Processes')),
      screen('/processes/$client/$name', ['run', 'node', 'edit'], lazyRouteComponent(() => import('./screens/processes/ProcessPage'), 'ProcessPage')),
      screen('/rules', ['client'], lazyRouteComponent(() => import('./screens/rules/Rules'), 'Rules')),
      screen('/blueprint', ['client', 'file', 'line'], lazyRouteComponent(() => import('./screens/blueprint/Blueprint'), 'Blueprint')),
      screen('/changes', ['client', 'proposal'], lazyRouteComponent(() => import('./screens/changes/Changes'), 'Changes')),
      screen('/runs', ['client', 'process', 'status', 'version', 'waits_on', 'error', 'failed_at', 'correlation', 'case', 'parent', 'q', 'age'], lazyRouteComponent(() => import('./screens/runs/Runs'), 'Runs')),
      screen('/runs/dead', ['client'], lazyRouteComponent(() => import('./screens/runs/DeadLetters'), 'DeadLetters')),
      screen('/runs/schedules', ['client'], lazyRouteComponent(() => import('./screens/runs/Schedules'), 'Schedules')),
      screen('/runs/$client/$id', ['tab', 'node'], lazyRouteComponent(() => import('./screens/runs/RunPage'), 'RunPage')),
      screen('/fixes', ['client', 'intent', 'state'], lazyRouteComponent(() => import('./screens/fixes/Fixes'), 'Fixes')),
      screen('/fixes/week', ['client'], lazyRouteComponent(() => import('./screens/fixes/Week'), 'Week')),
      screen('/fixes/$client/$id', [], lazyRouteComponent(() => import('./screens/fixes/FixPage'), 'FixPage')),
      screen('/performance', ['client', 'days'], lazyRouteComponent(() => import('./screens/performance/Performance'), 'Performance')),
      screen('/performance/cases', ['client', 'which', 'intent', 'reason', 'since_ms', 'until_ms'], lazyRouteComponent(() => import('./screens/performance/Behind'), 'Behind')),
      screen('/connectors', ['client'], lazyRouteComponent(() => import('./screens/connectors/Connectors'), 'Connectors')),
      screen('/connectors/import', ['client', 'from'], lazyRouteComponent(() => import('./screens/connectors/Import'), 'Import')),
      screen('/connectors/$client/$name', [], lazyRouteComponent(() => import('./screens/connectors/ConnectorPage'), 'ConnectorPage')),
      screen('/knowledge', ['client', 'tab', 'state'], lazyRouteComponent(() => import('./screens/knowledge/Knowledge'), 'Knowledge')),
      screen('/ledger', ['client', 'case', 'configuration', 'actor', 'kind', 'q', 'from', 'to', 'entry'], lazyRouteComponent(() => import('./screens/ledger/Ledger'), 'Ledger')),
      screen('/settings', ['tab', 'q', 'client', 'queue', 'scope', 'target'], lazyRouteComponent(() => import('./screens/settings/Settings'), 'Settings')),
    ]),
  ]);
}

export function makeRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree(queries), defaultPreload: 'intent', defaultPreloadStaleTime: 0, scrollRestoration: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
