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
  /** None in readings from before it was kept. */
  failures: number | null;
  guidelines: GuidelineHeld[] | null;
  evidence: Evidence | null;
  /** What the agent would have done, where it only read along while a person had the case. */
  draft: { does: 'person' | 'serve' | 'answer' | 'ask'; text?: string; title?: string | null; by?: string } | null;
  at_ms: number;
}

export interface GuidelineHeld {
  name: string;
  priority: number;
  /** It passes the case to a person. */
  person: boolean;
  /** It names needs, and was looked at once the need was known. */
  of_need?: boolean;
  followed?: boolean;
}

/** What stands behind a reading. */
export interface Evidence {
  threshold_of: 'escalation' | 'intent' | 'agent' | null;
  /** 0 to 1, likeliest first. */
  others: { intent: string; confidence: number }[];
  /** None where no article was looked for. */
  articles: { least: number; sections: SectionSeen[] } | null;
  fields: { name: string; confidence: number; by: 'local' | 'model'; said: string | null }[];
}

export interface SectionSeen {
  source: { article: string; title: string; heading: string; section: string; version: string };
  score: number;
  /** Share of the question that it speaks of, 0 to 1. */
  coverage: number;
  verdict: 'used' | 'too_little' | 'not_best' | 'no_fact';
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
