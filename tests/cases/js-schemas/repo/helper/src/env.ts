function required(name: string, fallback?: string): string {
  const value = process.env[name] ?? fallback;
  if (!value) throw new Error(`Missing ${name}`);
  return value;
}
export const OPENAI_KEY = required("OPENAI_API_KEY");
export const MODEL = required("OPENAI_MODEL", "gpt-4o");
