"""Numbers as Prometheus' text format, with those of the process itself. Called by `hub.web.metrics`
alone, when somebody asks: importing this imports the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Samples = Sequence[tuple[dict[str, str], float]]


def exposition(
    helps: Mapping[str, str],
    gauges: Iterable[tuple[str, Samples]],
    totals: Mapping[tuple[str, str], int],
) -> bytes:
    """`helps` says what each gauge means; `totals` are counters by name and kind."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    found = [_gauge(name, helps[name], samples) for name, samples in gauges]
    registry.register(_Once([*found, *_totals(totals)]))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _gauge(name: str, text: str, samples: Samples) -> Metric:
    labels = list(samples[0][0]) if samples else []
    family = GaugeMetricFamily(f"santral_{name}", text, labels=labels)
    for values, number in samples:
        family.add_metric([values[label] for label in labels], number)
    return family


def _totals(totals: Mapping[tuple[str, str], int]) -> Iterator[Metric]:
    families: dict[str, CounterMetricFamily] = {}
    for (name, label), number in sorted(totals.items()):
        family = families.get(name)
        if family is None:
            text = f"{name.replace('_', ' ').capitalize()} since the start."
            family = CounterMetricFamily(f"santral_{name}", text, labels=["kind"])
            families[name] = family
        family.add_metric([label], number)
    yield from families.values()
