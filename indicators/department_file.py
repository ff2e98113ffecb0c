"""One catalogue file: a department's services, groups, programmes and hand-written indicators → records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from indicators.definition import Origin, Words
from indicators.family import Families, Noun, Subject, expansion, overrides
from indicators.issue import Issue
from indicators.record import STRUCTURE, Located, Record, read_fields
from indicators.toml_text import TomlText

if TYPE_CHECKING:
    from warehouse.reference import Reference

_TABLES: Final = frozenset({"department", "service", "group", "programme", "indicator"})
_SUBJECT_KEYS: Final = frozenset({"code", "families", "noun", "override", "services", "metrics", "name_en"})
#: What the cases of a group are called if it does not say.
_GROUP_NOUN: Final = "application"


@dataclass(frozen=True, slots=True)
class SubjectTable:
    """A [[service]] or [[group]] as written.

    Attributes:
        path: ("service" or "group", its place in the file).
        values: its keys as in the file.
        services: the services meant; empty if they are unknown or there are none.
        families: the families meant, each once.
        text: the file.
    """

    path: tuple[str, int]
    values: Mapping[str, object]
    services: tuple[str, ...]
    families: tuple[str, ...]
    text: TomlText

    @property
    def code(self) -> str:
        """Code of the service or group."""
        return str(self.values.get("code", ""))

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of families and sets as written."""
        families = self.values.get("families", ())
        return tuple(map(str, families)) if isinstance(families, list) else (str(families),)

    @property
    def kind(self) -> str:
        """What kind of table it is: "service" or "group"."""
        return self.path[0]

    def place(self, *keys: str) -> Origin:
        """Where a key was written; its table if it was not."""
        return self.text.origin(*self.path, *keys)


@dataclass(frozen=True, slots=True)
class DepartmentTable:
    """What a department's file says apart from its indicators, for rules about the files themselves.

    Attributes:
        code: of the department.
        fields: what all its indicators share.
        subjects: its services and groups.
        origin: of [department].
    """

    code: str
    fields: Mapping[str, Located]
    subjects: tuple[SubjectTable, ...]
    origin: Origin

    def place(self, key: str) -> Origin:
        """Where a key of [department] was written; the table if it was not."""
        located = self.fields.get(key)
        return located.origin if located is not None else self.origin


