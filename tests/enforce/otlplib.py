"""What an OpenTelemetry collector does: takes metrics over HTTP or gRPC, and keeps them as OTLP/JSON, a document each."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Collector:
    """Where it listens on loopback, and what came."""

    port: int = 0
    kept: list[str] = field(default_factory=list)

    def keep(self, request: Any) -> None:
        from google.protobuf.json_format import MessageToDict

        self.kept.append(json.dumps(MessageToDict(request, use_integers_for_enums=True)))


@contextlib.contextmanager
def receiver() -> Iterator[Collector]:
    """Protobuf over HTTP."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    collector = Collector()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                data = gzip.decompress(data)
            assert self.path == "/v1/metrics"
            collector.keep(ExportMetricsServiceRequest.FromString(data))
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Take) as server:
        collector.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield collector
        finally:
            server.shutdown()


@contextlib.contextmanager
def grpc_receiver() -> Iterator[Collector]:
    """gRPC, by the service of the protocol's own package."""
    import grpc
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc

    collector = Collector()

    class Take(metrics_service_pb2_grpc.MetricsServiceServicer):  # type: ignore[misc]  # generated, without types
        def Export(self, request: Any, context: Any) -> Any:
            collector.keep(request)
            return metrics_service_pb2.ExportMetricsServiceResponse()

    server = grpc.server(ThreadPoolExecutor(4))
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Take(), server)
    collector.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield collector
    finally:
        server.stop(2).wait()
