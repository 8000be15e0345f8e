// Articles, what an answer cites, and questions that no article answers.

export interface Citation {
  article: string;
  title: string;
  locale: string;
  version: string;
  section: string;
  heading: string;
}

export type GapState = 'open' | 'planned' | 'answered' | 'dismissed';
export interface Gap {
  client: string;
  id: string;
  question: string;
  language: string;
  intent: string | null;
  reason: 'no_article' | 'no_fact';
  detail: string | null;
  asked: number;
  first_ms: number;
  last_ms: number;
  case: string | null;
  state: GapState;
  note: string;
}

export interface ArticleRow {
  id: string;
  title: string;
  locale: string;
  audience: 'customer' | 'internal';
  version: string;
  owner: string | null;
  valid_from: string | null;
  valid_until: string | null;
  holds: boolean;
  source: { name: string; url: string | null } | null;
  sections: { section: string; heading: string }[];
}

export interface Found {
  source: Citation;
  audience: 'customer' | 'internal';
  text: string | null;
  lacks: string | null;
  score: number;
  coverage: number;
  /** An agent would answer a customer from it. */
  answers?: boolean;
}
