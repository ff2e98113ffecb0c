"""Maharashtra's 34 districts and their monthly accounts as reference data, made from the file of snapshots, and these.

An account is what the published table has one row of: a district and a month. It is an area under its district, so that
the board holds all accounts at once and every published row can be compared with what is shown.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Final

import pandas as pd

from tests.helpers.rows import shared_data

SNAPSHOTS: Final = "restatements/maharashtra_raw.csv.gz"
MONTHS: Final = ("Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sep", "Oct", "Nov", "Dec")
METRICS: Final = (
    "nrega_wages", "nrega_material", "nrega_administration", "nrega_persondays", "nrega_households",
    "nrega_paid_in_15_days_pct",
)  # fmt: skip
_STATE: Final = dedent("""\
    code = "MH"
    name_en = "Maharashtra"
    name_local = "महाराष्ट्र"
    languages = ["en", "mr"]
    timezone = "Asia/Kolkata"
    series_level = "district"
    fiscal_year_start_month = 4
    weekly_off = ["sunday"]
    off_saturdays = [2, 4]

    [[levels]]
    code = "state"
    name_en = "State"
    name_local = "राज्य"

    [[levels]]
    code = "district"
    name_en = "District"
    name_local = "जिल्हा"

    [[levels]]
    code = "account"
    name_en = "Account"
    name_local = "खाते"
    """)
_EMPTY: Final = {
    "office_kinds": "code,department,level,area_kinds,name_en,name_local,head_post,posts",
    "services": "code,department,module,name_en,name_local,office_kind,level,limit,unit,legal_basis,status,valid_from,"
    "valid_to,kind",
    "holidays": "on,name_en,name_local",
}


def snapshots() -> pd.DataFrame:
    """The rows in their order with columns of ours.

    `account` names district and month, `area` is the account's code as an area, and `round` counts the snapshots of an
    account from 0. The mapping reads none of them.
    """
    rows = pd.read_csv(shared_data(SNAPSHOTS)).drop(columns="Remarks")
    month = rows.month.map({name: number for number, name in enumerate(MONTHS, 1)})
    year = rows.fin_year.str[:4].astype(int) + (month < 4)
    district, number = rows.district_code.astype(str), (year * 100 + month).astype(str)
    rows["account"] = "d" + district + "-m" + number
    rows["area"] = "MH-" + rows.account
    rows["round"] = rows.groupby("account").cumcount()
    return rows


def write_state(folder: Path, rows: pd.DataFrame) -> Path:
    """Write the tables of the state. Args: rows: as `snapshots` gives them. Returns: the folder."""
    folder.mkdir(parents=True)
    (folder / "state.toml").write_text(_STATE, encoding="utf-8")
    areas, assets = [], []
    for district, own in rows.groupby("district_code"):
        name = own.district_name.iloc[-1].title()
        areas.append(f"MH-d{district},district,MH,{name},{name},,,,,,")
        for account, first in own.groupby("account").first().iterrows():
            table = f"NREGA {district} / {first.fin_year} / {first.month}"
            areas.append(f"MH-{account},account,MH-d{district},{name} {account},{name} {account},,,,,,")
            assets.append(f"nrega-{account},table,MH-{account},{table},{table},{';'.join(METRICS)}")
    metrics = [f"{code},EGS,{code},{code},,,level,3,0,{100 if code.endswith('_pct') else ''}" for code in METRICS]
    tables = {
        "areas": [
            "code,level,parent,name_en,name_local,lgd_code,population,tile_x,tile_y,valid_from,valid_to",
            "MH,state,,Maharashtra,महाराष्ट्र,,,,,,",
            *areas,
        ],
        "departments": [
            "code,name_en,name_local,short_en,short_local,sort",
            "EGS,Employment Guarantee,रोजगार हमी,Employment,रोजगार,1",
        ],
        "posts": ["code,name_en,name_local", "commissioner,Commissioner,आयुक्त"],
        "metrics": ["code,department,name_en,name_local,unit_en,unit_local,time,decimals,min,max", *metrics],
        "assets": ["code,kind,area,name_en,name_local,metrics", *assets],
        **{name: [head] for name, head in _EMPTY.items()},
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder
