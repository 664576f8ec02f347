"""What the last audit of each account found, kept in the ledger until the next one or a person."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from perihelion.publish.timeline_audit import Difference, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from perihelion.ledger.store import Ledger

_RESULTS = "audit-result:"
_ACCEPTED = "audit-accepted:"


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the audit of an account at `at` (UTC) found."""

    account: str
    at: datetime
    findings: tuple[Finding, ...] = ()


def save_result(ledger: Ledger, result: AuditResult) -> None:
    """Keep a result; it replaces the one before it."""
    findings = [asdict(one) for one in result.findings]
    value = json.dumps({"at": result.at.isoformat(), "findings": findings})
    ledger.save_report(f"{_RESULTS}{result.account}", value)


def list_results(ledger: Ledger) -> list[AuditResult]:
    """The last result of each account, by name, without what a person has accepted."""
    accepted = ledger.list_flags(_ACCEPTED)
    found = []
    for name, value in sorted(ledger.list_reports(_RESULTS).items()):
        kept = json.loads(value)
        findings = (
            Finding(**{**one, "difference": Difference(one["difference"])})
            for one in kept["findings"]
        )
        at = datetime.fromisoformat(kept["at"])
        account = name.removeprefix(_RESULTS)
        found.append(AuditResult(account, at, _leave_out(findings, accepted)))
    return found


def remove_accepted(ledger: Ledger, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without those that a person has accepted."""
    return _leave_out(findings, ledger.list_flags(_ACCEPTED))


def accept_findings(ledger: Ledger, key: str) -> Sequence[Finding]:
    """Report nothing of what the last audit found about a delivery any more; what that was.

    Another difference of the same post, or another text, is reported again.
    """
    findings = [one for each in list_results(ledger) for one in each.findings if one.key == key]
    for one in findings:
        ledger.set_flag_once(_name_flag(one))
    return findings


def _leave_out(findings: Iterable[Finding], accepted: set[str]) -> tuple[Finding, ...]:
    return tuple(one for one in findings if _name_flag(one) not in accepted)


def _name_flag(finding: Finding) -> str:
    text = hashlib.sha256(finding.text.encode()).hexdigest()[:16]
    return f"{_ACCEPTED}{finding.difference}:{finding.key}:{text};"
