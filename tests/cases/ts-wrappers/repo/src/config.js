const pick = (tier) => {
  switch (tier) {
    case 'deep':
      return 'claude-opus-4-1'
    default:
      return 'claude-3-5-haiku-20241022'
  }
}
module.exports = { defaultModel: process.env.WRITER_MODEL || pick('plain'), pick }
