export interface LLMProvider { generate(p: string): Promise<string>; }
