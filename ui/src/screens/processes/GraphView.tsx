import '@xyflow/react/dist/base.css';
import { Background, Controls, getNodesBounds, Handle, Position, ReactFlow, type NodeProps, type Viewport } from '@xyflow/react';
import { IconArrowsSplit2, IconBell, IconBolt, IconClock, IconEqual, IconGitBranch, IconRefresh, IconScale, IconShieldCheck, IconSparkles, IconUser, IconUserShare, IconWorld } from '@tabler/icons-react';
import { createElement, useMemo, useRef } from 'react';
import type { Graph, GraphNode, RunDetail } from '@/api/types';
import { words } from '@/lib/format';
import { layout, type TaskNode } from './layout';
import { RouteView } from './RouteView';
import css from './process.module.css';

const BY_FUNCTION: Record<string, typeof IconBolt> = {
  'agent-turn': IconSparkles, 'human-task': IconUser, approval: IconShieldCheck, escalate: IconUserShare, action: IconBolt, decide: IconScale, notify: IconBell,
};
const BY_KIND: Record<string, typeof IconBolt> = {
  switch: IconGitBranch, fork: IconArrowsSplit2, for: IconRefresh, wait: IconClock, set: IconEqual, listen: IconBell, call: IconWorld, try: IconRefresh,
};
const PEOPLE = new Set(['human-task', 'approval', 'escalate']);

function iconOf(task: GraphNode) {
  return BY_FUNCTION[task.label ?? ''] ?? BY_KIND[task.kind] ?? IconEqual;
}

function TaskView({ data }: NodeProps<TaskNode>) {
  const { task, mark, picked } = data;
  const end = task.kind === 'start' || task.kind === 'end';
  const tone = task.label === 'agent-turn' ? css.agentTask : PEOPLE.has(task.label ?? '') ? css.personTask : '';
  const state = mark === 'plain' ? '' : mark === 'here' ? `${css.visited} ${css.here}` : css[mark];
  return (
    <div className={`${css.node} ${tone} ${end ? css.terminal : ''} ${state} ${picked ? css.picked : ''}`}>
      <Handle type="target" position={Position.Top} style={{ opacity: 0 }} />
      <div className={css.top}>{!end && createElement(iconOf(task), { size: 16, stroke: 1.8, 'aria-hidden': true })}<span>{words(task.name)}</span></div>
      {!end && task.label && <div className={css.label}>{task.label}</div>}
      <Handle type="source" position={Position.Bottom} style={{ opacity: 0 }} />
    </div>
  );
}
const ZOOM_MIN = 0.72;
const EDGE_PX = 24;

/** Readable before complete: the whole graph where it fits, else from its top, or where the run stands. */
function viewOf(nodes: TaskNode[], frame: HTMLElement | null): Viewport {
  const box = getNodesBounds(nodes);
  const width = frame?.clientWidth ?? box.width;
  const height = frame?.clientHeight ?? box.height;
  const zoom = Math.min(1, Math.max(ZOOM_MIN, Math.min((width - 2 * EDGE_PX) / box.width, (height - 2 * EDGE_PX) / box.height)));
  const here = nodes.find((node) => node.data.mark === 'here');
  const overflow = box.height * zoom > height - 2 * EDGE_PX;
  const y = here && overflow ? height / 2 - here.position.y * zoom : EDGE_PX - box.y * zoom;
  const middle = here && box.width * zoom > width ? here.position.x + 100 : box.x + box.width / 2;
  return { x: width / 2 - middle * zoom, y, zoom };
}

const TYPES = { task: TaskView };
const EDGES = { route: RouteView };

interface Props {
  graph: Graph;
  run: RunDetail | undefined;
  picked: string | undefined;
  onPick: (id: string) => void;
}

/** A process as a graph: AI tasks, people's tasks and systems' tasks apart; a run's path on top. */
export function GraphView({ graph, run, picked, onPick }: Props) {
  const { nodes, edges } = useMemo(() => layout(graph, run, picked), [graph, run, picked]);
  const frame = useRef<HTMLDivElement>(null);
  return (
    <ReactFlow
      ref={frame}
      nodes={nodes}
      edges={edges}
      nodeTypes={TYPES}
      edgeTypes={EDGES}
      onNodeClick={(_event, node) => onPick(node.id)}
      onNodesChange={(changes) => changes.forEach((change) => { if (change.type === 'select' && change.selected) onPick(change.id); })}
      nodesConnectable={false}
      onInit={(flow) => flow.setViewport(viewOf(flow.getNodes(), frame.current))}
      minZoom={0.15}
      proOptions={{ hideAttribution: true }}
      aria-label="Graph of the process"
    >
      <Background gap={22} size={1} color="var(--bt-line)" />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}
