const argv = require("minimist")(process.argv.slice(2), { string: ["model"], default: { model: "gpt-4o-mini" } });
const OpenAI = require("openai");
new OpenAI().chat.completions.create({ model: argv.model, messages: [] });
