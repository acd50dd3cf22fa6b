"""Metrics pushed to an OpenTelemetry collector (OTLP), once a minute by default.

Where to, how often and with what headers is said by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT,
OTEL_EXPORTER_OTLP_HEADERS, OTEL_METRIC_EXPORT_INTERVAL, OTEL_RESOURCE_ATTRIBUTES, …; opentelemetry.io/docs/specs/otel).
Each worker is an instance of its own (`service.instance.id`), so that their sums are never mixed up.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from typing import Any

from modelguard.enforce.metrics import INSTRUMENTS, Measuring, MetricsError

SERVICE = "modelguard-guard"


class Otlp:
    """A meter of its own: what the proxy itself does with OpenTelemetry stays as it is."""

    def __init__(self) -> None:
        try:
            from opentelemetry.sdk.metrics import MeterProvider
            from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
            from opentelemetry.sdk.resources import Resource

            exporter = _exporter()
        except ImportError as error:
            raise MetricsError(
                f"MODELGUARD_METRICS=otlp needs OpenTelemetry ({error.name} is missing): pip install 'modelguard-ci[metrics]'"
            ) from error
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": SERVICE}
        resource = Resource.create({**named, "service.instance.id": str(uuid.uuid4())})
        self.provider = MeterProvider([PeriodicExportingMetricReader(exporter)], resource)
        meter = self.provider.get_meter("modelguard.enforce")
        self._measuring = Measuring()
        self._take: dict[str, Any] = {}
        for one in INSTRUMENTS:
            if one.kind == "counter":
                self._take[one.name] = meter.create_counter(one.name, one.unit, one.about).add
            else:
                made = meter.create_histogram(
                    one.name, one.unit, one.about, explicit_bucket_boundaries_advisory=list(one.buckets)
                )
                self._take[one.name] = made.record

    def __call__(self, line: Mapping[str, Any]) -> None:
        """Count a line about a call."""
        for found in self._measuring.of(line):
            self._take[found.instrument.name](found.amount, dict(found.attributes))

    def close(self) -> None:
        """Send what is left; the SDK does so when the process ends, too."""
        self.provider.shutdown()


def _exporter() -> Any:
    """The exporter that OTEL_EXPORTER_OTLP_(METRICS_)PROTOCOL names; HTTP with protobuf without it."""
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL") or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as Grpc

        return Grpc()
    if protocol not in (None, "", "http/protobuf"):
        raise MetricsError(f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol} is not known: http/protobuf or grpc")
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return OTLPMetricExporter()
