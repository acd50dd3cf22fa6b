export function getConfig(platform) {
  return {
    key: platform?.env?.ANTHROPIC_API_KEY || process.env.ANTHROPIC_API_KEY || '',
    model: platform?.env?.CLAUDE_MODEL || process.env.CLAUDE_MODEL,
  };
}
