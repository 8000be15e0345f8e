// Passkeys, and the address that they belong to, as the API shows them.

export interface Passkey {
  id: string;
  name: string;
  site: string;
  synced: boolean;
  created_ms: number;
  used_ms: number | null;
  flagged_ms: number | null;
}

export interface PublicAddress {
  address: string | null;
  own: boolean;
  why_not: string | null;
  elsewhere: number;
}
