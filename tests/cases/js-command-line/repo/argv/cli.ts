import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import OpenAI from "openai";
const argv = yargs(hideBin(process.argv)).options({ model: { type: "string", default: "gpt-4o-mini" } }).argv;
new OpenAI().chat.completions.create({ model: argv.model, messages: [] });
