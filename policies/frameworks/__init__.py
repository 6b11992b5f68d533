"""Clauses that many policies share, and the one way to write a policy's clauses down.

The clusters are the sets of clauses that audit logging, its integrity, encryption and retention answer together.
"""

from __future__ import annotations

NIST_LOGGING = [
    "AC-2(4)",
    "AC-3(1)",
    "AC-3(10)",
    "AC-4(26)",
    "AC-6(9)",
    "AU-2b",
    "AU-3a",
    "AU-3b",
    "AU-3c",
    "AU-3d",
    "AU-3e",
    "AU-3f",
    "AU-6(3)",
    "AU-6(4)",
    "AU-6(6)",
    "AU-6(9)",
    "AU-8b",
    "AU-10",
    "AU-12a",
    "AU-12c",
    "AU-12(1)",
    "AU-12(2)",
    "AU-12(3)",
    "AU-12(4)",
    "AU-14a",
    "AU-14b",
    "AU-14(3)",
    "CA-7b",
    "CM-5(1)(b)",
    "CM-6a",
    "CM-9b",
    "IA-3(3)(b)",
    "MA-4(1)(a)",
    "PM-14a.1",
    "PM-14b",
    "PM-31",
    "SC-7(9)(b)",
    "SI-1(1)(c)",
    "SI-3(8)(b)",
    "SI-4(2)",
    "SI-4(17)",
    "SI-4(20)",
    "SI-7(8)",
    "SI-10(1)(c)",
]
NIST_INTEGRITY = [
    "AU-9a",
    "CM-6a",
    "CM-9b",
    "PM-11b",
    "PM-17b",
    "SA-1(1)",
    "SA-10(1)",
    "SC-16(1)",
    "SI-1a.2",
    "SI-4d",
    "SI-7(1)",
    "SI-7(3)",
    "SI-7(7)",
    "SI-7a",
]
NIST_ENCRYPTION = [
    "AU-9(3)",
    "CM-6a",
    "CM-9b",
    "CP-9d",
    "SC-8(3)",
    "SC-8(4)",
    "SC-13a",
    "SC-28(1)",
    "SI-19(4)",
]
NIST_RETENTION = [
    "AC-16b",
    "AU-6(3)",
    "AU-6(4)",
    "AU-6(6)",
    "AU-6(9)",
    "AU-10",
    "AU-11",
    "AU-11(1)",
    "AU-12(1)",
    "AU-12(2)",
    "AU-12(3)",
    "AU-14a",
    "AU-14b",
    "CA-7b",
    "PM-14a.1",
    "PM-14b",
    "PM-21b",
    "PM-31",
    "SC-28(2)",
    "SI-4(17)",
    "SI-12",
]
NIST_KEYS = [
    "CM-6a",
    "CM-9b",
    "SA-9(6)",
    "SC-12",
    "SC-12(2)",
    "SC-12(6)",
]
PCI_LOGGING = [
    "10.2.1.1",
    "10.2.1.2",
    "10.2.1.3",
    "10.2.1.4",
    "10.2.1.5",
    "10.2.1.6",
    "10.2.1.7",
    "10.2.1",
    "10.2.2",
    "10.3.1",
    "10.6.3",
    "5.3.4",
    "A1.2.1",
]
PCI_ENCRYPTION = [
    "10.3.2",
    "10.3.3",
    "10.3.4",
    "3.5.1",
    "8.3.2",
    "A1.2.1",
]
PCI_RETENTION = [
    "10.5.1",
    "3.2.1",
    "3.3.1.1",
    "3.3.1.3",
    "3.3.2",
    "3.3.3",
    "5.3.4",
]


def controls(
    *,
    cis: tuple[str, str, str] = ("", "", ""),
    fsbp: list[str] | None = None,
    nist: list[str] | None = None,
    pci: list[str] | None = None,
    iso: list[str] | None = None,
    soc2: list[str] | None = None,
    mlps: list[str] | None = None,
) -> dict[str, list[str]]:
    """Clauses by framework; a framework without clauses is left out.

    `cis` holds the section of the CIS AWS Foundations Benchmark in version 1.4, in 3.0 to 5.0 (which number alike), and
    in 6.0 and 7.0 (likewise); an empty string where the control is not in that version.
    """
    v1, v3, v6 = cis
    found = {
        "CIS AWS 1.4.0": [v1],
        "CIS AWS 3.0.0": [v3],
        "CIS AWS 4.0.0": [v3],
        "CIS AWS 5.0.0": [v3],
        "CIS AWS 6.0.0": [v6],
        "CIS AWS 7.0.0": [v6],
        "FSBP": fsbp or [],
        "NIST 800-53 r5": nist or [],
        "PCI DSS 4.0": pci or [],
        "ISO 27001:2022": iso or [],
        "SOC 2": soc2 or [],
        "MLPS 2.0 L3": mlps or [],
    }
    return {framework: clauses for framework, clauses in found.items() if any(clauses)}
