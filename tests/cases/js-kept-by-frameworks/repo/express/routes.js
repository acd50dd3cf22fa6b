const router = require("express").Router();
router.post("/a", async (req, res) => res.json(await req.openai.chat.completions.create({ model: "gpt-4o", messages: [] })));
router.post("/b", async (req, res) => res.json(await req.app.locals.claude.messages.create({ model: "claude-3-5-haiku-latest", max_tokens: 1, messages: [] })));
module.exports = router;
