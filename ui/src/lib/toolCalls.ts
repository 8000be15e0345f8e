// What a model asked to call, and what it was told of the calls before it, as an exchange holds them.
import type { Json } from '@/api/types';

export interface Asked {
  name: string;
  /** As the model wrote them: JSON, if it did well. */
  args: string;
}

export interface Told {
  name: string;
  text: string;
  /** What was asked for was not done. */
  refused: boolean;
}

interface Message {
  role?: string;
  content?: unknown;
  tool_call_id?: string;
  tool_calls?: { id?: string; function?: { name?: string; arguments?: unknown } }[] | null;
}

/** How the model is told that a call was not made, or brought nothing about. */
const REFUSED = /^(Not |The customer (said no|gave no clear yes))/;

/** The calls that a reply asks for. */
export function askedFor(reply: Json): Asked[] {
  const choices = (reply as { choices?: { message?: Message }[] } | null)?.choices;
  return listOf(listOf(choices)[0]?.message?.tool_calls).map((call) => ({ name: call.function?.name ?? '', args: textOf(call.function?.arguments) }));
}

/** What came of the calls of the last reply, as this request tells the model. */
export function toldOf(request: Json): Told[] {
  const messages = listOf((request as { messages?: Message[] } | null)?.messages);
  const last = messages.map((one) => one.role).lastIndexOf('assistant');
  if (last < 0) return [];
  const calls = listOf(messages[last]?.tool_calls);
  return messages.slice(last + 1).filter((one) => one.role === 'tool').map((one) => {
    const text = textOf(one.content);
    return { name: calls.find((call) => call.id === one.tool_call_id)?.function?.name ?? '', text, refused: REFUSED.test(text) };
  });
}

function listOf<T>(list: T[] | null | undefined): T[] {
  return Array.isArray(list) ? list : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
