// Where each task is drawn: dagre ranks them from top to bottom; a run's path is laid over it.
import dagre from '@dagrejs/dagre';
import type { Edge, Node } from '@xyflow/react';
import type { Graph, GraphNode, RunDetail } from '@/api/types';

const WIDTH_PX = 200;
const HEIGHT_PX = 54;
const END_WIDTH_PX = 76;
const END_HEIGHT_PX = 32;

export type Mark = 'visited' | 'failed' | 'here' | 'unvisited' | 'plain';
export interface TaskData extends Record<string, unknown> {
  task: GraphNode;
  mark: Mark;
  picked: boolean;
}
export type TaskNode = Node<TaskData, 'task'>;

const isEnd = (node: GraphNode) => node.kind === 'start' || node.kind === 'end';

export function marks(graph: Graph, run: RunDetail | undefined): Map<string, Mark> {
  const found = new Map<string, Mark>();
  if (!run) return found;
  for (const node of graph.nodes) found.set(node.id, 'unvisited');
  found.set('start', 'visited');
  for (const entry of run.trace) found.set(entry.task, entry.phase === 'failed' ? 'failed' : entry.phase === 'skipped' ? (found.get(entry.task) ?? 'unvisited') : 'visited');
  for (const wait of run.waits) found.set(wait.task, 'here');
  if (run.status === 'completed') found.set('end', 'visited');
  return found;
}

export function layout(graph: Graph, run: RunDetail | undefined, picked: string | undefined): { nodes: TaskNode[]; edges: RouteEdge[] } {
  const drawing = new dagre.graphlib.Graph();
  drawing.setGraph({ rankdir: 'TB', nodesep: 34, ranksep: 38, marginx: 12, marginy: 12 });
  drawing.setDefaultEdgeLabel(() => ({}));
  const known = new Set(graph.nodes.map((node) => node.id));
  for (const node of graph.nodes) drawing.setNode(node.id, isEnd(node) ? { width: END_WIDTH_PX, height: END_HEIGHT_PX } : { width: WIDTH_PX, height: HEIGHT_PX });
  const edges = graph.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  for (const edge of edges) drawing.setEdge(edge.from, edge.to, edge.label ? { width: edge.label.length * 6, height: 16, labelpos: 'c' } : {});
  dagre.layout(drawing);
  const marked = marks(graph, run);
  const nodes = graph.nodes.map((task): TaskNode => {
    const at = drawing.node(task.id) as { x: number; y: number; width: number; height: number };
    return {
      id: task.id,
      type: 'task',
      position: { x: at.x - at.width / 2, y: at.y - at.height / 2 },
      data: { task, mark: marked.get(task.id) ?? 'plain', picked: task.id === picked },
      draggable: false,
      connectable: false,
      ariaLabel: `${task.name}, ${task.kind}`,
    };
  });
  return { nodes, edges: edges.map((edge, index) => styled(edge, index, drawing.edge(edge.from, edge.to) as Route, marked, Boolean(run))) };
}

export interface Route {
  points: { x: number; y: number }[];
  x?: number;
  y?: number;
}
export type RouteEdge = Edge<{ route: Route } & Record<string, unknown>, 'route'>;

function styled(edge: Graph['edges'][number], index: number, route: Route, marked: Map<string, Mark>, hasRun: boolean): RouteEdge {
  const went = ['visited', 'here', 'failed'];
  const on = hasRun && went.includes(marked.get(edge.from) ?? '') && went.includes(marked.get(edge.to) ?? '');
  return {
    id: `${edge.from}>${edge.to}>${index}`,
    source: edge.from,
    target: edge.to,
    label: edge.label ?? undefined,
    type: 'route',
    data: { route },
    focusable: false,
    style: { stroke: on ? 'var(--bt-accent)' : 'var(--bt-line-strong)', strokeWidth: on ? 2.5 : 1.5, opacity: hasRun && !on ? 0.6 : 1 },
  };
}
