// Tokens of programs, without their texts.

export interface Token {
  id: string;
  name: string;
  roles: string[];
  audience: 'api' | 'mcp' | 'a2a' | 'scim';
  agent: string | null;
  created_by: string;
  created_ms: number;
  expires_ms: number | null;
  revoked_ms: number | null;
}
