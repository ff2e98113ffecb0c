"""Source systems of Kerala as far as their data go: rows in their own shapes, with what they say of persons.

Every row carries columns that no mapping names – names, mobile and Aadhaar numbers – and remarks in which people write
such numbers anywhere.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import log
from typing import Any, Final
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2
from openpyxl import Workbook

from warehouse.reference import Reference

IST: Final = ZoneInfo("Asia/Kolkata")
MOBILE: Final = "9847012345"
AADHAAR: Final = "9999 4105 7058"
Row = dict[str, Any]


class Systems:
    """The same rows for the same seed."""

    def __init__(self, reference: Reference, until: datetime, seed: int = 1) -> None:
        """Args: until: nothing happens later."""
        self._reference, self._until, self._random = reference, until.astimezone(IST), random.Random(seed)

    def _lgd(self, level: str) -> str:
        return self._random.choice([area.lgd_code for area in self._reference.areas if area.level == level])

    def _at(self, hours: float) -> datetime:
        """An instant so many hours before the end, to the minute."""
        return (self._until - timedelta(hours=hours)).replace(second=0, microsecond=0)

    def ilgms_nightly(self, count: int) -> list[Row]:
        """Files: opened, moved, every second one disposed of."""
        return [
            {
                "file_no": f"GP{number:06}/2026",
                "lb_lgd_code": self._lgd("body"),
                "service": ("Birth Registration", "D&O Licence", "General File")[number % 3],
                "submitted_on": f"{self._at(200 + number):%d-%m-%Y %H:%M}",
                "seat": "Section clerk",
                "stage": f"Verification, ring {MOBILE}",
                "stage_since": f"{self._at(100 + number):%d-%m-%Y %H:%M}",
                "disposed_on": f"{self._at(10 + number):%d-%m-%Y %H:%M}" if number % 2 else "",
                "disposal": ("Issued", "Rejected")[number % 4 == 3] if number % 2 else "",
                "applicant": "A. Person",
                "aadhaar": AADHAAR,
            }
            for number in range(count)
        ]

    def ilgms_files(self, count: int) -> list[Row]:
        """Messages of the same files as they move, to the second."""
        seen: list[Row] = []
        for row in self.ilgms_nightly(count):
            steps = [
                ("SUBMITTED", row["submitted_on"]),
                ("FORWARDED", row["stage_since"]),
                ("DISPOSED", row["disposed_on"]),
            ]
            seen += [
                {
                    "fileNo": row["file_no"],
                    "lbLgdCode": row["lb_lgd_code"],
                    "serviceName": row["service"],
                    "action": action,
                    "actionAt": (
                        datetime.strptime(at, "%d-%m-%Y %H:%M").replace(tzinfo=IST) + timedelta(seconds=17)
                    ).isoformat(),
                    "seat": row["seat"],
                    "stage": row["stage"],
                    "disposal": row["disposal"].upper() if action == "DISPOSED" else None,
                    "applicantMobile": MOBILE,
                }
                for action, at in steps
                if at
            ]
        return seen

    def edistrict_api(self, count: int) -> list[Row]:
        """Applications for certificates; a third decided."""
        return [
            {
                "appl_ref_no": f"SP{number:08}",
                "service_id": 1140 + number % 3,
                "taluk_lgd": int(self._lgd("taluk")),
                "appl_date": f"{self._at(300 - number):%d/%m/%Y %H:%M:%S}",
                "submission_mode": "Akshaya",
                "status": "PDR"[number % 3],
                "disposal_date": f"{self._at(20):%d/%m/%Y %H:%M:%S}" if number % 3 else None,
                "last_updated": number,
                "applicant": {"name": "A. Person", "mobile": MOBILE, "aadhaar": AADHAAR},
            }
            for number in range(count)
        ]

    def ras(self, count: int) -> list[Row]:
        """Answers of citizens."""
        return [
            {
                "response_id": f"{number}-{MOBILE}",
                "reference_no": f"SP{number:08}" if number % 2 else "0",
                "service": ("INCOME", "BIRTH")[number % 2],
                "district_lgd": self._lgd("district"),
                "rating": ("Excellent", "Good", "Average", "Poor", "Very Poor")[number % 5],
                "mode": f"SMS {MOBILE}",
                "responded_at": self._at(number).isoformat(),
                "mobile": MOBILE,
            }
            for number in range(count)
        ]

    def jan_samvad(self, count: int) -> list[Row]:
        """Calls to beneficiaries; a fifth of them reaches nobody."""
        answers = ("Satisfied", "അതൃപ്തി", "Partly satisfied", "സംതൃപ്തി", "No answer")
        names = [(area.name_en, area.name_local) for area in self._reference.areas if area.level == "district"]
        return [
            {
                "Call no": str(number),
                "Call time": f"{self._at(number):%d/%m/%Y %I:%M %p}",
                "Scheme": ("Income certificate", "വരുമാന സർട്ടിഫിക്കറ്റ്")[number % 2],
                "District": names[number % len(names)][number % 2],
                "Answer": answers[number % 5],
                "Mobile": MOBILE,
                "Remarks": f"call again at {MOBILE}",
            }
            for number in range(count)
        ]

    def kseb_feeders(self, count: int) -> list[Row]:
        """Interruptions."""
        return [
            {
                "feeder": f"11kV-{number % 7}",
                "lb_lgd": self._lgd("body"),
                "tripped_at": f"{self._at(number):%Y-%m-%d %H:%M}",
                "restored_at": "",
                "consumers": f"1,{number:03}",
                "lineman": MOBILE,
            }
            for number in range(count)
        ]

    def hospital_stock(self, count: int) -> list[Row]:
        """Hospitals as they stand; every third has no figure of its oxygen."""
        hospitals = [asset.name_en for asset in self._reference.assets.values() if asset.kind == "hospital"]
        return [
            {
                "name": hospitals[number],
                "reported_at": self._at(1).isoformat(),
                "beds": {"occupied": 100 + number},
                "oxygen": {"hours_left": 30.5 if number % 3 else "NA"},
                "medicines": {"out_of_stock": number},
                "nodal_officer": MOBILE,
            }
            for number in range(count)
        ]

    def hospital_beds(self, count: int) -> list[Row]:
        """Hospitals' beds, published late: half within 1.5 hours, one in a hundred after more than 9.

        Those are the figures of Telangana's feed of 2021 (see tests/golden/test_real_logs.py). Every fourth does not
        say when it was counted.
        """
        names = [area.name_en for area in self._reference.areas if area.level == "district"]
        rows = []
        for number in range(count):
            observed = self._at(number)
            late_h = self._random.lognormvariate(log(1.5), log(9 / 1.5) / 2.326)
            rows.append(
                {
                    "observed_at": observed.isoformat(),
                    "reading_at": (observed - timedelta(hours=late_h)).isoformat() if number % 4 else "",
                    "district": names[number % len(names)],
                    "facility": f"HOSPITAL {number // 2}",
                    "facility_type": ("Government", "Private")[number // 2 % 2],
                    **{f"{kind}_total": 100 + number for kind in ("regular", "oxygen", "icu")},
                    **{f"{kind}_occupied": 40 + number for kind in ("regular", "oxygen", "icu")},
                    "nodal_officer": MOBILE,
                }
            )
        return rows

    def ksrtc_feed(self, count: int) -> list[Row]:
        """Entities of a feed: half of them buses without a trip, half trips, of which some are late or cancelled."""
        depots = ("TVC", "VKB", "KLM", "ALP", "KTM", "EKM")
        half = count // 2
        buses = [{"vehicle": f"KL15A{number}", "route": f"{depots[number % 6]}-{number}"} for number in range(half)]
        return buses + [
            {
                "trip": f"T{number}",
                "route": f"{depots[number % 6]}-{number}",
                "date": f"{self._at(3):%Y%m%d}",
                "delay": (0, 120, 400)[number % 3],
                "cancelled": number % 4 == 3,
            }
            for number in range(half)
        ]

    def ambulance_calls(self, count: int) -> list[Row]:
        """Calls; in every fourth the vehicle has not arrived yet."""
        return [
            {
                "call_id": str(number),
                "taluk_lgd": self._lgd("taluk"),
                "called_at": int(self._at(number + 1).timestamp() * 1000),
                "arrived_at": int(self._at(number + 0.8).timestamp() * 1000) if number % 4 else None,
                "response_s": 720 if number % 4 else None,
                "caller": MOBILE,
            }
            for number in range(count)
        ]

    def control_room(self, count: int) -> list[Row]:
        """Tickets of the three levels, in three messages each; every fourth is not resolved."""
        districts = [area.lgd_code for area in self._reference.areas if area.level == "district"]
        rows = []
        for number in range(count):
            about = {
                "level": ("DEPARTMENT", "HOD", "COLLECTOR")[number % 3],
                "department": ("WATER", "CMO", "POWER")[number // 3 % 3],
                "subject": ("No water", "Street light", "Something else")[number // 3 % 3],
                "lb_lgd": self._lgd("body"),
                "district_lgd": districts[number % len(districts)],
                "held_by": f"desk {number % 3}, ring {MOBILE}",
                "came_by": ("call", "walk-in")[number % 2],
            }
            end = "NOT_RESOLVED" if number % 4 == 3 else "RESOLVED"
            rows += [
                {
                    "ticket": f"{MOBILE}-{number}",
                    **about,
                    "status": status,
                    "at": self._at(number + hours).isoformat(),
                    "text": f"Aadhaar {AADHAAR}",
                }
                for status, hours in (("NEW", 50), ("FORWARDED", 40), (end, 5))
            ]
        return rows

    def ksmart_workflow(self, count: int) -> list[Row]:
        """Messages of DIGIT's workflow: files applied for, forwarded, every second one approved."""
        return [
            {
                "RequestInfo": {"userInfo": {"mobileNumber": MOBILE, "name": "A. Person"}},
                "ProcessInstances": [
                    {
                        "id": f"{number}-{action}",
                        "tenantId": "kl",
                        "businessId": f"FM-{number:06}",
                        "businessService": ("NewDFM", "NewTL", "BPA")[number % 3],
                        "action": action,
                        "state": {"applicationStatus": f"{action} by {MOBILE}"},
                        "additionalDetails": {"lbCode": place},
                        "assignes": [{"mobileNumber": MOBILE}],
                        "auditDetails": {"createdTime": int(self._at(hours).timestamp() * 1000)},
                    }
                ],
            }
            for number, place in enumerate(self._lgd("body") for _ in range(count))
            for action, hours in (("APPLY", 50), ("FORWARD", 30), *((("APPROVE", 3),) if number % 2 else ()))
        ]

    def ksmart_licences(self, count: int) -> list[Row]:
        """Trade licences of DIGIT: applied for, forwarded, every second one decided."""
        return [
            {
                "RequestInfo": {"userInfo": {"mobileNumber": MOBILE}},
                "Licenses": [
                    {
                        "id": f"licence-{number}",
                        "tenantId": ("kl.cochin", "kl.kannur")[number % 2],
                        "businessService": "TL",
                        "applicationType": ("NEW", "RENEWAL")[number % 2],
                        "applicationNumber": f"KL-TL-{number:06}",
                        "licenseUnitName": f"Stores, {MOBILE}",
                        "action": action,
                        "status": f"{action} by {MOBILE}",
                        "tradeLicenseDetail": {"address": {"contactNo": MOBILE, "email": "a.person@example.in"}},
                        "auditDetails": {"lastModifiedTime": int(self._at(hours).timestamp() * 1000)},
                    }
                ],
            }
            for number in range(count)
            for action, hours in (
                ("APPLY", 50),
                ("FORWARD", 30),
                *((("APPROVE", "REJECT")[number % 4 == 3], 3),) * (number % 2),
            )
        ]

    def ksmart_births(self, count: int) -> list[Row]:
        """Births of K-SMART: applied for, verified, every second one registered or refused; a family's data with it."""
        return [
            {
                "RequestInfo": {"userInfo": {"mobileNumber": MOBILE}},
                "ChildDetails": [
                    {
                        "id": f"birth-{number}",
                        "childDOB": 1_700_000_000_000,
                        "childAadharNo": AADHAAR,
                        "childFirstNameEn": "A. Person",
                        "tenantid": ("kl.cochin", "kl.kannur")[number % 2],
                        "businessservice": "BIRTHHOSP",
                        "applicationNumber": f"KL-BR-{number:06}",
                        "action": action,
                        "applicationStatus": f"{action} by {MOBILE}",
                        "ParentsDetails": {"motherAadhar": AADHAAR, "familyEmailid": "a.person@example.in"},
                        "auditDetails": {"lastModifiedTime": int(self._at(hours).timestamp() * 1000)},
                    }
                ],
            }
            for number in range(count)
            for action, hours in self._registered(number, "INITIATE")
        ]

    def ksmart_deaths(self, count: int) -> list[Row]:
        """Deaths of K-SMART, in the shape of its other registrar."""
        return [
            {
                "deathCertificateDtls": [
                    {
                        "InformationDeath": {
                            "TenantId": ("kl.cochin", "kl.kannur")[number % 2],
                            "DeathApplicationNo": f"KL-DR-{number:06}",
                            "DeceasedAadharNumber": AADHAAR,
                            "GeneralRemarks": f"call {MOBILE}",
                        },
                        "InformantDetails": {"InformantMobileNo": MOBILE},
                        "applicationStatus": action,
                        "action": action,
                        "AuditDetails": {"lastModifiedTime": int(self._at(hours).timestamp() * 1000)},
                    }
                ],
            }
            for number in range(count)
            for action, hours in self._registered(number, "APPLY")
        ]

    @staticmethod
    def _registered(number: int, first: str) -> tuple[tuple[str, int], ...]:
        """Actions on an application and how many hours ago: every second one is decided, every fourth refused."""
        decided = (("APPROVE", "REJECT")[number % 4 == 3], 3)
        return ((first, 50), ("FORWARD", 30), *((decided,) * (number % 2)))

    def ksmart_grievances(self, count: int) -> list[Row]:
        """Grievances of DIGIT: told, assigned, every second one resolved and the answer rated."""
        return [
            {
                "RequestInfo": {"userInfo": {"mobileNumber": MOBILE}},
                "service": {
                    "id": f"uuid-{number}",
                    "tenantId": ("kl.cochin", "kl.kannur")[number % 2],
                    "serviceCode": ("StreetLightNotWorking", "StrayAnimals", "NoSuchCode")[number % 3],
                    "serviceRequestId": f"PGR-{number:06}",
                    "description": f"call {MOBILE}",
                    "source": "whatsapp",
                    "rating": 1 + number % 5 if action == "RATE" else None,
                    "applicationStatus": action,
                    "citizen": {"mobileNumber": MOBILE, "aadhaar": AADHAAR},
                    "auditDetails": {"lastModifiedTime": int(self._at(hours).timestamp() * 1000)},
                },
                "workflow": {"action": action, "comments": f"ring {MOBILE}"},
            }
            for number in range(count)
            for action, hours in (
                ("APPLY", 50),
                ("ASSIGN", 30),
                *(((("RESOLVE", "REJECT")[number % 4 == 3], 9), ("RATE", 3)) * (number % 2)),
            )
        ]

    def ksmart_payments(self, count: int) -> list[Row]:
        """Receipts of DIGIT, with one bill each."""
        return [
            {
                "RequestInfo": {"userInfo": {"mobileNumber": MOBILE}},
                "Payment": {
                    "tenantId": "kl",
                    "paymentMode": "UPI",
                    "payerName": "A. Person",
                    "mobileNumber": MOBILE,
                    "paymentDetails": [
                        {
                            "tenantId": ("kl.cochin", "kl.kannur")[number % 2],
                            "businessService": ("TL", "PT", "BPA.NC_APP_FEE")[number % 3],
                            "receiptNumber": f"R/2026/{number:06}",
                            "receiptDate": int(self._at(number).timestamp() * 1000),
                            "totalAmountPaid": 1250.5,
                            "bill": {"consumerCode": f"KL-TL-{number:06}", "mobileNumber": MOBILE},
                        }
                    ],
                },
            }
            for number in range(count)
        ]

    def registration_deeds(self, count: int) -> list[Row]:
        """Documents that were presented; two of three are done with, and their fee paid."""
        results = ("REGISTERED", None, "REFUSED")
        return [
            {
                "doc_no": f"{number:06}/I/2026",
                "doc_class": ("DEED", "EC", "COPY")[number % 3],
                "taluk_lgd": int(self._lgd("taluk")),
                "sro_name": f"SRO, ring {MOBILE}",
                "presented_at": self._at(80 + number),
                "closed_at": self._at(number) if results[number % 3] else None,
                "result": results[number % 3],
                "fee_paid": Decimal("10250.50") if results[number % 3] else None,
                "claimant": f"A. Person, {AADHAAR}",
                "changed_at": self._at(number // 4),
            }
            for number in range(count)
        ]

    def digilocker(self, count: int) -> list[Row]:
        """Certificates that were fetched."""
        return [
            {
                "uri": f"in.gov.kerala-INCER-{number}",
                "docType": ("INCER", "CASTE", "NATCR")[number % 3],
                "applicationRef": f"SP{number:08}",
                "issuedOn": int(self._at(number).timestamp() * 1000),
                "digiLockerId": MOBILE,
                "name": "A. Person",
            }
            for number in range(count)
        ]

    def kwa_schemes(self, count: int) -> list[Row]:
        """A taluk a row; every fourth has measured no chlorine."""
        taluks = [area.name_en for area in self._reference.areas if area.level == "taluk"]
        return [
            {
                "Date": f"{self._at(30):%d.%m.%Y}",
                "Taluk": taluks[number],
                "Supply (hours)": f"{20 - number / 4}",
                "Pumped (ML)": f"1,{number:03}.5",
                "Residual chlorine": "0.4" if number % 4 else "NIL",
                "Assistant engineer": MOBILE,
            }
            for number in range(count)
        ]

    def kseb_bulletins(self, count: int) -> list[Row]:
        """Pages of one dam each; from the middle on with the other headings."""
        dams = (
            "IDUKKI",
            "IDAMALAYAR",
            "SHOLAYAR",
            "LOWER PERIYAR&nbsp;",
            "KUTTIYADI(KAKKAYAM)",
            "BANASURASAGAR(K A S)",
        )
        before = ("Name of Dam / Reservoir", "Today&#8217;s Live Storage(MCM)")
        after = ("Name of Reservoir", "Live Storage(MCM)")
        return [
            {
                "metadata": {"caption": f"Water level as on {self._at(24 * number):%d.%m.%Y at %I.%M %p}"},
                "data": [
                    dict(zip(after if number > count / 2 else before, (dams[number % 6], "677.681"), strict=True))
                ],
                "contact": MOBILE,
            }
            for number in range(count)
        ]

    def public_hotspots(self, count: int) -> list[Row]:
        """A district a row."""
        districts = [area.name_en for area in self._reference.areas if area.level == "district"]
        return [
            {
                "As on": f"{self._at(2):%d-%m-%Y %H:%M}",
                "District": districts[number],
                "Installed": str(140 + number),
                "Working": str(120 + number),
                "Help desk": MOBILE,
            }
            for number in range(count)
        ]

    def mgnrega_returns(self, count: int) -> list[Row]:
        """A district and month a row."""
        codes = [area.lgd_code for area in self._reference.areas if area.level == "district"]
        month_end = self._at(0).replace(day=1, hour=0, minute=0) - timedelta(days=1)
        return [
            {
                "District LGD": int(codes[number]),
                "Month end": month_end.replace(tzinfo=None),
                "FTOs due": 4000 + number,
                "FTOs within 15 days": 3900 + number,
                "Extracted on": self._at(1).replace(tzinfo=None),
                "Programme officer": MOBILE,
            }
            for number in range(count)
        ]

    def digit_national(self, count: int) -> list[Row]:
        """Requests of DIGIT's national dashboard, a ward and module each; all state their collection several times."""
        modules = {"TL": "tradeType", "PT": "usageCategory", "OBPS": "usageType", "FIRENOC": "usageType"}
        return [
            {
                "RequestInfo": {"userInfo": {"mobileNumber": MOBILE, "emailId": "a.person@example.in"}},
                "Data": [
                    {
                        "date": f"{self._at(24):%d-%m-%Y}",
                        "module": module,
                        "ward": f"Ward {number}",
                        "ulb": ("kl.kochi", "kl.kannur")[number % 2],
                        "region": "Kerala",
                        "state": "Kerala",
                        "metrics": {
                            "transactions": 20,
                            "todaysClosedApplications": 12,
                            "todaysCollection": [
                                {"groupBy": "taxHeads", "buckets": [{"name": "TAX", "value": 12_500.5 + number}]},
                                {"groupBy": modules[module], "buckets": [{"name": "A", "value": 12_500.5 + number}]},
                                {"groupBy": "paymentMode", "buckets": [{"name": "UPI", "value": 12_500.5 + number}]},
                            ],
                        },
                    }
                ],
            }
            for number, module in enumerate((list(modules) * count)[:count])
        ]


def as_feed(entities: Sequence[Row], at: datetime) -> bytes:
    """Entities of Systems.ksrtc_feed as a feed of GTFS-Realtime. Args: at: of the feed."""
    message = gtfs_realtime_pb2.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = int(at.timestamp())
    for number, one in enumerate(entities):
        entity = message.entity.add(id=str(number))
        told = entity.trip_update if "trip" in one else entity.vehicle
        told.trip.route_id = one["route"]
        told.vehicle.label = f"driver {MOBILE}"
        if "trip" not in one:
            told.vehicle.id = one["vehicle"]
            continue
        told.trip.trip_id, told.trip.start_date, told.trip.start_time = one["trip"], one["date"], "08:30:00"
        if one["cancelled"]:
            told.trip.schedule_relationship = gtfs_realtime_pb2.TripDescriptor.CANCELED
        told.stop_time_update.add(stop_id="s").arrival.delay = one["delay"]
    return message.SerializeToString()


def as_file(rows: Sequence[Row], form: str, delimiter: str, turn: int) -> bytes:
    """Rows as a dropped file. Args: turn: another one makes another file of the same rows."""
    if form == "xlsx":
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
        book.create_sheet(f"Notes {turn}")
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()
    lines = b"\n" * turn
    return (
        b"".join(json.dumps(row).encode() + b"\n" for row in rows) + lines
        if form == "jsonl"
        else (as_csv(rows, delimiter) + lines)
    )


def as_csv(rows: Sequence[Row], delimiter: str = ",") -> bytes:
    """Rows as a file that a spreadsheet would write."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
