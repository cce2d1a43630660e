"""Decides which request gets which fault, by rates, by scripts, or both; repeatable for a given seed.

| text               | means                                                                                       |
|--------------------|---------------------------------------------------------------------------------------------|
| `reset=0.03`       | each request is reset with this probability                                                 |
| `all=0.03`         | the same for every kind that has no rate of its own                                         |
| `companies#2=html` | the second request for companies; also `departments`, `employees`, `currencies`, `token`    |
| `c000007#3=reset`  | the third request below that company: for its departments, or the employees of one of them  |
| `*#10=hang`        | the tenth request of all                                                                    |

Entries are separated by commas. A script takes precedence over the rates, and the script with the narrowest target
over the others.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias, TypeVar

KINDS = (
    *("429", "429-wait", "500", "503", "reset", "reset-body", "truncated", "html", "content-type"),
    *("slow-body", "hang", "duplicate", "disorder", "wrong-type", "oversize"),
)
Script: TypeAlias = tuple[str, int]
"""A target (the name of a list, "token", a company's id, "*"), and the number of its request, from 1."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_ALLOWED = (
    "allowed are KIND=RATE, all=RATE, companies#N=KIND, departments#N=KIND, employees#N=KIND, currencies#N=KIND, "
    "token#N=KIND, COMPANY_ID#N=KIND and *#N=KIND, separated by commas; "
    f"the kinds are {', '.join(KINDS)}"
)
_RATE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,18})?|\.[0-9]{1,18}")


@dataclass(kw_only=True)
class Faults:
    """Decides for each request which fault it gets, if any; made by `parse`.

    The kinds are drawn one after another, in the order of `KINDS`; the first hit wins. `docs/faults.md` describes what
    each kind does and how it uses the numbers below. Not thread-safe.
    """

    rates: Mapping[str, float]
    scripts: Mapping[Script, str]
    seed: int
    retry_after: int
    hang_seconds: float
    slow_seconds: float
    oversize_mb: int

    def __post_init__(self) -> None:
        self._rates = [(kind, self.rates[kind]) for kind in KINDS if self.rates.get(kind)]
        self._targets = {target for target, _ in self.scripts}
        self._asked: Counter[str] = Counter()
        self._rng = Random(self.seed)

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        seed: int = 0,
        retry_after: int = 1,
        hang_seconds: float = 30.0,
        slow_seconds: float = 2.0,
        oversize_mb: int = 60,
    ) -> "Faults":
        """Parse the text described above; an empty one means no faults.

        Raises:
            ValueError: the text is invalid; the message names every mistake, and what is allowed.

        """
        rates, scripts, problems = _read(text)
        if problems:
            raise ValueError(f"faults: {'; '.join(problems)} ({_ALLOWED})")
        return cls(
            rates=rates,
            scripts=scripts,
            seed=seed,
            retry_after=retry_after,
            hang_seconds=hang_seconds,
            slow_seconds=slow_seconds,
            oversize_mb=oversize_mb,
        )

    def __bool__(self) -> bool:
        return bool(self.kinds)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that can occur."""
        return frozenset({kind for kind, _ in self._rates} | set(self.scripts.values()))

    def draw(self, kind: str, company_id: str | None = None) -> str | None:
        """Count one request for that kind of list, below that company if any; returns the fault it gets, if any."""
        scripted = None
        for target in (company_id, kind, "*"):
            if target is not None and target in self._targets:
                self._asked[target] += 1
                scripted = scripted or self.scripts.get((target, self._asked[target]))
        drawn = next((fault for fault, rate in self._rates if self._rng.random() < rate), None)
        return scripted or drawn


def _read(text: str) -> tuple[dict[str, float], dict[Script, str], list[str]]:
    """The rates and the scripts in a text, and the problems found."""
    rates: dict[str, float] = {}
    scripts: dict[Script, str] = {}
    problems = []
    for entry in filter(None, map(str.strip, text.split(","))):
        name, _, value = (part.strip() for part in entry.rpartition("="))
        target, _, number = name.rpartition("#")
        if re.fullmatch("[0-9]{1,18}", number) and target:
            problems += _put(scripts, (target, int(number)), value, entry)
        elif "#" not in name and _RATE.fullmatch(value):
            problems += _put(rates, name, float(value), entry)
        else:
            problems.append(f"{entry!r} is neither KIND=RATE nor TARGET#N=KIND")
    problems += [problem for kind, rate in rates.items() for problem in _rate_problems(kind, rate)]
    problems += [problem for script, kind in scripts.items() for problem in _script_problems(script, kind)]
    return _spread(rates), scripts, problems


def _put(into: dict[_Key, _Value], key: _Key, value: _Value, entry: str) -> list[str]:
    if key in into:
        return [f"{entry!r} is already given"]
    into[key] = value
    return []


def _spread(rates: dict[str, float]) -> dict[str, float]:
    """Replace `all` by that rate for every kind that has none of its own."""
    every = rates.pop("all", None)
    return rates if every is None else {**dict.fromkeys(KINDS, every), **rates}


def _rate_problems(kind: str, rate: float) -> list[str]:
    problems = [] if kind in {*KINDS, "all"} else [f"{kind!r} is not a kind of fault"]
    return problems if 0 <= rate <= 1 else [*problems, f"{kind}={rate:g} is not a rate from 0 to 1"]


def _script_problems(script: Script, kind: str) -> list[str]:
    target, number = script
    problems = [] if kind in KINDS else [f"{target}#{number}={kind} names no kind of fault"]
    return problems if number >= 1 else [*problems, f"{target}#{number}={kind} must count from 1"]
