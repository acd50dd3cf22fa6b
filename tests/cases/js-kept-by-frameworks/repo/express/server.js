const express = require("express");
const OpenAI = require("openai");
const Anthropic = require("@anthropic-ai/sdk");
const routes = require("./routes");
const app = express();
app.locals.claude = new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY });
app.use((req, res, next) => { req.openai = new OpenAI({ apiKey: process.env.OPENAI_API_KEY }); next(); });
app.use("/", routes);
app.listen(3000);