@dataclass(slots=True)
class DepartmentFile:
    """A file being read.

    Attributes:
        text: the file.
        families: templates to expand.
        reference: the state's services.
        language: code of the state's language.
        issues: takes what is wrong.
        subjects: services and groups read so far.
    """

    text: TomlText
    families: Families
    reference: Reference
    language: str
    issues: list[Issue]
    subjects: list[SubjectTable] = field(default_factory=list)

    def written(self) -> DepartmentTable | None:
        """What was read apart from indicators, to be asked for after `records`; None without [department]."""
        department = self.text.values.get("department")
        if not isinstance(department, Mapping):
            return None
        fields = read_fields(self.text, ("department",), department)
        origin = self.text.origin("department")
        return DepartmentTable(str(department.get("code", "")), fields, tuple(self.subjects), origin)

    def records(self) -> Iterator[Record]:
        """Its records: groups first, then services, programmes, and indicators written out."""
        for name in self.text.values:
            if name not in _TABLES:
                allowed = ", ".join(sorted(_TABLES))
                self._wrong(self.text.origin(name), f"unknown table `{name}`; allowed are {allowed}")
        department = self.text.values.get("department")
        if not isinstance(department, Mapping):
            self._wrong(self.text.origin(), "[department] with its code is missing")
            return
        shared = read_fields(self.text, ("department",), department)
        shared["department"] = shared.pop("code", Located("", self.text.origin("department")))
        code = str(shared["department"].value)
        makers = {"group": self._group, "service": self._service, "programme": self._programme}
        for kind, make in makers.items():
            for path, table in self._tables(kind):
                subject = make(path, table, code)
                families = tuple(self.families.named(table.get("families", []))[0])
                services = subject.services if subject is not None else ()
                self.subjects.append(SubjectTable(path, table, services, families, self.text))
                if subject is not None:
                    yield from (record.over(shared) for record in self._expanded(path, table, subject))
        for path, table in self._tables("indicator"):
            yield Record(read_fields(self.text, path, table), self.text.origin(*path)).over(shared)

    def _tables(self, kind: str) -> Iterator[tuple[tuple[str, int], Mapping[str, object]]]:
        tables = self.text.values.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
            self._wrong(self.text.origin(kind), f"[[{kind}]] with two brackets is needed")
            return
        for place, table in enumerate(tables):
            yield (kind, place), table

    def _expanded(self, path: tuple[str, int], table: Mapping[str, object], subject: Subject) -> Iterator[Record]:
        families, unknown = self.families.named(table.get("families", []))
        if unknown or not families:
            said = ", ".join(unknown) or "none"
            message = f"families or sets of families.toml are needed, not {said}"
            self._wrong(self.text.origin(*path, "families"), message)
        override = overrides(self.text, (*path, "override"), table.get("override", {}), families, self.issues)
        own = _SUBJECT_KEYS | {f"name_{self.language}"}
        shared = {key: value for key, value in read_fields(self.text, path, table).items() if key not in own}
        origin = self.text.origin(*path)
        for family in families:
            misfit = subject.misfit(self.families.roles[family])
            if misfit:
                self._wrong(self.text.origin(*path, "families"), f"{subject.code}: `{family}` {misfit}")
                continue
            fields = expansion(family, self.families, subject, self.language, origin)
            yield Record({**shared, **fields, **override.get(family, {})}, origin)

    def _service(self, path: tuple[str, int], table: Mapping[str, object], department: str) -> Subject | None:
        code = table.get("code")
        service = self.reference.services.get(code) if isinstance(code, str) else None
        if service is None:
            self._wrong(self.text.origin(*path, "code"), f"`{code}` is not a service of the reference data")
            return None
        if service.department != department:
            message = f"`{code}` is a service of {service.department} and belongs into that department's file"
            self._wrong(self.text.origin(*path, "code"), message)
        name = Words(service.name_en, service.name_local)
        noun = self._noun(path, table.get("noun", service.kind))
        prefix = f"{department.lower()}_"
        code = service.code if service.code.startswith(prefix) else prefix + service.code
        return Subject(code, (service.code,), name, noun, service.legal_basis or "")

    def _group(self, path: tuple[str, int], table: Mapping[str, object], department: str) -> Subject | None:
        code, name_en, name_local = (str(table.get(key, "")) for key in ("code", "name_en", f"name_{self.language}"))
        if not (code and name_en and name_local):
            self._wrong(self.text.origin(*path), f"a group needs code, name_en and name_{self.language}")
            return None
        services = self._services(path, table.get("services"), department)
        noun = self._noun(path, table.get("noun", _GROUP_NOUN))
        return Subject(code, services, Words(name_en, name_local), noun) if services else None

    def _programme(self, path: tuple[str, int], table: Mapping[str, object], _department: str) -> Subject | None:
        code, name_en, name_local = (str(table.get(key, "")) for key in ("code", "name_en", f"name_{self.language}"))
        metrics = table.get("metrics")
        if not (code and name_en and name_local and isinstance(metrics, Mapping) and metrics):
            self._wrong(self.text.origin(*path), f"a programme needs code, name_en, name_{self.language} and metrics")
            return None
        unknown = [str(metric) for metric in metrics.values() if metric not in self.reference.metrics]
        if unknown:
            message = f"{code}: no metrics of the reference data: {', '.join(unknown)}"
            self._wrong(self.text.origin(*path, "metrics"), message)
            return None
        noun = self._noun(path, table.get("noun", _GROUP_NOUN))
        return Subject(code, (), Words(name_en, name_local), noun, metrics={k: str(v) for k, v in metrics.items()})

    def _services(self, path: tuple[str, int], asked: object, department: str) -> tuple[str, ...]:
        known = self.reference.services
        if asked == "all":
            return tuple(known)
        if asked == "department":
            return tuple(code for code, service in known.items() if service.department == department)
        codes = asked if isinstance(asked, list) else []
        missing = [str(code) for code in codes if code not in known]
        if missing or not codes:
            said = ", ".join(missing) or repr(asked)
            message = f'services must be "all", "department" or a list of service codes of the reference, not {said}'
            self._wrong(self.text.origin(*path, "services"), message)
        return tuple(code for code in codes if code in known)

    def _noun(self, path: tuple[str, int], asked: object) -> Noun:
        noun = self.families.nouns.get(str(asked))
        if noun is not None:
            return noun
        known = ", ".join(self.families.nouns)
        self._wrong(self.text.origin(*path, "noun"), f"noun `{asked}` is not in families.toml; known are {known}")
        return Noun(Words("", ""), Words("", ""))

    def _wrong(self, origin: Origin, message: str) -> None:
        self.issues.append(Issue.error(STRUCTURE, origin, message))
