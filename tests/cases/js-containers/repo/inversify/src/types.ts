export const TYPES = { Llm: Symbol.for("Llm"), Agent: Symbol.for("Agent") };
