import dagre from "@dagrejs/dagre";
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";

globalThis.vendor = { dagre, select, zoom, zoomIdentity };
