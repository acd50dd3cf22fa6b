import "reflect-metadata";
import { container } from "./container";
import { TYPES } from "./types";
import { Agent } from "./agent";
container.get<Agent>(TYPES.Agent).run();
