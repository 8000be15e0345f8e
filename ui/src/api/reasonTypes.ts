// Why an agent answered as it did: what it made of each message, and what models were shown and said.
import type { Json } from './types';

export interface MessageRead {
  id: string;
  message: string | null;
  agent: string;
  goal: string;
  intent: string | null;
  /** 0 to 1; none where nothing was to be recognised. */
  confidence: number | null;
  threshold: number;
  signals: string[];
  turns: number;
  asked: number;
  trigger: string | null;
  /** What the agent would have done, where it only read along while a person had the case. */
  draft: { does: 'person' | 'serve' | 'answer' | 'ask'; text?: string; title?: string | null; by?: string } | null;
  at_ms: number;
}

export interface ModelAsked {
  id: string;
  agent: string;
  model: string;
  request: Json;
  reply: Json;
  tokens_in: number;
  tokens_out: number;
  latency_ms: number;
  /** None where it is not known, or not for whoever looks. */
  cost: Json;
  at_ms: number;
}

export interface Reasons {
  readings: MessageRead[];
  exchanges: ModelAsked[];
}
