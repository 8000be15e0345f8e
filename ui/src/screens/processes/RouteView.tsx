import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import type { Route, RouteEdge } from './layout';
import css from './process.module.css';

/** The way dagre found between the tasks, so that no line runs through a task; corners are rounded. */
export function RouteView({ id, data, label, style }: EdgeProps<RouteEdge>) {
  const route = data?.route;
  if (!route) return null;
  return (
    <>
      <BaseEdge id={id} path={curve(route.points)} style={style} />
      {label && route.x !== undefined && route.y !== undefined && (
        <EdgeLabelRenderer>
          <span className={css.edgeLabel} style={{ transform: `translate(-50%, -50%) translate(${route.x}px, ${route.y}px)` }}>{label}</span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

type Point = Route['points'][number];
const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

function curve(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  const last = points.at(-1) as Point;
  const turns = rest.slice(0, -1).map((point, at) => {
    const to = middle(point, rest[at + 1] ?? point);
    return `Q ${point.x} ${point.y} ${to.x} ${to.y}`;
  });
  return [`M ${first.x} ${first.y}`, ...turns, `L ${last.x} ${last.y}`].join(' ');
}
