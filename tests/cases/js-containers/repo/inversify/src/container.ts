import { Container } from "inversify";
import { TYPES } from "./types";
import { Llm, AnthropicLlm } from "./llm";
import { Agent } from "./agent";
const container = new Container();
container.bind<Llm>(TYPES.Llm).to(AnthropicLlm).inSingletonScope();
container.bind<Agent>(TYPES.Agent).to(Agent);
export { container };
