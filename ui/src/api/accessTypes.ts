// One's own sessions and second factor, and who has access to what, as the API shows them.
import type { Token } from './tokenTypes';
import type { Grant } from './types';

export interface OwnSession {
  id: string;
  created_ms: number;
  expires_ms: number;
  current: boolean;
}

export interface SecondFactorStanding {
  on: boolean;
  codes_left: number;
}

export interface AccessReview {
  client: string;
  at_ms: number;
  members: {
    member: string;
    email: string;
    name: string;
    state: string;
    grants: Grant[];
    second_factor: boolean;
    passkeys: number;
    last_open_session_ms: number | null;
  }[];
  tokens: Token[];
  more: boolean;
}
