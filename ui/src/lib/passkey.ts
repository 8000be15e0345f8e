// Passkeys in this browser: the server's options go in, the standard's JSON comes out. Written out, as not every browser
// converts them by itself yet.

type Bytes = Uint8Array<ArrayBuffer>;

interface Descriptor {
  type: 'public-key';
  id: string;
  transports?: AuthenticatorTransport[];
}

/** What the server asks a browser to make (PublicKeyCredentialCreationOptionsJSON). */
export interface Creation {
  publicKey: Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> & {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials: Descriptor[];
  };
}

/** What the server asks a browser to sign (PublicKeyCredentialRequestOptionsJSON). */
export interface Request {
  publicKey: Omit<PublicKeyCredentialRequestOptions, 'challenge' | 'allowCredentials'> & {
    challenge: string;
    allowCredentials: Descriptor[];
  };
}

/** Whether this browser can, here: only over TLS, or on this machine. */
export const canPasskey = () => window.isSecureContext && typeof window.PublicKeyCredential === 'function';

function bytes(text: string): Bytes {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(plain).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const known = (list: Descriptor[]) => list.map((one) => ({ ...one, id: bytes(one.id) }));

const outer = (made: PublicKeyCredential) => ({ id: made.id, rawId: text(made.rawId), type: made.type });

/** Why nothing came of it, in words: browsers say it in theirs. */
function said(error: unknown, site: string | undefined): Error {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return new Error('Nothing was done: it was broken off, or took too long.');
  if (name === 'InvalidStateError') return new Error('This device holds a passkey of yours for Baton already.');
  if (name === 'SecurityError') return new Error(`Passkeys work at ${site ?? 'another address'} only: open Baton there.`);
  if (name === 'NotSupportedError' || name === 'ConstraintError') return new Error('This device cannot hold such a passkey; take another, or set a PIN on it.');
  return error instanceof Error ? error : new Error(String(error));
}

/** Makes a passkey on a device of the person's choice. */
export async function makePasskey({ publicKey }: Creation): Promise<unknown> {
  const options: PublicKeyCredentialCreationOptions = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
  };
  const made = (await navigator.credentials.create({ publicKey: options }).catch((error: unknown) => {
    throw said(error, publicKey.rp.id);
  })) as PublicKeyCredential | null;
  if (!made) throw said(new DOMException('', 'NotAllowedError'), publicKey.rp.id);
  const answer = made.response as AuthenticatorAttestationResponse;
  return {
    ...outer(made),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
      transports: answer.getTransports?.() ?? [],
    },
  };
}

/** Has a passkey sign. */
export async function signWithPasskey({ publicKey }: Request): Promise<unknown> {
  const options: PublicKeyCredentialRequestOptions = {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    allowCredentials: known(publicKey.allowCredentials),
  };
  const made = (await navigator.credentials.get({ publicKey: options }).catch((error: unknown) => {
    throw said(error, publicKey.rpId);
  })) as PublicKeyCredential | null;
  if (!made) throw said(new DOMException('', 'NotAllowedError'), publicKey.rpId);
  const answer = made.response as AuthenticatorAssertionResponse;
  return {
    ...outer(made),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: answer.userHandle ? text(answer.userHandle) : null,
    },
  };
}
